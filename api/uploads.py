"""Files that come by POST, as the body or as a part of a form, put on the disk and no larger than they may be."""

import mmap
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from anyio import to_thread
from starlette.requests import Request

from api.refusal import Refused, bad_request
from graphql_schema.errors import ErrorCode

BOUNDARY = re.compile(r'multipart/form-data\s*;.*?boundary="?([^";,]{1,70})"?', re.IGNORECASE)
DISPOSITION = re.compile(rb'content-disposition:\s*form-data;[^\r\n]*?\bname="([^"]*)"([^\r\n]*)', re.IGNORECASE)
FILE_NAME = re.compile(rb'\bfilename="([^"]*)"', re.IGNORECASE)
MOST_FIELD_BYTES = 1000
MOST_HEAD_BYTES = 10_000
COPIED_BYTES = 1_000_000


class Upload(NamedTuple):
    """A file on the disk, named as its sender names it, and the fields of the form around it."""

    path: Path
    fields: Mapping[str, str]


@asynccontextmanager
async def uploaded(request: Request, most_bytes: int) -> AsyncIterator[Upload]:
    """The file of a request, until the end of the context. Raises Refused, as early as it can be known."""
    if (told := request.headers.get("Content-Length", "")).isdigit() and int(told) > most_bytes:
        raise _too_large(most_bytes)
    with TemporaryDirectory(prefix="arrayan-upload-") as folder:
        body = Path(folder, "body")
        await _spool(request, body, most_bytes)
        form = BOUNDARY.match(request.headers.get("Content-Type", ""))
        if form is None:
            yield Upload(body.rename(Path(folder, "table")), {})
            return
        yield await to_thread.run_sync(_taken_apart, body, form[1].encode())


async def _spool(request: Request, path: Path, most_bytes: int) -> None:
    size = 0
    with path.open("wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > most_bytes:
                raise _too_large(most_bytes)
            file.write(part)
    if size == 0:
        raise bad_request("the body is empty: send a table")


def _taken_apart(body: Path, boundary: bytes) -> Upload:
    """The one file of a form, and its other fields. The body is mapped, and never all of it in memory."""
    found: Path | None = None
    fields: dict[str, str] = {}
    with body.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for start, end in _parts(content, b"--" + boundary):
            head_end = content.find(b"\r\n\r\n", start, min(end, start + MOST_HEAD_BYTES))
            told = DISPOSITION.search(content[start:head_end]) if head_end >= 0 else None
            if told is None:
                raise bad_request("a part of the form does not say its name")
            file_name = FILE_NAME.search(told[2])
            first = head_end + 4
            if file_name is None:
                text = content[first : min(end, first + MOST_FIELD_BYTES)]
                fields[told[1].decode("utf-8", "replace")] = text.decode("utf-8", "replace")
            elif found is not None:
                raise bad_request("the form has several files: send one")
            elif not file_name[1] and first >= end:
                raise bad_request("choose a file first")
            else:
                found = body.with_name(f"of_{_plain_name(file_name[1])}")
                with found.open("wb") as copy:
                    for place in range(first, end, COPIED_BYTES):
                        copy.write(content[place : min(end, place + COPIED_BYTES)])
    if found is None:
        raise bad_request("the form has no file")
    body.unlink()
    folder = found.parent / "file"
    folder.mkdir()
    return Upload(found.rename(folder / found.name.removeprefix("of_")), fields)


def _parts(content: mmap.mmap, mark: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts of a form begin and end: between its marks, each at the beginning of a line."""
    start = content.find(mark) + len(mark)
    while start >= len(mark) and (end := content.find(b"\r\n" + mark, start)) >= 0:
        yield start, end
        start = end + 2 + len(mark)


def _plain_name(name: bytes) -> str:
    """A name that any disk takes, and that a message may show."""
    text = re.split(r"[/\\]", name.decode("utf-8", "replace"))[-1]
    return re.sub(r"[^\w.+-]", "_", text)[-80:].lstrip(".") or "table"


def _too_large(most_bytes: int) -> Refused:
    return Refused(
        413,
        ErrorCode.LIMIT_EXCEEDED,
        f"a table may have at most {most_bytes // 1_000_000} MB; send it in parts",
        {"Connection": "close"},  # the rest of it is not read
    )
