"""The offsets that a consumer group has committed, looked at and moved from outside of the group."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from kafka import KafkaAdminClient, TopicPartition  # type: ignore[import-untyped]
from kafka.errors import KafkaError, NoError  # type: ignore[import-untyped]
from kafka.structs import OffsetAndMetadata  # type: ignore[import-untyped]

from runtime.kafka import (
    KafkaConnection,
    KafkaTrouble,
    KafkaUnavailable,
    Offsets,
    Partition,
    TopicReader,
    Topics,
    open_client,
)


class GroupInUse(KafkaTrouble):
    """Somebody is in the group: its offsets are his to move."""


class PartitionOffsets(NamedTuple):
    """Where a group stands in a partition. `committed` is None before its first commit."""

    partition: Partition
    committed: int | None
    begin: int
    end: int

    @property
    def lag(self) -> int:
        """Messages that the group still has to read, of those that are there."""
        return max(0, self.end - max(self.begin, self.committed or 0))


class GroupOffsets:
    """One group's committed offsets. Raises KafkaUnavailable."""

    def __init__(self, connection: KafkaConnection, group: str) -> None:
        self._group = group
        self._admin = open_client(KafkaAdminClient, connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()

    def committed(self) -> dict[Partition, int]:
        """Everything that the group has ever committed and not lost."""
        found = self._ask(self._admin.list_group_offsets, {self._group: None}).get(self._group, {})
        return {Partition(*partition): told.offset for partition, told in found.items() if told.offset >= 0}

    def members(self) -> int:
        """How many consumers are in the group."""
        told = self._ask(self._admin.describe_groups, [self._group]).get(self._group, {})
        return len(told.get("members") or ())

    def move(self, offsets: Offsets) -> None:
        """Commit these offsets for a group that nobody is in. Raises GroupInUse."""
        if members := self.members():
            raise GroupInUse(f"{members} consumers are in the group {self._group}: stop them first")
        wanted = {
            TopicPartition(*partition): OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()
        }
        refused = {
            error.__name__
            for error in self._ask(self._admin.alter_group_offsets, self._group, wanted).values()
            if error is not NoError
        }
        if refused:
            raise GroupInUse(f"the broker does not move the offsets of the group {self._group}: {sorted(refused)}")

    def _ask(self, question: Any, *about: Any) -> Any:
        try:
            return question(*about)
        except KafkaError as error:
            raise KafkaUnavailable(f"Kafka does not answer about the group {self._group}: {error}") from error


def standings(group: GroupOffsets, reader: TopicReader, topics: Topics | None) -> list[PartitionOffsets]:
    """Where a group stands, in some topics or in all that it has committed in."""
    committed = group.committed()
    wanted = sorted(committed) if topics is None else reader.partitions(topics)
    begins, ends = reader.begins(wanted), reader.ends(wanted)
    return [
        PartitionOffsets(partition, committed.get(partition), begins[partition], ends[partition])
        for partition in wanted
    ]


def begin_at_ends(group: GroupOffsets, reader: TopicReader, topics: Topics) -> dict[Partition, int]:
    """Leave out what was sent until now, in partitions where the group has not committed anything.

    Topics that come later are then read from their beginning, whereas a consumer that begins at the end would
    miss what is sent before it finds them. Returns what was set; raises GroupInUse.
    """
    committed = group.committed()
    new: Iterable[Partition] = (p for p in reader.partitions(topics) if p not in committed)
    ends = reader.ends(new)
    if ends:
        group.move(ends)
    return ends
