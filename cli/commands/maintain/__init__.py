"""arrayan maintain."""

import click

from cli.commands.maintain.archive import archive
from cli.commands.maintain.cluster import cluster
from cli.commands.maintain.compress import compress
from cli.commands.maintain.events import events
from cli.commands.maintain.retention import retention
from cli.commands.maintain.status import status
from cli.commands.maintain.verify import verify


@click.group("maintain")
def maintain() -> None:
    """Keep database and packet archive small and fast: drop, reorder, put together, check.

    Nothing is ever dropped unless you say so. Each may be interrupted at any moment, run again, and run beside
    ingest and the server; one at a time. `arrayan maintain status` says what there is to do.
    """


for command in (status, retention, events, cluster, compress, archive, verify):
    maintain.add_command(command)
