"""Alerts from a real Kafka into a real database: each stored once, whatever happens on the way."""

import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from cli.stream import follow
from domain.dead_letter import Reason
from ingest.decoding import decode
from ingest.report import IngestReport
from ingest.sources.kafka import KafkaSource
from runtime.kafka import Consumer, ConsumerTuning, NoSuchTopic, Offsets, Partition, Topics
from runtime.settings import Settings
from runtime.shutdown import Shutdown
from storage.dead_letters import list_dead_letters, payload_of
from tests.support.databases import Backend, TestDatabases
from tests.support.digest import Digest, digest
from tests.support.kafka import Kafka, eventually
from tests.support.storing import alert_store, small_sky
from tests.support.stream_process import StreamProcess, start
from tests.support.ztf_packets import all_received, container, packet

CODECS = (None, "gzip", "snappy", "lz4", "zstd")


@pytest.fixture(scope="module")
def sky() -> list[bytes]:
    """26 packets of 24 alerts."""
    return [container(record) for record in small_sky()]


@pytest.fixture(scope="module")
def many() -> list[bytes]:
    """800 packets of as many objects, small ones: without stamps."""
    return [
        container(
            packet(
                "ZTF20aaa" + "".join(chr(97 + number // 26**place % 26) for place in (3, 2, 1, 0)),
                place=115010000 + number,
                cutoutScience=None,
                cutoutTemplate=None,
                cutoutDifference=None,
            )
        )
        for number in range(800)
    ]


@pytest.fixture
def expected(any_database_url: str, any_backend: Backend, databases: TestDatabases, tmp_path: Path) -> Digest:
    """What a database holds after the 26 packets."""
    with (
        databases.fresh(any_backend) as url,
        alert_store(url, tmp_path / "expected") as store,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        store.store(all_received(small_sky()))
        return digest(connection)


@pytest.fixture
def settings(any_database_url: str, kafka: Kafka, tmp_path: Path) -> Settings:
    return Settings(
        database_url=any_database_url,
        archive_url=str(tmp_path / "archive"),
        batch_alerts=10,
        batch_seconds=0.2,
        kafka_bootstrap=kafka.bootstrap,
        kafka_session_timeout_seconds=1.5,
        kafka_topic_refresh_seconds=0.3,
    )


def take_in(settings: Settings, kafka: Kafka, topics: Topics, group: str, *, latest: bool = False) -> IngestReport:
    """Everything that is there now."""
    assert settings.database_url is not None
    return follow(
        settings,
        settings.database_url,
        kafka.connection,
        group,
        topics,
        decode,
        begin_at_latest=latest,
        stop_at_end=True,
    )


def digest_of(settings: Settings) -> Digest:
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        return digest(connection)


def count(settings: Settings, table: str = "alert") -> int:
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    return 0 if row is None else int(row[0])


def run(settings: Settings, kafka: Kafka, *arguments: str, **more: str | float) -> StreamProcess:
    """`arrayan ingest kafka` in a process of its own, with these settings."""
    assert settings.database_url is not None
    assert settings.archive_url is not None
    return start(
        kafka.bootstrap,
        settings.database_url,
        Path(settings.archive_url),
        *arguments,
        **{"batch_alerts": 10, "batch_seconds": 0.2, "kafka_topic_refresh_seconds": 0.3, **more},
    )


def test_every_codec_and_partition_is_read_once(
    settings: Settings, kafka: Kafka, sky: list[bytes], expected: Digest
) -> None:
    topic, group = kafka.topic(3), kafka.name()
    for number, codec in enumerate(CODECS):
        kafka.send(topic, sky[number :: len(CODECS)], codec=codec)
    assert take_in(settings, kafka, Topics((topic,)), group) == IngestReport(26, 24, 2, 0)
    assert digest_of(settings) == expected
    assert sum(kafka.committed(group).values()) == 26
    assert take_in(settings, kafka, Topics((topic,)), group) == IngestReport(0, 0, 0, 0)
    assert take_in(settings, kafka, Topics((topic,)), kafka.name()) == IngestReport(26, 0, 26, 0)
    assert digest_of(settings) == expected


def test_poison_becomes_dead_letters_and_stops_nothing(settings: Settings, kafka: Kafka, sky: list[bytes]) -> None:
    topic, group = kafka.topic(2), kafka.name()
    poison = [b"no alert", None, b"", sky[0][:-40], b"\x00\x00\x00\x00\x07confluent?", b"Obj\x01" + b"\xff" * 40]
    mixed = [item for pair in zip(poison, sky, strict=False) for item in pair]
    kafka.send(topic, mixed, partition=1, time_ms=1_590_000_000_123)
    assert take_in(settings, kafka, Topics((topic,)), group) == IngestReport(12, 6, 0, 6)
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        letters = list_dead_letters(connection, limit=20)
        payloads = {letter.origin.offset: payload_of(connection, letter.id) for letter in letters}
    assert {(letter.origin.source, letter.origin.partition) for letter in letters} == {(topic, 1)}
    assert {letter.origin.sent_at for letter in letters} == {datetime(2020, 5, 20, 18, 40, 0, 123000, UTC)}
    # Nothing twice: both messages without bytes are one letter, seen twice.
    assert payloads == {0: b"no alert", 2: b"", 6: poison[3], 8: poison[4], 10: poison[5]}
    reasons = {letter.origin.offset: letter.reason for letter in letters}
    assert (reasons[0], reasons[2], reasons[6]) == (Reason.NOT_AVRO, Reason.EMPTY, Reason.DAMAGED)
    assert kafka.committed(group) == {(topic, 0): 0, (topic, 1): 12} or kafka.committed(group) == {(topic, 1): 12}


def test_offsets_wait_for_the_database(
    settings: Settings, kafka: Kafka, sky: list[bytes], expected: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after each commit of the database and before the one of the offsets."""
    topic, group = kafka.topic(), kafka.name()
    kafka.send(topic, sky)

    def die(_source: KafkaSource, _offsets: Offsets) -> None:
        raise SystemError("killed here")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(KafkaSource, "commit", die)
            with pytest.raises(SystemError):
                take_in(settings, kafka, Topics((topic,)), group)
        assert count(settings) >= 9  # of the first batch; one is there twice
        assert kafka.committed(group) == {}
    assert take_in(settings, kafka, Topics((topic,)), group).read == 26
    assert digest_of(settings) == expected


def test_topics_that_come_later_are_read_from_their_beginning(
    settings: Settings, kafka: Kafka, sky: list[bytes], expected: Digest
) -> None:
    night = kafka.name("-night-")
    kafka.topic(2, name=f"{night}20261105")
    kafka.topic(name=f"{night}20261105-other")
    kafka.send(f"{night}20261105", [b"from before"])
    kafka.send(f"{night}20261105-other", [b"not ours"])
    group = kafka.name()
    process = run(settings, kafka, "--pattern", f"{night}[0-9]{{8}}", "--group", group, "--from", "latest")
    try:
        eventually(lambda: kafka.is_stable(group))
        kafka.send(f"{night}20261105", sky[:10])
        kafka.topic(3, name=f"{night}20261106")
        kafka.send(f"{night}20261106", sky[10:])
        eventually(lambda: count(settings) == 24)
        ended = process.terminate()
    finally:
        process.kill()
    assert ended.report == IngestReport(26, 24, 2, 0)._asdict()
    assert digest_of(settings) == expected
    assert "partitions_assigned" in ended.err


def test_messages_that_the_broker_deleted_unread_are_said(
    settings: Settings, kafka: Kafka, sky: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    topic, group = kafka.topic(), kafka.name()
    kafka.send(topic, sky[:5])
    take_in(settings, kafka, Topics((topic,)), group)
    kafka.send(topic, sky[5:])
    kafka.delete_before(topic, 9)
    report = take_in(settings, kafka, Topics((topic,)), group)
    assert report.read == len(sky) - 9
    assert f"messages_missing topic={topic} partition=0 from_offset=5 to_offset=9" in caplog.text


def test_the_end_is_that_of_the_group_for_a_member_without_partitions_too(kafka: Kafka, sky: list[bytes]) -> None:
    topic, group = kafka.topic(1), kafka.name()
    kafka.send(topic, sky)
    ends = {Partition(topic, 0): len(sky)}

    def member() -> Consumer:
        return Consumer(kafka.connection, group, Topics((topic,)), ConsumerTuning(session_timeout_seconds=6.0))

    members = [KafkaSource(member, Shutdown()) for _ in range(2)]
    try:
        read = 0

        def settle() -> bool:
            nonlocal read
            read += sum(len(source.poll(0.1, 1).messages) for source in members)
            return kafka.members(group) == 2 and kafka.is_stable(group) and read > 0

        eventually(settle)
        assert [source.is_at(ends) for source in members] == [False, False]
        for source in members:
            eventually(lambda source=source: not source.poll(0.5, len(sky)).messages)  # type: ignore[misc]
        members[0].commit(ends)
        members[1].commit(ends)
        eventually(lambda: [source.poll(0.1, 1) and source.is_at(ends) for source in members] == [True, True])
    finally:
        for source in members:
            source.close()


def test_names_that_do_not_exist_are_said(settings: Settings, kafka: Kafka) -> None:
    with pytest.raises(NoSuchTopic, match="there is no topic nowhere-to-be-found"):
        take_in(settings, kafka, Topics(("nowhere-to-be-found",)), kafka.name())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(
    settings: Settings, kafka: Kafka, many: list[bytes], number: signal.Signals
) -> None:
    topic, group = kafka.topic(2), kafka.name()
    kafka.send(topic, many)
    process = run(settings, kafka, "--topics", topic, "--group", group)
    try:
        eventually(lambda: count(settings) > 0)
        ended = process.terminate(number)
    finally:
        process.kill()
    assert ended.returncode == 0
    assert 0 < ended.report["stored"] < len(many)
    assert ended.report["duplicates"] == 0
    assert sum(kafka.committed(group).values()) == count(settings) == ended.report["stored"]
    assert kafka.members(group) == 0
    rest = take_in(settings, kafka, Topics((topic,)), group)
    assert rest == IngestReport(*2 * (len(many) - ended.report["stored"],), 0, 0)


def test_consumers_share_partitions_and_hand_them_over(settings: Settings, kafka: Kafka, many: list[bytes]) -> None:
    topic, group = kafka.topic(4), kafka.name()
    first = run(settings, kafka, "--topics", topic, "--group", group)
    second: StreamProcess | None = None
    sending = threading.Thread(target=send_slowly, args=(kafka, topic, many))
    try:
        sending.start()
        eventually(lambda: count(settings) > 0)
        second = run(settings, kafka, "--topics", topic, "--group", group)
        eventually(lambda: kafka.members(group) == 2)
        seen = count(settings)
        eventually(lambda: count(settings) > seen + 50)
        first_ended = first.terminate()
        sending.join()
        eventually(lambda: count(settings) == len(many))
        second_ended = second.terminate()
    finally:
        sending.join()
        first.kill()
        if second is not None:
            second.kill()
    assert first_ended.report["stored"] + second_ended.report["stored"] == len(many)
    assert first_ended.report["duplicates"] == second_ended.report["duplicates"] == 0
    assert second_ended.report["stored"] > 0
    assert sum(kafka.committed(group).values()) == len(many)
    assert_all_are_there(settings, many)


def send_slowly(kafka: Kafka, topic: str, contents: Sequence[bytes]) -> None:
    for first in range(0, len(contents), 60):
        kafka.send(topic, contents[first : first + 60])
        time.sleep(0.15)


def test_memory_is_bounded_while_the_database_is_slow(settings: Settings, kafka: Kafka, sky: list[bytes]) -> None:
    topic, group = kafka.topic(4), kafka.name()
    kafka.send(topic, sky * 100)
    process = run(settings, kafka, "--topics", topic, "--group", group, batch_alerts=500)
    try:
        eventually(lambda: kafka.committed(group))
        before = process.rss_megabytes()
        highest = before
        with psycopg.connect(settings.database_url or "") as connection:
            connection.execute("LOCK TABLE alert IN ACCESS EXCLUSIVE MODE")
            for _ in range(30):
                time.sleep(0.1)
                highest = max(highest, process.rss_megabytes())
        assert kafka.members(group) == 1
        process.terminate()
    finally:
        process.kill()
    assert highest - before < 150, f"{before:.0f} MB before, {highest:.0f} MB at most"
    assert highest < 500


def assert_all_are_there(settings: Settings, sent: Sequence[bytes]) -> None:
    """Each once: an alert, an object and a detection."""
    assert [count(settings, table) for table in ("alert", "object", "detection", "dead_letter")] == [
        *3 * (len(sent),),
        0,
    ]
