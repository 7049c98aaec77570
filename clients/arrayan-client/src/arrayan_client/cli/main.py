"""The entrance: arguments in, an exit status out, and never a traceback."""

import argparse
import os
import sys
from collections.abc import Sequence

from arrayan_client.cli.commands import add_commands
from arrayan_client.client import Arrayan
from arrayan_client.errors import ArrayanError
from arrayan_client.retry import NO_RETRY
from arrayan_client.session import DEFAULT_URL
from arrayan_client.version import __version__

FAILED, INTERRUPTED = 1, 130


def parser() -> argparse.ArgumentParser:
    """Of the whole command."""
    made = argparse.ArgumentParser(
        prog="arrayan-client",
        description="Ask an Arrayán alert broker. Angles are degrees ICRS, radii arcseconds, times MJD (UTC).",
        epilog="Each command has --help. The server is --url, else the variable ARRAYAN_URL; a token is --token, "
        "else ARRAYAN_TOKEN.",
    )
    made.add_argument("--version", action="version", version=f"arrayan-client {__version__}")
    made.add_argument("--url", help=f"address of the server (default: ARRAYAN_URL, else {DEFAULT_URL})")
    made.add_argument("--token", help="token of the server's operator (default: ARRAYAN_TOKEN, else none)")
    made.add_argument("--no-retry", action="store_true", help="do not wait for a server that is busy or away")
    add_commands(made.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    return made


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status."""
    given = parser().parse_args(arguments)
    try:
        with Arrayan(given.url, given.token, retry=NO_RETRY if given.no_retry else None) as arrayan:
            given.run(arrayan, given)
        sys.stdout.flush()
    except ArrayanError as error:
        sys.stderr.write(f"arrayan-client: {error}\n")
        return FAILED
    except BrokenPipeError:  # who reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        sys.stderr.write(f"arrayan-client: {error.filename or 'a file'}: {error.strerror or error}\n")
        return FAILED
    return 0


def main() -> None:
    """As the installed command."""
    sys.exit(run())
