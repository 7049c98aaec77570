"""What a stream's worker has in hand: taken from the stream, and not stored yet."""

import time
from collections.abc import Iterable, Sequence
from typing import Self

from ingest.batch import Batch
from ingest.decoding import Decoded
from runtime.kafka import Message, Offsets, Partition


class Taken:
    """Messages as they came. `since` is when the first did, `first` where to read them again."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.size_bytes = 0
        self.since = time.monotonic()
        self.first: dict[Partition, int] = {}

    @classmethod
    def of(cls, messages: Iterable[Message]) -> Self:
        taken = cls()
        taken.add(list(messages))
        return taken

    def add(self, messages: Sequence[Message]) -> None:
        if not self.messages:
            self.since = time.monotonic()
        self.messages += messages
        for message in messages:
            self.size_bytes += len(message.content or b"")
            self.first.setdefault(message.partition, message.offset)


class Decoding:
    """A batch with the offsets that it began at, and those that follow it."""

    def __init__(self, since: float = 0.0) -> None:
        self.batch = Batch()
        self.since = since
        self.size_bytes = 0
        self.first: dict[Partition, int] = {}
        self.following: dict[Partition, int] = {}

    def add(self, message: Message, decoded: Iterable[Decoded]) -> None:
        self.batch.add(decoded)
        self.size_bytes += len(message.content or b"")
        self.first.setdefault(message.partition, message.offset)
        self.following[message.partition] = message.offset + 1


def earliest(*offsets: Offsets) -> dict[Partition, int]:
    """For each partition the smallest of its offsets."""
    found: dict[Partition, int] = {}
    for some in offsets:
        for partition, offset in some.items():
            found[partition] = min(offset, found.get(partition, offset))
    return found
