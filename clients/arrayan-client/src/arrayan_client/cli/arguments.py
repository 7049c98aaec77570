"""What commands take."""

import argparse
from pathlib import Path

from arrayan_client.cli.output import FORMATS


def output_options(parser: argparse.ArgumentParser) -> None:
    """Where a table goes, and how."""
    parser.add_argument("-f", "--format", choices=FORMATS, help="default: table, or by the ending of --output")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write a file in place of standard output"
    )


def limit_option(parser: argparse.ArgumentParser, default: int) -> None:
    """How many rows."""
    parser.add_argument(
        "-n", "--limit", type=limit, default=default, metavar="N", help=f"most rows, or `all` (default {default})"
    )


def name_arguments(parser: argparse.ArgumentParser) -> None:
    """An object."""
    parser.add_argument("name", help="the survey's identifier of the object, such as ZTF20aaelulu")
    survey_option(parser)


def survey_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--survey", help="ztf (default) or lsst")


def position_argument(parser: argparse.ArgumentParser) -> None:
    """A place."""
    parser.add_argument(
        "position",
        nargs="+",
        help='degrees ICRS or hours and degrees: 269.48 9.19, or "17:57:56 +09:11:44"; '
        "with a negative declination write -- before it",
    )


def limit(text: str) -> int | None:
    """A number of rows; None for all."""
    if text == "all":
        return None
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"a whole number or `all` is needed, got {text!r}")
    return int(text)


def range_text(text: str) -> tuple[float | None, float | None]:
    """`5` at least, `5:10` from to, `:10` at most."""
    low, colon, high = text.partition(":")
    try:
        return (float(low) if low else None, float(high) if colon and high else None)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number or FROM:TO is needed, got {text!r}") from None


def count_text(text: str) -> tuple[int | None, int | None]:
    """The same of whole numbers."""
    low, high = range_text(text)
    return (None if low is None else int(low), None if high is None else int(high))
