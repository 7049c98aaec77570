"""The disk of the packet archive is full, refuses or is gone: ingest says so, waits, and goes on by itself."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.ingest.faults.conftest import CleanRun
from tests.support.followed_stream import FollowedStream
from tests.support.kafka import Kafka, eventually
from tests.support.mixed_stream import mixed_stream
from tests.support.stream_process import StreamProcess

DISK_BYTES, ROOM_BYTES = 64_000_000, 100_000
"""Of a disk of the archive's own, and what is left on it when it is as good as full: less than a batch."""

Outage = Callable[[StreamProcess, Path], AbstractContextManager[None]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that can be filled."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "arrayan-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a disk to be filled can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_waited_for_and_left_as_it_was(
    any_database_url: str, kafka: Kafka, small_disk: Path, digest_of_clean_run: CleanRun
) -> None:
    outlive([full_disk], ["No space left on device"], any_database_url, kafka, small_disk, digest_of_clean_run)


def test_an_archive_that_refuses_or_is_gone_is_waited_for(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    outages = [file_size_limit, archive_gone]
    outlive(outages, ["File too large", "File exists"], any_database_url, kafka, tmp_path, digest_of_clean_run)


def outlive(
    outages: Sequence[Outage],
    words: Sequence[str],
    url: str,
    kafka: Kafka,
    disk: Path,
    digest_of_clean_run: CleanRun,
) -> None:
    """One process through several outages, each in the middle of its work."""
    stream = FollowedStream(kafka, url, disk / "packets")
    with stream.member() as process:
        for outage, said in zip(outages, words, strict=True):
            portion = mixed_stream(60, first=len(stream.sent))
            stream.send(portion[:30])
            eventually(stream.is_done)
            with outage(process, stream.archive):
                stream.send(portion[30:])
                eventually(lambda said=said: said in process.said())  # type: ignore[misc]
                assert not stream.is_done()
                assert kafka.members(stream.group) == 1
            eventually(stream.is_done, seconds=40)
        (ended,) = stream.end(process)
    assert ended.err.count("store_unavailable") >= len(outages)
    assert ended.report["read"] == len(stream.sent)
    assert stream.unindexed_files() == set()
    stream.check(digest_of_clean_run(stream.sent))


@contextmanager
def full_disk(_process: StreamProcess, archive: Path) -> Iterator[None]:
    ballast = archive.parent / "ballast"
    status = os.statvfs(archive)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_bsize - ROOM_BYTES)
    yield
    ballast.unlink()


@contextmanager
def file_size_limit(process: StreamProcess, _archive: Path) -> Iterator[None]:
    """Writing more than this to a file fails as on a disk with a quota (Python ignores SIGXFSZ)."""
    pid = process.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def archive_gone(_process: StreamProcess, archive: Path) -> Iterator[None]:
    """Where the folder was, there is a file."""
    away = archive.rename(archive.with_name("away"))
    archive.touch()
    yield
    archive.unlink()
    away.rename(archive)
