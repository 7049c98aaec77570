"""The bytes of an alert, as a survey wrote them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, Self

from domain.alert import Alert
from domain.dead_letter import Origin
from domain.stamp import StampKind

NO_STAMPS: Mapping[StampKind, bytes] = {}


class Span(NamedTuple):
    """A run of bytes."""

    offset: int
    length: int


class Packet(NamedTuple):
    """One Avro record, undecoded, with the schema it was written with."""

    schema: bytes
    datum: bytes


class ReceivedAlert(NamedTuple):
    """An alert with the packet that held it, where in its datum the stamps lie, and the place it came from."""

    alert: Alert
    packet: Packet
    origin: Origin
    stamp_spans: Mapping[StampKind, Span]

    @classmethod
    def of(cls, alert: Alert, packet: Packet, origin: Origin) -> Self:
        """Of an alert and the packet that it was decoded from."""
        return cls(alert, packet, origin, stamp_spans(alert, packet))

    def without_copies(self) -> Self:
        """The same with its stamps in the packet alone. Waiting alerts take half the memory so."""
        return self._replace(alert=replace(self.alert, stamps=NO_STAMPS))


HEAD_BYTES = 64
"""Enough of a stamp to find it by: searching for all of it would cost as much as decoding the packet."""


def stamp_spans(alert: Alert, packet: Packet) -> Mapping[StampKind, Span]:
    """Where each stamp lies in the packet's datum, so that it can be read later without decoding."""
    return {kind: Span(_place_of(data, packet.datum), len(data)) for kind, data in alert.stamps.items() if data}


def _place_of(part: bytes, whole: bytes) -> int:
    """Raises ValueError when it is not there."""
    head = part[:HEAD_BYTES]
    place = whole.index(head)
    while not whole.startswith(part, place):
        place = whole.index(head, place + 1)
    return place
