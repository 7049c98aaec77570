"""Opaque marks of a place in a sorted list: the sort values of the last row, exactly."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from domain.errors import ArrayanError


class InvalidCursor(ArrayanError):
    """A cursor that was not given out for this list."""


def encode_cursor(values: Sequence[Any], order: str | None = None) -> str:
    """Text for a row's sort values (numbers and texts), with a mark of the order where a list has several."""
    marked = list(values) if order is None else [order, *values]
    return base64.urlsafe_b64encode(orjson.dumps(marked)).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type], order: str | None = None) -> list[Any]:
    """The sort values in a cursor. Raises InvalidCursor unless they are of the kinds expected, and of the order."""
    if order is not None:
        mark, *values = decode_cursor(cursor, [str, *kinds])
        if mark != order:
            raise InvalidCursor("the cursor belongs to a list with another order")
        return values
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor(f"{cursor[:80]!r} is not a cursor: take one from `endCursor` or an edge") from error
    if not isinstance(values, list) or len(values) != len(kinds):
        raise InvalidCursor("the cursor belongs to a list with another order")
    for value, kind in zip(values, kinds, strict=True):
        if kind is float and type(value) is int:
            continue
        if type(value) is not kind or not _is_storable(value):
            raise InvalidCursor("the cursor belongs to a list with another order")
    return [float(v) if kind is float else v for v, kind in zip(values, kinds, strict=True)]


def _is_storable(value: Any) -> bool:
    """Whether a row can have this value, so that the database does not refuse to compare it."""
    if isinstance(value, str):
        return "\x00" not in value
    return not isinstance(value, int) or -(2**63) <= value < 2**63
