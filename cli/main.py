"""The `arrayan` command."""

import logging
from typing import IO, Any

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from cli.commands.catalog import catalog
from cli.commands.classify import classify
from cli.commands.dead_letters import dead_letters
from cli.commands.evaluate import evaluate
from cli.commands.ingest import ingest
from cli.commands.maintain import maintain
from cli.commands.migrate import migrate
from cli.commands.offsets import offsets
from cli.commands.serve import serve
from cli.commands.simulate import simulate
from cli.commands.status import status
from cli.commands.tokens import tokens
from cli.commands.train import train
from cli.commands.up import up
from cli.progress import hide_progress
from domain.errors import ArrayanError
from runtime.embedded_postgres import EmbeddedPostgresError
from runtime.kafka import KafkaTrouble
from runtime.logs import configure_logs, is_for_machines
from runtime.settings import InvalidSettings, load_settings

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit status of a command that was ended with Ctrl-C, as shells have it."""


class Failure(click.ClickException):
    """Ends a command: one line for a person, or the last event of the log."""

    def show(self, file: IO[Any] | None = None) -> None:
        if is_for_machines():
            log.error("command_failed error=%s", self.message)
        else:
            super().show(file)


class ArrayanGroup(click.Group):
    """Turns the errors we foresee into one line for the person at the terminal."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except click.UsageError:
            raise
        except click.ClickException as error:
            raise Failure(error.message) from error
        except (ArrayanError, EmbeddedPostgresError, InvalidSettings, KafkaTrouble) as error:
            raise Failure(str(error)) from error
        except psycopg.Error as error:
            raise Failure(f"the database refuses, or went away: {error}") from error
        except DBAPIError as error:
            raise Failure(f"the database refuses, or went away: {error.orig}") from error
        except (
            FileNotFoundError,
            FileExistsError,
            NotADirectoryError,
            IsADirectoryError,
            PermissionError,
        ) as error:
            raise Failure(f"cannot use {error.filename}: {error.strerror}") from error
        except KeyboardInterrupt:
            if is_for_machines():
                log.warning("interrupted")
            else:
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
    settings = load_settings()
    configure_logs(settings)
    hide_progress(settings.log_format == "json")


COMMANDS = (
    *(up, migrate, ingest, classify, serve, simulate, status, dead_letters, offsets, maintain, tokens),
    *(catalog, train, evaluate),
)
for command in COMMANDS:
    main.add_command(command)
