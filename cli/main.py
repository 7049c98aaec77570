"""The `arrayan` command."""

import logging
from typing import Any

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from cli.commands.dead_letters import dead_letters
from cli.commands.evaluate import evaluate
from cli.commands.evaluate_late import evaluate_late
from cli.commands.ingest import ingest
from cli.commands.migrate import migrate
from cli.commands.offsets import offsets
from cli.commands.serve import serve
from cli.commands.simulate import simulate
from cli.commands.status import status
from cli.commands.train import train
from cli.commands.train_late import train_late
from cli.commands.up import up
from domain.errors import ArrayanError
from runtime.embedded_postgres import EmbeddedPostgresError
from runtime.kafka import KafkaTrouble
from runtime.settings import InvalidSettings, load_settings

INTERRUPTED = 130
"""Exit status of a command that was ended with Ctrl-C, as shells have it."""


class ArrayanGroup(click.Group):
    """Turns the errors we foresee into one line for the person at the terminal."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (ArrayanError, EmbeddedPostgresError, InvalidSettings, KafkaTrouble) as error:
            raise click.ClickException(str(error)) from error
        except psycopg.Error as error:
            raise click.ClickException(f"the database refuses, or went away: {error}") from error
        except DBAPIError as error:
            raise click.ClickException(f"the database refuses, or went away: {error.orig}") from error
        except (
            FileNotFoundError,
            FileExistsError,
            NotADirectoryError,
            IsADirectoryError,
            PermissionError,
        ) as error:
            raise click.ClickException(f"cannot use {error.filename}: {error.strerror}") from error
        except KeyboardInterrupt:
            click.echo("Stopped. Nothing is lost: run the same command again to go on.", err=True)
            context.exit(INTERRUPTED)


@click.group(
    cls=ArrayanGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from ARRAYAN_... variables or arrayan.toml; docs/configuration.md lists them.",
)
@click.version_option(package_name="arrayan", prog_name="arrayan")
def main() -> None:
    """Arrayán, an alert broker for time-domain astronomy.

    Survey alerts go in, one GraphQL endpoint answers. Begin with `arrayan up`.
    """
    logging.basicConfig(
        level=load_settings().log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )


for command in (up, migrate, ingest, serve, simulate, status, dead_letters, offsets, train, evaluate):
    main.add_command(command)
train.add_command(train_late)
evaluate.add_command(evaluate_late)
