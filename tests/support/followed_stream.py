"""A stream with its group, the database and the archive that it goes to, and the account of it at the end."""

import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from domain.dead_letter import DeadLetter
from ingest.decoding import decode
from runtime.kafka import Topics
from tests.support.database_wire import DatabaseWire
from tests.support.digest import WAY_OF_LETTERS, Digest, digest
from tests.support.kafka import Kafka, eventually
from tests.support.ledger import Key, check_ledger, key_of
from tests.support.mixed_stream import Sent, contents
from tests.support.storing import alert_store
from tests.support.stream_process import Ended, StreamProcess, start

BATCH_ALERTS = 10
DONE_SECONDS = 90.0


class Member(NamedTuple):
    """A process that follows a stream, and its way to the database."""

    process: StreamProcess
    wire: DatabaseWire


class FollowedStream:
    """Topics that `arrayan ingest kafka` follows. Everything that is sent is noted."""

    def __init__(self, kafka: Kafka, database_url: str, archive: Path, *, topics: int = 1, partitions: int = 4):
        self.kafka, self.database_url, self.archive = kafka, database_url, archive
        self.topics = Topics(tuple(kafka.topic(partitions) for _ in range(topics)))
        self.group = kafka.name("-group")
        self.sent: list[Sent] = []
        self._partitions = partitions
        self._ends: Counter[tuple[str, int]] = Counter()
        self._places: dict[Key | None, list[tuple[tuple[str, int], int]]] = defaultdict(list)

    def send(self, messages: Sequence[Sent], topic: int = 0) -> None:
        """Send messages to all partitions of a topic in turn."""
        name = self.topics.names[topic]
        self.kafka.send(name, contents(messages))
        self.sent += messages
        for index, message in enumerate(messages):
            place = name, index % self._partitions
            self._places[key_of(message)].append((place, self._ends[place]))
            self._ends[place] += 1

    @contextmanager
    def members_over_wires(self) -> Iterator[Callable[[], Member]]:
        """Each call gives a process that begins now, with its way to the database. The next one is started
        meanwhile, and waits for its database: starting takes a second."""
        with ExitStack() as stack:
            waiting = self._member_that_waits(stack)

            def begin() -> Member:
                nonlocal waiting
                begun, waiting = waiting, self._member_that_waits(stack)
                begun.wire.open()
                return begun

            yield begin

    def _member_that_waits(self, stack: ExitStack) -> Member:
        wire = stack.enter_context(DatabaseWire(self.database_url, is_open=False))
        return Member(stack.enter_context(self.member(wire.url)), wire)

    @contextmanager
    def member(self, url: str | None = None, *arguments: str, **settings: str | float) -> Iterator[StreamProcess]:
        """A process that follows them, over another way to the database if one is given."""
        process = self.start(url, *arguments, **settings)
        try:
            yield process
        finally:
            process.kill()

    def start(self, url: str | None = None, *arguments: str, **settings: str | float) -> StreamProcess:
        """A process that follows them, to be ended by the caller."""
        named = ",".join(self.topics.names)
        return start(
            self.kafka.bootstrap,
            url or self.database_url,
            self.archive,
            *("--topics", named, "--group", self.group, *arguments),
            **{
                "batch_alerts": BATCH_ALERTS,
                "batch_seconds": 0.2,
                "kafka_session_timeout_seconds": 1.0,
                **settings,
            },
        )

    def is_done(self) -> bool:
        """Whether the group has committed everything that was sent."""
        return self.kafka.committed(self.group) == dict(self._ends)

    def end(self, *members: StreamProcess) -> list[Ended]:
        """Wait until everything is done, then end the members in order, and check that they end well."""
        eventually(self.is_done, seconds=DONE_SECONDS)
        # One that has just begun, and is to take the place of another, may not hear signals yet.
        eventually(lambda: all("partitions_assigned" in member.said() for member in members), seconds=DONE_SECONDS)
        for member in members:
            member.process.send_signal(signal.SIGTERM)
        ended = [member.wait() for member in members]
        for each in ended:
            assert each.returncode == 0, (each.returncode, each.err)
            assert "Traceback" not in each.err, each.err
        return ended

    def check(self, clean: Digest) -> None:
        """Everything that was sent is there once, and the database is that of a clean run."""
        check_ledger(self.database_url, self.archive, self.sent)
        assert digest_of(self.database_url) == clean

    def count(self, statement: str = "SELECT count(*) FROM alert") -> int:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def stores_more(self) -> Callable[[], bool]:
        """Whether more is stored than was when this was called."""
        before = self.count()
        return lambda: self.count() > before

    def rows_beyond_offsets(self) -> set[Key]:
        """Alerts that are stored, and all of whose messages would be read again."""
        committed = self.kafka.committed(self.group)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            rows = connection.execute("SELECT name, candid FROM alert JOIN object USING (object_id)").fetchall()
        return {
            (name, candid)
            for name, candid in rows
            if all(offset >= committed.get(place, 0) for place, offset in self._places[name, candid])
        }

    def unindexed_files(self) -> set[str]:
        """Files of the archive that no row names: what a process leaves that dies before its commit."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            indexed = connection.execute("SELECT DISTINCT archive_file FROM alert").fetchall()
        files = {str(file.relative_to(self.archive)) for file in self.archive.rglob("*.avro")}
        return files - {file for (file,) in indexed}

    def wait_until_nobody_writes(self) -> None:
        """The server notices a killed client when it next writes to it."""
        writers = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'arrayan ingest'"
        )
        eventually(lambda: self.count(writers) == 0)


def clean_run(database_url: str, archive: Path, sent: Sequence[Sent]) -> Digest:
    """What a database holds after messages were stored once, in the order they were sent, by one writer."""
    decoded = [item for number, message in enumerate(sent) for item in decode(f"message {number}", message.content)]
    letters = [item for item in decoded if isinstance(item, DeadLetter)]
    with alert_store(database_url, archive) as store:
        store.store([item for item in decoded if not isinstance(item, DeadLetter)], letters)
    return digest_of(database_url)


def digest_of(database_url: str) -> Digest:
    """Without the way of dead letters: a run to compare with gets its messages another way."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        return digest(connection, without=WAY_OF_LETTERS)
