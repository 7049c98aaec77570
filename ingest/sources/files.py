"""Packets from files, folders, tar archives and standard input.

What a thing is, is decided by its first bytes and not by its name. Every file in a folder and every member of
an archive is handed on: a night must not lose an alert because its name was unusual.
"""

import sys
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, Self

from domain.dead_letter import DeadLetter, Origin, Reason

STANDARD_INPUT = Path("-")
GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = b"ustar"
TAR_MAGIC_OFFSET = 257
SNIFFED_BYTES = 512
MAX_FILE_BYTES = 512 * 1024 * 1024

READ_ERRORS = (OSError, EOFError, tarfile.TarError, zlib.error)


class RawFile(NamedTuple):
    """The bytes of one file or member, and how much of the input was consumed for it."""

    source: str
    content: bytes
    consumed_bytes: int


class UnreadableFile(NamedTuple):
    """A file, or the rest of an archive, that could not be read."""

    letter: DeadLetter
    consumed_bytes: int


FileOutcome = RawFile | UnreadableFile


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files behind paths: folders give all their files in the order of names, hidden ones aside."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
        else:
            found.append(path)
    return found


def total_bytes(files: Iterable[Path]) -> int | None:
    """Size of all files together, those that are not there aside; None when standard input is among them."""
    files = list(files)
    return None if STANDARD_INPUT in files else sum(file.stat().st_size for file in files if file.is_file())


def read_files(files: Iterable[Path]) -> Iterator[FileOutcome]:
    """Every file and every member of an archive, in order; what cannot be read comes as a dead letter."""
    consumed = 0
    for file in files:
        if file == STANDARD_INPUT:
            yield from _read_stream("<stdin>", sys.stdin.buffer, consumed)
            continue
        try:
            with file.open("rb") as stream:
                yield from _read_stream(str(file), stream, consumed)
            consumed += file.stat().st_size
        except OSError as error:
            yield _unreadable(str(file), error, consumed)


class _Counted:
    """A stream that knows how many bytes were read, and can be looked into before."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._ahead = stream.read(SNIFFED_BYTES)
        self.head = self._ahead
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            data, self._ahead = self._ahead + self._stream.read(), b""
        elif self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._stream.read(size)
        self.count += len(data)
        return data

    def is_tar(self) -> bool:
        head = self.head
        if head.startswith(GZIP_MAGIC):
            head = _gunzip_start(head)
        elif head.startswith((b"BZh", b"\xfd7zXZ")):
            return True
        return head[TAR_MAGIC_OFFSET : TAR_MAGIC_OFFSET + len(TAR_MAGIC)] == TAR_MAGIC


def _gunzip_start(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, SNIFFED_BYTES)
    except zlib.error:
        return b""


def _read_stream(source: str, stream: IO[bytes], before: int) -> Iterator[FileOutcome]:
    counted = _Counted(stream)
    try:
        if counted.is_tar():
            yield from _read_tar(source, counted, before)
        else:
            content = counted.read(MAX_FILE_BYTES + 1)
            content += counted.read(MAX_FILE_BYTES + 1 - len(content))
            if len(content) > MAX_FILE_BYTES:
                raise OSError(f"it is larger than {MAX_FILE_BYTES} bytes and no tar archive")
            yield RawFile(source, _gunzipped(content), before + counted.count)
    except READ_ERRORS as error:
        yield _unreadable(source, error, before + counted.count)


def _read_tar(source: str, counted: _Counted, before: int) -> Iterator[FileOutcome]:
    with tarfile.open(fileobj=counted, mode="r|*", tarinfo=_Member) as archive:  # type: ignore[call-overload]
        for member in archive:
            if not member.isfile():
                continue
            name = f"{source}!{member.name}"
            if member.size > MAX_FILE_BYTES:
                yield _unreadable(name, OSError(f"it is larger than {MAX_FILE_BYTES} bytes"), before)
                continue
            extracted = archive.extractfile(member)
            assert extracted is not None
            yield RawFile(name, _gunzipped(extracted.read()), before + counted.count)


class _Member(tarfile.TarInfo):
    """A member of an archive; tarfile takes a damaged or missing one for the end, and drops what follows."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"the archive is damaged or ends too early: {error}") from error


def _gunzipped(content: bytes) -> bytes:
    """Unpacked when it is gzip; as it is when that fails, for the dead letter to hold what came."""
    plain, rest = [], content
    room = MAX_FILE_BYTES
    while rest.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            plain.append(unpacker.decompress(rest, room))
        except zlib.error:
            return content
        room -= len(plain[-1])
        if not unpacker.eof or room <= 0:
            return content
        rest = unpacker.unused_data
    return b"".join(plain) if plain and not rest.strip(b"\0") else content


def _unreadable(source: str, error: Exception, consumed: int) -> UnreadableFile:
    said = str(error) or type(error).__name__
    letter = DeadLetter(
        Origin(source),
        Reason.DAMAGED,
        f"{source} cannot be read to its end: {said}",
        source.encode(errors="surrogateescape"),
    )
    return UnreadableFile(letter, consumed)
