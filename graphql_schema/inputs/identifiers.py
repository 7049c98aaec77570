"""Identifiers that a survey gave and days, which travel as text."""

from datetime import date

from graphql_schema.errors import InvalidInput

MAX_NAME_LENGTH = 200
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


def parse_candid(text: str) -> int:
    """A survey's identifier of a measurement. Raises InvalidInput when it is no 64-bit number."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        raise InvalidInput(f"candid must be a whole number, got {text[:40]!r}")
    number = int(text)
    if not INT64_MIN <= number <= INT64_MAX:
        raise InvalidInput(f"candid must be a number of 64 bits, got {text}")
    return number


def parse_day(text: str) -> date:
    """A date, YYYY-MM-DD. Raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"a night is a date such as 2026-11-06, got {text[:40]!r}") from error


def parse_name(text: str) -> str:
    """A survey's identifier of an object, or a pattern of one.

    Raises InvalidInput for one that is far too long, and for a text that no database can compare: with a NUL, or
    with half a surrogate pair.
    """
    if len(text) > MAX_NAME_LENGTH:
        raise InvalidInput(f"a name has at most {MAX_NAME_LENGTH} characters, got {len(text)}: {text[:40]!r}...")
    if "\x00" in text or not _is_unicode(text):
        raise InvalidInput(f"a name must be text without NUL, got {text[:40]!r}")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
