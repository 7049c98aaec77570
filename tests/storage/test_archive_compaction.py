"""Small files become large ones, and every packet and stamp stays readable at every moment."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import fastavro
import psycopg
import pytest

from domain.packet import Packet
from storage import archive_compaction
from storage.alert_store import AlertStore
from storage.archive_compaction import (
    ArchiveSurvey,
    Compacted,
    compact,
    indexed_packets,
    note_unused,
    remove_unused,
    survey_archive,
)
from storage.archive_verification import Damage, verify_archive
from storage.database import connect
from storage.maintenance_lock import MaintenanceUnderWay, maintenance_lock
from storage.packet_archive import ArchiveUnavailable, PacketArchive, read_header
from tests.support.databases import REPOSITORY
from tests.support.killed_compaction import STEPS
from tests.support.storing import alert_store, small_sky_received
from tests.support.ztf_packets import packet, received

GRACE = timedelta(hours=1)
Packets = dict[tuple[int, int], bytes]


@pytest.fixture
def archive(tmp_path: Path) -> PacketArchive:
    return PacketArchive(str(tmp_path))


@pytest.fixture
def url(any_database_url: str, tmp_path: Path) -> str:
    """A night in many small files, two hours ago."""
    with alert_store(any_database_url, tmp_path) as store:
        alerts = small_sky_received()
        for first in range(0, len(alerts), 3):
            store.store(alerts[first : first + 3])
    age(tmp_path)
    return any_database_url


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with connect(url, role="test") as opened:
        yield opened


def age(root: Path) -> None:
    """Let all files be two hours older."""
    for file in root.rglob("*.avro"):
        then = file.stat().st_mtime - 7200
        os.utime(file, (then, then))


def let_notes_age(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE unused_file SET found_at = found_at - interval '2 hours'")


def survey(connection: psycopg.Connection, archive: PacketArchive) -> ArchiveSurvey:
    return survey_archive(connection, archive, GRACE)


def run_all(connection: psycopg.Connection, archive: PacketArchive) -> Compacted:
    found = survey(connection, archive)
    remove_unused(connection, archive, found)
    return compact(connection, archive, found.small, lambda _done, _detail: None)


def readable(connection: psycopg.Connection, archive: PacketArchive) -> Packets:
    rows = connection.execute("SELECT object_id, candid, archive_file, packet_offset, packet_length FROM alert")
    return {(row[0], row[1]): archive.read(*row[2:]) for row in rows.fetchall()}


def test_small_files_of_a_day_become_one_with_the_same_packets(
    connection: psycopg.Connection, archive: PacketArchive, tmp_path: Path
) -> None:
    before = readable(connection, archive)
    old = {file.name for file in archive.files()}
    assert run_all(connection, archive) == Compacted(len(old), 1, 24, [])
    assert readable(connection, archive) == before
    (new,) = {file.name for file in archive.files()} - old
    with (tmp_path / new).open("rb") as stream:
        assert len(list(fastavro.reader(stream))) == 24
    assert verify_archive(connection, archive, lambda _done, _detail: None) == (1, 24, [])
    assert run_all(connection, archive) == Compacted(0, 0, 0, [])


def test_old_files_go_after_the_grace_period_and_no_sooner(
    connection: psycopg.Connection, archive: PacketArchive
) -> None:
    old = {file.name for file in archive.files()}
    run_all(connection, archive)
    found = survey(connection, archive)
    assert ({file.name for file in found.unused}, found.removable, found.orphans) == (old, [], [])
    assert remove_unused(connection, archive, found) == 0
    let_notes_age(connection)
    found = survey(connection, archive)
    assert {file.name for file in found.removable} == old
    assert remove_unused(connection, archive, found) == len(old)
    assert len(list(archive.files())) == 1
    assert connection.execute("SELECT count(*) FROM unused_file").fetchone() == (0,)
    assert survey(connection, archive).missing == []


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_every_packet_stays_readable_and_the_next_run_ends_it(
    connection: psycopg.Connection, url: str, archive: PacketArchive, tmp_path: Path, step: str
) -> None:
    before = readable(connection, archive)
    if step == "removed":
        run_all(connection, archive)
        let_notes_age(connection)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_compaction", url, str(tmp_path), step],
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert readable(connection, archive) == before
    wait_until_gone(connection)
    for _ in range(3):
        age(tmp_path)
        let_notes_age(connection)
        found = survey(connection, archive)
        note_unused(connection, [file.name for file in found.orphans])
        run_all(connection, archive)
        assert readable(connection, archive) == before
    age(tmp_path)
    end = survey(connection, archive)
    assert (end.files, end.small, end.orphans, end.unused, end.gone, end.missing) == (1, [], [], [], [], [])


def wait_until_gone(connection: psycopg.Connection) -> None:
    """The server notices a killed client when it next hears of it; its transaction holds files back till then."""
    for _ in range(500):
        row = connection.execute(
            "SELECT pg_sleep(0.02), count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'arrayan test' AND pid <> pg_backend_pid()"
        ).fetchone()
        if row is not None and row[1] == 0:
            return
    raise AssertionError("the killed compaction still has a connection")


def test_readers_and_writers_go_on_meanwhile(
    connection: psycopg.Connection, url: str, archive: PacketArchive, tmp_path: Path
) -> None:
    before = readable(connection, archive)
    more = [received(packet(f"ZTF22aaaaaa{letter}")) for letter in "abcdefgh"]
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            with connect(url, role="test") as own:
                while not stop.is_set():
                    assert before.items() <= readable(own, archive).items()
        except BaseException as error:  # a thread's own exception would be lost
            failures.append(error)

    def write() -> None:
        try:
            with alert_store(url, tmp_path) as store:
                for item in (*more, *small_sky_received()):
                    store.store([item])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for work in (read, write)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        run_all(connection, archive)
        age(tmp_path)
        time.sleep(0.05)
    threads[1].join()
    stop.set()
    threads[0].join()
    assert failures == []
    after = readable(connection, archive)
    assert after.items() >= before.items()
    assert len(after) == len(before) + len(more)


def test_an_alert_that_got_its_stamps_meanwhile_keeps_them(
    any_database_url: str, archive: PacketArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = received(packet(cutoutScience=None, cutoutTemplate=None, cutoutDifference=None))
    whole, other = received(packet()), received(packet("ZTF22aaaaaaa"))
    with connect(any_database_url, role="test") as own, alert_store(any_database_url, tmp_path) as store:
        for item in (bare, other):
            store.store([item])
        age(tmp_path)
        real = archive_compaction._move_index

        def ingest_then_move(*arguments: object) -> None:
            store.store([whole])
            real(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(archive_compaction, "_move_index", ingest_then_move)
        run_all(own, archive)
        found = readable(own, archive)
        assert survey(own, archive).missing == []
    assert found[whole.alert.object_id, whole.alert.candid] == whole.packet.datum
    assert found[other.alert.object_id, other.alert.candid] == other.packet.datum


def test_young_files_and_those_of_a_batch_under_way_are_left_alone(
    any_database_url: str, archive: PacketArchive, tmp_path: Path
) -> None:
    """Ingest writes files before it commits: no row names them yet."""
    with connect(any_database_url, role="test") as own, connect(any_database_url, role="ingest") as writer:
        with writer.transaction():
            writer.execute("SELECT")
            archive.write([item.packet for item in small_sky_received()[:2]])
            assert survey(own, archive).orphans == []
            age_by(tmp_path, 3000)
            assert survey(own, archive).orphans == []
        age_by(tmp_path, 7200)
        assert len(survey(own, archive).orphans) == 1


def age_by(root: Path, seconds: float) -> None:
    for file in root.rglob("*.avro"):
        then = time.time() - seconds
        os.utime(file, (then, then))


def test_a_note_is_taken_back_when_an_alert_names_the_file_after_all(
    connection: psycopg.Connection, archive: PacketArchive
) -> None:
    files = sorted(archive.files())
    connection.execute("INSERT INTO unused_file (archive_file) VALUES (%s)", (files[0].name,))
    let_notes_age(connection)
    found = survey(connection, archive)
    assert found.removable == []
    assert remove_unused(connection, archive, found._replace(removable=files)) == 0
    assert len(list(archive.files())) == len(files)
    assert connection.execute("SELECT count(*) FROM unused_file").fetchone() == (0,)


def test_other_things_in_the_folder_are_not_ours(
    connection: psycopg.Connection, archive: PacketArchive, tmp_path: Path
) -> None:
    count = len(list(archive.files()))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "2026").mkdir(exist_ok=True)
    (tmp_path / "2026" / "mine.avro").write_bytes(b"mine")
    age(tmp_path)
    assert len(list(archive.files())) == count
    assert survey(connection, archive).orphans == []


def test_damage_is_found_told_and_not_copied(
    connection: psycopg.Connection, archive: PacketArchive, tmp_path: Path
) -> None:
    first, second, *others = sorted(archive.files())
    with (tmp_path / first.name).open("r+b") as file:
        file.truncate(first.size_bytes - 1)
    (tmp_path / second.name).unlink()
    verified = verify_archive(connection, archive, lambda _done, _detail: None)
    assert {damage.file: damage.alerts for damage in verified.damages} == {
        first.name: 1,
        second.name: len(indexed_packets(connection, second.name)),
    }
    assert "there is no record of" in next(d for d in verified.damages if d.file == first.name).reason
    assert isinstance(verified.damages[0], Damage)
    age(tmp_path)
    assert survey(connection, archive).missing == [second.name]
    compacted = run_all(connection, archive)
    assert (compacted.before, compacted.after, compacted.unreadable) == (len(others), 1, [first.name])
    assert run_all(connection, archive).after == 0


def test_schemas_are_kept_apart_and_files_do_not_grow_without_end(
    any_database_url: str, archive: PacketArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [received(packet(f"ZTF22aaaaaa{letter}")) for letter in "abcdef"]
    others = [
        item._replace(packet=Packet(item.packet.schema.replace(b'"4.02"', b'"4.03"') + b" ", item.packet.datum))
        for item in (received(packet(f"ZTF22baaaaa{letter}")) for letter in "abc")
    ]
    with connect(any_database_url, role="test") as own:
        store = AlertStore(own, archive)
        for item in (*items, *others):
            store.store([item])
        age(tmp_path)
        before = readable(own, archive)
        size = next(archive.files()).size_bytes
        monkeypatch.setattr(archive_compaction, "LARGE_BYTES", 4 * size + 100)
        assert run_all(own, archive) == Compacted(9, 3, 9, [])
        assert readable(own, archive) == before
        named = {name for (name,) in own.execute("SELECT DISTINCT archive_file FROM alert").fetchall()}
    schemas = []
    for name in named:
        with archive.open(name) as stream:
            schemas.append(read_header(stream).schema)
    assert sorted(schemas) == sorted([items[0].packet.schema] * 2 + [others[0].packet.schema])


def test_a_header_that_is_none_is_refused(tmp_path: Path, archive: PacketArchive) -> None:
    for content in (b"", b"Obj\x01", b"<html>", b"Obj\x01\x02\xff\xff\xff\xff\x0f"):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ArchiveUnavailable), archive.open("file") as stream:
            read_header(stream)


def test_two_maintenances_do_not_meet(any_database_url: str) -> None:
    with connect(any_database_url, role="test") as one, connect(any_database_url, role="test") as other:
        with maintenance_lock(one), pytest.raises(MaintenanceUnderWay), maintenance_lock(other):
            pass
        with maintenance_lock(other):
            pass
