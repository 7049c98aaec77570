"""Kafka behind small typed classes.

kafka-python has no types of its own, and some habits that a caller must know; they end here. Offsets are
committed when the caller says so and never by themselves.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition  # type: ignore[import-untyped]
from kafka.consumer.subscription_state import ConsumerRebalanceListener  # type: ignore[import-untyped]
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor  # type: ignore[import-untyped]
from kafka.errors import KafkaError, TopicAlreadyExistsError  # type: ignore[import-untyped]
from kafka.net.compat import KafkaNetClient  # type: ignore[import-untyped]
from kafka.structs import MemberState, OffsetAndMetadata  # type: ignore[import-untyped]
from pydantic import SecretStr

from runtime.lost_connections import lost_connections
from runtime.settings import InvalidSettings, Settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10
ANSWER_SECONDS = 10
DELIVERY_SECONDS = 30
STAY_SECONDS = 0.1
HUNG_UP = "socket disconnected"
MEGABYTE = 1_000_000


class KafkaTrouble(Exception):
    """Base of what a person can put right; the message says what it is."""


class KafkaUnavailable(KafkaTrouble):
    """No broker answers, or not as it should; the message says what was tried."""


class NoSuchTopic(KafkaTrouble):
    """A topic that was asked for by name does not exist."""


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.number}]"


Offsets = Mapping[Partition, int]


class Message(NamedTuple):
    """A message as it stands in a partition. `time_ms` is when it was sent, None when nobody says;
    `content` is None for a message without a value."""

    partition: Partition
    offset: int
    time_ms: int | None
    content: bytes | None


class Poll(NamedTuple):
    """What a poll brought. When partitions moved, nothing that was read before and is not committed may be
    taken for ours any more: rewind to it."""

    messages: Sequence[Message]
    moved: bool


@dataclass(frozen=True, slots=True)
class Topics:
    """Which topics to follow: some by name, or all that a regular expression matches as a whole."""

    names: tuple[str, ...] = ()
    pattern: str | None = None

    def __post_init__(self) -> None:
        if bool(self.names) == (self.pattern is not None):
            raise ValueError("topics are chosen by names or by a pattern")

    def __str__(self) -> str:
        return self.pattern or ", ".join(self.names)

    def among(self, existing: Iterable[str]) -> list[str]:
        """Those of them that exist."""
        if self.pattern is not None:
            return sorted(topic for topic in existing if re.fullmatch(self.pattern, topic))
        return sorted(set(self.names) & set(existing))


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """How to reach the brokers."""

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings, bootstrap: str | None = None) -> Self:
        """As the settings say. Raises InvalidSettings for a login without a name or password."""
        login = (settings.kafka_username, settings.kafka_password)
        if settings.kafka_security_protocol.startswith("SASL") and None in login:
            raise InvalidSettings(
                f"{settings.kafka_security_protocol} needs ARRAYAN_KAFKA_USERNAME and ARRAYAN_KAFKA_PASSWORD"
            )
        if settings.kafka_ca_file is not None and not settings.kafka_ca_file.is_file():
            raise InvalidSettings(f"ARRAYAN_KAFKA_CA_FILE names {settings.kafka_ca_file}, which is not there")
        return cls(
            bootstrap or settings.kafka_bootstrap,
            settings.kafka_security_protocol,
            settings.kafka_sasl_mechanism,
            *login,
            settings.kafka_ca_file,
        )

    def options(self) -> dict[str, Any]:
        """Arguments for each of kafka-python's clients."""
        options: dict[str, Any] = {
            "bootstrap_servers": [server.strip() for server in self.bootstrap.split(",")],
            "security_protocol": self.security_protocol,
            "bootstrap_timeout_ms": CONNECT_SECONDS * 1000,
            "reconnect_backoff_max_ms": 2000,
        }
        if self.ca_file is not None:
            options["ssl_cafile"] = str(self.ca_file)
        if self.security_protocol.startswith("SASL"):
            assert self.password is not None
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return options


@dataclass(frozen=True, slots=True)
class ConsumerTuning:
    """How much a consumer reads ahead, and how soon it notices things."""

    topic_refresh_seconds: float = 30.0
    session_timeout_seconds: float = 45.0
    fetch_bytes: int = 16 * MEGABYTE
    partition_fetch_bytes: int = 8 * MEGABYTE

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            settings.kafka_topic_refresh_seconds,
            settings.kafka_session_timeout_seconds,
            settings.kafka_fetch_megabytes * MEGABYTE,
            settings.kafka_partition_fetch_megabytes * MEGABYTE,
        )

    def options(self) -> dict[str, Any]:
        session_ms = round(self.session_timeout_seconds * 1000)
        return {
            "metadata_max_age_ms": round(self.topic_refresh_seconds * 1000),
            "session_timeout_ms": session_ms,
            "heartbeat_interval_ms": min(3000, session_ms // 4),
            "fetch_max_bytes": self.fetch_bytes,
            "max_partition_fetch_bytes": self.partition_fetch_bytes,
        }


class Consumer:
    """A member of a consumer group. Reads from the beginning what the group has never committed.

    Raises KafkaUnavailable when no broker answers, and from `poll` when the client can go no further: close it
    then, and open another.
    """

    def __init__(self, connection: KafkaConnection, group: str, topics: Topics, tuning: ConsumerTuning) -> None:
        self._rebalances = _Rebalances()
        self._consumer = open_client(
            KafkaConsumer,
            connection,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            metrics_enabled=False,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            **tuning.options(),
        )
        # kafka-python matches a pattern at the beginning of a name only.
        pattern = None if topics.pattern is None else f"(?:{topics.pattern})$"
        self._consumer.subscribe(topics=list(topics.names), pattern=pattern, listener=self._rebalances)

    def poll(self, seconds: float, most: int) -> Poll:
        """Wait until there is something, or for so long; at most so many messages."""
        try:
            records = self._consumer.poll(timeout_ms=round(seconds * 1000), max_records=most)
        except KafkaError as error:
            raise KafkaUnavailable(_told(error)) from error
        messages = [_message(record) for taken in records.values() for record in taken]
        return Poll(messages, self._rebalances.take())

    def stay(self) -> bool:
        """Remain a member without reading, when something else takes long; whether partitions moved."""
        self._consumer.pause(*self._consumer.assignment())
        poll = self.poll(STAY_SECONDS, 1)
        self.rewind(_first_offsets(poll.messages))  # of partitions that came just now
        self._consumer.resume(*self._consumer.assignment())
        return poll.moved

    def rewind(self, offsets: Offsets) -> None:
        """Read again from these offsets, where the partition is still ours."""
        assigned = self.assignment()
        for partition, offset in offsets.items():
            if partition in assigned:
                self._consumer.seek(TopicPartition(*partition), offset)

    def commit(self, offsets: Offsets) -> None:
        """Note for the group that everything before these offsets is done. Raises KafkaUnavailable when it
        could not be noted: away, or in the middle of a rebalance."""
        try:
            self._consumer.commit(
                {
                    TopicPartition(*partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in offsets.items()
                },
                timeout_ms=ANSWER_SECONDS * 1000,
            )
        except KafkaError as error:
            raise KafkaUnavailable(_told(error)) from error

    def committed(self, partition: Partition) -> int | None:
        """The group's committed offset; None when there is none, or nobody says."""
        try:
            offset = self._consumer.committed(TopicPartition(*partition), timeout_ms=ANSWER_SECONDS * 1000)
        except KafkaError:
            return None
        return None if offset is None or offset < 0 else int(offset)

    def assignment(self) -> frozenset[Partition]:
        """The partitions that are ours now."""
        return frozenset(Partition(*partition) for partition in self._consumer.assignment())

    def is_member(self) -> bool:
        """Whether the group has settled with us in it."""
        return bool(self._consumer.group_metadata().state == MemberState.STABLE)

    def positions(self) -> dict[Partition, int]:
        """Where the next poll goes on; partitions of which that is not known yet are missing."""
        found = {}
        for partition in self._consumer.assignment():
            try:
                position = self._consumer.position(partition, timeout_ms=100)
            except KafkaError:
                continue
            if position is not None:
                found[Partition(*partition)] = position
        return found

    def lags(self) -> dict[Partition, int]:
        """Messages in our partitions that are still to be read, as the last answers of the brokers told."""
        return {
            partition: max(0, (self._consumer.highwater(TopicPartition(*partition)) or position) - position)
            for partition, position in self.positions().items()
        }

    def close(self) -> None:
        """Leave the group. Nothing is committed."""
        try:
            self._consumer.close(autocommit=False, timeout_ms=ANSWER_SECONDS * 1000)
        except KafkaError as error:
            log.warning("kafka_close_failed error=%s", _told(error))


class TopicReader:
    """Looks at topics without being a member of any group."""

    def __init__(self, connection: KafkaConnection, group: str | None = None) -> None:
        self._consumer = open_client(
            KafkaConsumer,
            connection,
            group_id=group,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close(autocommit=False, timeout_ms=ANSWER_SECONDS * 1000)

    def partitions(self, topics: Topics) -> list[Partition]:
        """Every partition of the topics that exist."""
        return [
            Partition(topic, number)
            for topic in topics.among(self._topics())
            for number in sorted(self._consumer.partitions_for_topic(topic))
        ]

    def require(self, topics: Topics) -> None:
        """Raise NoSuchTopic when a topic that is named does not exist."""
        if missing := sorted(set(topics.names) - set(self._topics())):
            raise NoSuchTopic(f"there is no topic {', '.join(missing)}")

    def begins(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Offset of the oldest message that is still there."""
        return self._offsets(self._consumer.beginning_offsets, partitions)

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Offset that the next message will have."""
        return self._offsets(self._consumer.end_offsets, partitions)

    def since(self, partitions: Iterable[Partition], time_ms: int) -> dict[Partition, int]:
        """Offset of the first message sent at a time or later; the end where there is none."""
        partitions = list(partitions)
        wanted = {TopicPartition(*partition): time_ms for partition in partitions}
        try:
            found = self._consumer.offsets_for_times(wanted, timeout_ms=ANSWER_SECONDS * 1000) if wanted else {}
        except KafkaError as error:
            raise KafkaUnavailable(_told(error)) from error
        ends = self.ends(partitions)
        return {
            partition: ends[partition] if found.get(partition) is None else found[partition].offset
            for partition in partitions
        }

    def _topics(self) -> Iterable[str]:
        try:
            return [str(topic) for topic in self._consumer.topics()]
        except KafkaError as error:
            raise KafkaUnavailable(_told(error)) from error

    def _offsets(self, ask: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
        wanted = [TopicPartition(*partition) for partition in partitions]
        try:
            found = ask(wanted, timeout_ms=ANSWER_SECONDS * 1000) if wanted else {}
        except KafkaError as error:
            raise KafkaUnavailable(_told(error)) from error
        return {Partition(*partition): offset for partition, offset in found.items()}


@dataclass(frozen=True, slots=True)
class NewTopics:
    """How topics are made that do not exist; 0 replicas leaves their number to the broker."""

    partitions: int = 1
    replicas: int = 0


class Sender:
    """Sends messages, and makes their topics where they are missing. Raises KafkaUnavailable."""

    def __init__(self, connection: KafkaConnection, new_topics: NewTopics) -> None:
        self._connection = connection
        self._new_topics = new_topics
        self._known: set[str] = set()
        self._producer: Any = None

    def send(self, messages: Sequence[tuple[str, bytes, bytes]]) -> None:
        """Send messages (topic, key, content), and wait until all replicas have them."""
        try:
            self._make({topic for topic, _, _ in messages} - self._known)
            if self._producer is None:
                self._producer = open_client(
                    KafkaProducer,
                    self._connection,
                    acks="all",
                    linger_ms=20,
                    max_block_ms=ANSWER_SECONDS * 1000,
                    delivery_timeout_ms=DELIVERY_SECONDS * 1000,
                    request_timeout_ms=ANSWER_SECONDS * 1000,
                    metrics_enabled=False,
                )
            sent = [self._producer.send(topic, content, key=key) for topic, key, content in messages]
            self._producer.flush(DELIVERY_SECONDS)
            for one in sent:
                one.get(DELIVERY_SECONDS)
        except KafkaError as error:
            self.close()
            raise KafkaUnavailable(_told(error)) from error

    def close(self) -> None:
        """Send no more; what is under way may be lost."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=0)

    def _make(self, topics: set[str]) -> None:
        if not topics:
            return
        admin = open_client(KafkaAdminClient, self._connection)
        try:
            wanted = self._new_topics
            for topic in sorted(topics - set(admin.list_topics())):
                with suppress(TopicAlreadyExistsError):
                    admin.create_topics(
                        {topic: {"num_partitions": wanted.partitions, "replication_factor": wanted.replicas or -1}},
                        wait_for_metadata=True,
                    )
            self._known |= topics
        finally:
            admin.close()


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]
    """Remembers that partitions moved. It is called in the middle of a poll, in the client's own thread, where
    nothing may be asked of the client."""

    def __init__(self) -> None:
        self._moved = False

    def on_partitions_revoked(self, _revoked: object) -> None:
        self._moved = True

    def on_partitions_assigned(self, _assigned: object) -> None:
        self._moved = True

    def take(self) -> bool:
        """Whether there was one since the last call."""
        moved, self._moved = self._moved, False
        return moved


def open_client(kind: type, connection: KafkaConnection, **options: Any) -> Any:
    """A client of kafka-python, connected. Raises KafkaUnavailable, which says why."""
    networks: list[KafkaNetClient] = []

    def network(**options: Any) -> KafkaNetClient:
        networks.append(KafkaNetClient(**options))
        return networks[-1]

    with lost_connections() as losses:
        try:
            return kind(**connection.options(), **options, kafka_client=network)
        except (KafkaError, OSError) as error:
            for begun in networks:  # its thread would try to connect for as long as the process lives
                begun.close()
            reason = losses.reason or _told(error)
            login = connection.security_protocol.startswith("SASL")
            raise KafkaUnavailable(
                f"no Kafka answers at {connection.bootstrap} with {connection.security_protocol}: {reason}"
                f"{' (brokers hang up on a wrong name or password)' if login and HUNG_UP in reason else ''}"
            ) from error


def _message(record: Any) -> Message:
    time_ms = None if record.timestamp is None or record.timestamp < 0 else record.timestamp
    content = None if record.value is None else bytes(record.value)
    return Message(Partition(record.topic, record.partition), record.offset, time_ms, content)


def _first_offsets(messages: Iterable[Message]) -> dict[Partition, int]:
    firsts: dict[Partition, int] = {}
    for message in messages:
        firsts.setdefault(message.partition, message.offset)
    return firsts


def _told(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
