"""Files, folders and archives give every packet that is in them, and a dead letter for what cannot be read."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.dead_letter import Reason
from ingest.sources import files as files_module
from ingest.sources.files import RawFile, UnreadableFile, find_files, read_files, total_bytes

MEMBERS = {"night/1.avro": b"one" * 300, "night/2.avro": b"two" * 5000, "night/.3": b"three", "empty": b""}


def tar(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        folder = tarfile.TarInfo("night")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def read(*paths: Path) -> tuple[dict[str, bytes], list[UnreadableFile]]:
    """Contents by source, relative to the first path, and what could not be read."""
    contents: dict[str, bytes] = {}
    failures = []
    for outcome in read_files(find_files(paths)):
        if isinstance(outcome, RawFile):
            contents[outcome.source.removeprefix(str(paths[0]))] = outcome.content
        else:
            failures.append(outcome)
    return contents, failures


def test_a_folder_gives_its_files_in_order_and_no_hidden_ones(tmp_path: Path) -> None:
    names = ["b.avro", "a/z.avro", "a/y", ".hidden.avro", ".git/c.avro", "a/.DS_Store"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "gone.avro").symlink_to(tmp_path / "nowhere")
    assert find_files([tmp_path]) == [tmp_path / "a/y", tmp_path / "a/z.avro", tmp_path / "b.avro"]
    assert read(tmp_path) == ({"/a/y": b"a/y", "/a/z.avro": b"a/z.avro", "/b.avro": b"b.avro"}, [])
    assert total_bytes(find_files([tmp_path])) == 3 + 8 + 6


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".hidden.avro"
    file.write_bytes(b"x")
    assert read(file) == ({"": b"x"}, [])


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, bz2.compress, lzma.compress],
    ids=["tar", "tar.gz", "tar.bz2", "tar.xz"],
)
def test_an_archive_gives_its_members_whatever_it_is_called(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "a night"
    file.write_bytes(pack(tar(MEMBERS)))
    assert read(file) == ({f"!{name}": content for name, content in MEMBERS.items()}, [])


def test_gzipped_files_are_unpacked_alone_and_in_archives(tmp_path: Path) -> None:
    packed = gzip.compress(b"Obj\x01" * 1000)
    in_two = gzip.compress(b"Obj\x01") + gzip.compress(b"rest") + bytes(10)
    (tmp_path / "1.gz").write_bytes(packed)
    (tmp_path / "2.gz").write_bytes(in_two)
    (tmp_path / "3.tar").write_bytes(tar({"in.gz": packed}))
    assert read(tmp_path) == (
        {"/1.gz": b"Obj\x01" * 1000, "/2.gz": b"Obj\x01rest", "/3.tar!in.gz": b"Obj\x01" * 1000},
        [],
    )


@pytest.mark.parametrize("damaged", [gzip.compress(b"abc" * 99)[:-9], gzip.compress(b"abc") + b"junk", b"\x1f\x8b"])
def test_damaged_gzip_comes_as_it_is(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "a.gz").write_bytes(damaged)
    assert read(tmp_path) == ({"/a.gz": damaged}, [])


def test_gzip_that_unpacks_to_too_much_comes_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_FILE_BYTES", 10_000)
    bomb = gzip.compress(bytes(10_001))
    (tmp_path / "bomb.gz").write_bytes(bomb)
    (tmp_path / "night.tar").write_bytes(tar({"bomb": bomb, "good": b"good"}))
    contents, failures = read(tmp_path)
    assert contents == {"/bomb.gz": bomb, "/night.tar!bomb": bomb, "/night.tar!good": b"good"}
    assert failures == []


def test_files_that_are_too_large_are_dead_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "MAX_FILE_BYTES", 10_000)
    (tmp_path / "large").write_bytes(bytes(10_001))
    (tmp_path / "night.tar").write_bytes(tar({"large": bytes(10_001), "good": b"good"}))
    contents, failures = read(tmp_path)
    assert contents == {"/night.tar!good": b"good"}
    assert [failure.letter.origin.source.removeprefix(str(tmp_path)) for failure in failures] == [
        "/large",
        "/night.tar!large",
    ]


def test_standard_input_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class StandardInput:
        buffer = io.BytesIO(gzip.compress(tar(MEMBERS)))

    monkeypatch.setattr(sys, "stdin", StandardInput())
    contents = {item.source: item.content for item in read_files([Path("-")]) if isinstance(item, RawFile)}
    assert contents == {f"<stdin>!{name}": content for name, content in MEMBERS.items()}
    assert total_bytes([Path("-")]) is None


def test_a_missing_file_is_a_dead_letter_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"x")
    missing = tmp_path / "missing.avro"
    outcomes = list(read_files(find_files([missing, tmp_path / "here"])))
    assert [type(outcome) for outcome in outcomes] == [UnreadableFile, RawFile]
    assert isinstance(outcomes[0], UnreadableFile)
    assert (
        "missing.avro cannot be read to its end: [Errno 2] No such file or directory" in outcomes[0].letter.message
    )
    assert total_bytes(find_files([missing, tmp_path / "here"])) == 1


def test_names_that_are_not_utf_8_are_read(tmp_path: Path) -> None:
    name = b"caf\xe9".decode(errors="surrogateescape")
    (tmp_path / "night.tar").write_bytes(tar({name: b"x"}))
    assert read(tmp_path) == ({f"/night.tar!{name}": b"x"}, [])
    (failure,) = read_files([tmp_path / name])
    assert isinstance(failure, UnreadableFile)
    assert failure.letter.payload.endswith(b"caf\xe9")


@pytest.mark.parametrize("packed", [False, True], ids=["tar", "tar.gz"])
def test_an_archive_cut_anywhere_keeps_its_whole_members_and_says_so(tmp_path: Path, packed: bool) -> None:
    whole = tar(MEMBERS)
    for size in range(1, len(whole) - 1024, 331):
        file = tmp_path / "night"
        file.write_bytes(gzip.compress(whole[:size]) if packed else whole[:size])
        contents, failures = read(file)
        if size <= 262:  # nothing says that this is an archive
            assert contents == {"": whole[:size]}
            continue
        assert contents.items() <= {f"!{name}": content for name, content in MEMBERS.items()}.items()
        assert len(failures) == 1, size
        assert failures[0].letter.reason == Reason.DAMAGED
        assert "cannot be read to its end" in failures[0].letter.message


def test_a_tar_gz_whose_gzip_is_cut_keeps_its_whole_members_and_says_so(tmp_path: Path) -> None:
    noise = {f"{n}": bytes((n * k * k) % 251 for k in range(3000)) for n in range(1, 20)}
    whole = gzip.compress(tar(noise))
    file = tmp_path / "night.tar.gz"
    found = []
    for size in range(1000, len(whole) - 100, len(whole) // 23):
        file.write_bytes(whole[:size])
        contents, failures = read(file)
        assert contents.items() <= {f"!{name}": content for name, content in noise.items()}.items()
        assert len(failures) == 1
        found.append(len(contents))
    assert found == sorted(found)
    assert found[-1] > 10


def test_a_damaged_header_in_an_archive_does_not_pass_for_its_end(tmp_path: Path) -> None:
    whole = bytearray(tar(MEMBERS))
    whole[whole.index(b"night/2.avro") + 20] ^= 1
    file = tmp_path / "night.tar"
    file.write_bytes(whole)
    contents, failures = read(file)
    assert contents == {"!night/1.avro": MEMBERS["night/1.avro"]}
    assert len(failures) == 1
    assert "bad checksum" in failures[0].letter.message


def test_consumed_bytes_reach_the_size_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"x" * 100)
    (tmp_path / "2.tar.gz").write_bytes(gzip.compress(tar(MEMBERS)))
    (tmp_path / "3").write_bytes(b"y" * 50)
    found = find_files([tmp_path])
    consumed = [outcome.consumed_bytes for outcome in read_files(found)]
    assert consumed == sorted(consumed)
    assert consumed[-1] == total_bytes(found)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_to_an_archive_raises_nothing(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(gzip.compress(tar(MEMBERS), mtime=0) if data.draw(st.booleans()) else tar(MEMBERS))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path / "night"
    file.write_bytes(content)
    contents, failures = read(file)
    assert contents or failures
