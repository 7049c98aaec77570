"""The `arrayan` command."""

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from cli.progress import hide_progress
from domain.errors import ArrayanError
from runtime.embedded_postgres import EmbeddedPostgresError
from runtime.kafka import KafkaTrouble
from runtime.logs import configure_logs, is_for_machines
from runtime.settings import InvalidSettings, load_settings

log = logging.getLogger(__name__)

COMMANDS: Mapping[str, str] = {
    "up": "cli.commands.up:up",
    "migrate": "cli.commands.migrate:migrate",
    "ingest": "cli.commands.ingest:ingest",
    "classify": "cli.commands.classify:classify",
    "publish": "cli.commands.publish:publish",
    "serve": "cli.commands.serve:serve",
    "simulate": "cli.commands.simulate:simulate",
    "status": "cli.commands.status:status",
    "dead-letters": "cli.commands.dead_letters:dead_letters",
    "offsets": "cli.commands.offsets:offsets",
    "maintain": "cli.commands.maintain:maintain",
    "catalog": "cli.commands.catalog:catalog",
    "tokens": "cli.commands.tokens:tokens",
    "train": "cli.commands.train:train",
    "evaluate": "cli.commands.evaluate:evaluate",
    "export": "cli.commands.export:export",
}
"""Where each command is. It is imported when it is asked for: a process that takes alerts in for months need not
hold the web server in memory, and no command waits for the imports of the others."""

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
    """Turns the errors we foresee into one line for the person at the terminal, and finds commands when they are
    asked for."""

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

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
