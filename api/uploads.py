"""Files that come by POST, as the body or as a part of a form, put on the disk and no larger than they may be."""

import re
from collections.abc import AsyncIterator, Mapping
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
    """The one file of a form, and its other fields."""
    found: Path | None = None
    fields: dict[str, str] = {}
    for part in (b"\r\n" + body.read_bytes()).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        told = DISPOSITION.search(head)
        if told is None:
            raise bad_request("a part of the form does not say its name")
        file_name = FILE_NAME.search(told[2])
        if file_name is None:
            fields[told[1].decode("utf-8", "replace")] = content[:MOST_FIELD_BYTES].decode("utf-8", "replace")
        elif found is not None:
            raise bad_request("the form has several files: send one")
        else:
            found = body.with_name(f"of_{_plain_name(file_name[1])}")
            found.write_bytes(content)
    if found is None:
        raise bad_request("the form has no file")
    body.unlink()
    folder = found.parent / "file"
    folder.mkdir()
    return Upload(found.rename(folder / found.name.removeprefix("of_")), fields)


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
