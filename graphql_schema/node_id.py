"""Global identifiers of nodes: opaque texts that name a type and a key."""

import base64
import binascii
from typing import NamedTuple

from graphql_schema.errors import InvalidInput


class NodeKey(NamedTuple):
    """What a global identifier stands for."""

    kind: str
    numbers: tuple[int, ...]


OBJECT = "Object"
DETECTION = "Detection"
KEY_LENGTHS = {OBJECT: 1, DETECTION: 3}
"""An object by its key; a detection by its object, candid, and microseconds of its MJD."""


def encode_node_id(kind: str, *numbers: int) -> str:
    """The global identifier of a node."""
    return base64.urlsafe_b64encode(":".join((kind, *map(str, numbers))).encode()).decode().rstrip("=")


def decode_node_id(text: str) -> NodeKey:
    """What an identifier stands for. Raises InvalidInput for a text that is none."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        kind, *numbers = decoded.split(":")
        key = NodeKey(kind, tuple(map(int, numbers)))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(f"{text[:80]!r} is no id of a node: take one from a field `id`") from error
    fits = all(-(2**63) <= number < 2**63 for number in key.numbers)
    if KEY_LENGTHS.get(key.kind) != len(key.numbers) or not fits:
        raise InvalidInput(f"{text[:80]!r} is no id of a node: take one from a field `id`")
    return key
