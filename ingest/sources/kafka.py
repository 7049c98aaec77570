"""Messages of a consumer group's topics, and the offsets that are done.

Kafka being away, or a client that can go no further, is waited for here. Whoever reads must expect that
partitions move: what was read and is not committed belongs to somebody else then, so rewind and forget it.
"""

import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.errors import ArrayanError
from ingest.decoding import Decoded
from runtime.backoff import Backoff
from runtime.kafka import Consumer, KafkaUnavailable, Message, Offsets, Partition, Poll
from runtime.metrics import INGEST_LAG, stage
from runtime.readiness import Readiness
from runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

MOVED = Poll((), moved=True)
KAFKA = "kafka"
"""Our name among the parts that a process needs."""


class KafkaSource:
    """One member's part of a group's topics."""

    def __init__(
        self, open_consumer: Callable[[], Consumer], shutdown: Shutdown, readiness: Readiness | None = None
    ) -> None:
        self._open_consumer = open_consumer
        self._shutdown = shutdown
        self._readiness = readiness or Readiness()
        self._backoff = Backoff()
        self._consumer: Consumer | None = None
        self._uncommitted: dict[Partition, int] = {}
        self._expected: dict[Partition, int] = {}
        self._shown_lags: set[Partition] = set()

    @stage("read")
    def poll(self, seconds: float, most: int) -> Poll:
        """Wait until there is something, or for so long; at most so many messages."""
        consumer = self._connected()
        if consumer is None:
            return MOVED
        self._commit_rest(consumer)
        try:
            poll = consumer.poll(seconds, most)
        except KafkaUnavailable as error:
            self._lose_consumer(error)
            return MOVED
        self._backoff.reset()
        self._readiness.note(KAFKA, None if consumer.is_member() else "not in the consumer group at the moment")
        if poll.moved:
            self._forget_moved(consumer)
        self._look_for_gaps(consumer, poll.messages)
        return poll

    def stay(self) -> bool:
        """Remain a member of the group while something else takes long; whether partitions moved."""
        if self._consumer is None:
            return False
        try:
            return self._consumer.stay()
        except KafkaUnavailable as error:
            self._lose_consumer(error)
            return True

    def rewind(self, offsets: Offsets) -> None:
        """Read again from these offsets, where the partition is still ours."""
        if self._consumer is None:
            return
        self._consumer.rewind(offsets)
        assigned = self._consumer.assignment()
        self._expected |= {partition: offset for partition, offset in offsets.items() if partition in assigned}

    def commit(self, offsets: Offsets) -> None:
        """Everything before these offsets is stored. Kept for the next time when it cannot be noted now."""
        self._uncommitted.update(offsets)
        if self._consumer is not None:
            self._commit_rest(self._consumer)

    def is_at(self, ends: Offsets) -> bool:
        """Whether the group has read to these offsets: we where partitions are ours, by its commits elsewhere; not
        before we are in it. A member that has no partitions yet, or never gets any, waits for the others."""
        if self._consumer is None or not self._consumer.is_member():
            return False
        positions, ours = self._consumer.positions(), self._consumer.assignment()
        if not all(positions.get(partition, -1) >= ends.get(partition, 0) for partition in ours):
            return False
        return all((self._consumer.committed(other) or 0) >= ends[other] for other in ends.keys() - ours)

    def lag(self) -> int | None:
        """Messages in our partitions that are still to be read, shown for each; None without a broker."""
        lags = {} if self._consumer is None else self._consumer.lags()
        for partition in self._shown_lags - lags.keys():
            INGEST_LAG.remove(*partition)
        for partition, messages in lags.items():
            INGEST_LAG.labels(*partition).set(messages)
        self._shown_lags = set(lags)
        return None if self._consumer is None else sum(lags.values())

    def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _connected(self) -> Consumer | None:
        """The consumer; None when the end was asked for while no broker answered."""
        while self._consumer is None and not self._shutdown.is_asked:
            try:
                self._consumer = self._open_consumer()
            except KafkaUnavailable as error:
                seconds = self._backoff.next()
                self._readiness.missing(KAFKA, str(error))
                log.warning("kafka_unavailable retry_seconds=%s error=%s", seconds, error)
                self._shutdown.sleep(seconds)
        return self._consumer

    def _lose_consumer(self, error: KafkaUnavailable) -> None:
        seconds = self._backoff.next()
        self._readiness.missing(KAFKA, str(error))
        log.error("kafka_consumer_lost retry_seconds=%s error=%s", seconds, error)
        self.close()
        self._uncommitted.clear()
        self._expected.clear()
        self._shutdown.sleep(seconds)

    def _commit_rest(self, consumer: Consumer) -> None:
        assigned = consumer.assignment()
        ours = {partition: offset for partition, offset in self._uncommitted.items() if partition in assigned}
        if not ours:
            return
        try:
            consumer.commit(ours)
        except KafkaUnavailable as error:
            log.warning("commit_postponed partitions=%d error=%s", len(ours), error)
        else:
            self._uncommitted.clear()

    def _forget_moved(self, consumer: Consumer) -> None:
        assigned = consumer.assignment()
        log.info("partitions_assigned partitions=%s", ",".join(map(str, sorted(assigned))) or "none")
        self._uncommitted = {p: offset for p, offset in self._uncommitted.items() if p in assigned}
        self._expected = {p: offset for p, offset in self._expected.items() if p in assigned}

    def _look_for_gaps(self, consumer: Consumer, messages: Iterable[Message]) -> None:
        """Say so when offsets are missing: messages that the broker has deleted before we read them."""
        for message in messages:
            partition, offset = message.partition, message.offset
            if partition not in self._expected:
                self._expected[partition] = consumer.committed(partition) or 0
            if offset > self._expected[partition] > 0:
                log.error(
                    "messages_missing topic=%s partition=%d from_offset=%d to_offset=%d",
                    *partition,
                    self._expected[partition],
                    offset,
                )
            self._expected[partition] = offset + 1


Decode = Callable[[str, bytes], Iterable[Decoded]]


def decode_message(message: Message, decode: Decode) -> Iterator[Decoded]:
    """What is in a message; a dead letter when it is no alert, whatever decoding stumbles on.

    Raises an ArrayanError when something that decoding needs is away.
    """
    origin = Origin(message.partition.topic, message.partition.number, message.offset, _sent_at(message))
    if not message.content:
        yield DeadLetter(origin, Reason.EMPTY, "a message without a value", b"")
        return
    try:
        for item in decode(message.partition.topic, message.content):
            yield _from(origin, item)
    except ArrayanError:
        raise
    except Exception as error:
        log.exception("decoding_failed topic=%s partition=%d offset=%d", *message.partition, message.offset)
        yield DeadLetter(origin, Reason.DAMAGED, f"decoding it failed unforeseen: {error!r}", message.content)


def _from(origin: Origin, item: Decoded) -> Decoded:
    if isinstance(item, DeadLetter):
        return dataclasses.replace(item, origin=origin)
    return item._replace(origin=origin)


def _sent_at(message: Message) -> datetime | None:
    """None also for what is no moment of any calendar: producers may write any number."""
    if message.time_ms is None:
        return None
    try:
        return datetime.fromtimestamp(message.time_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
