"""Tables on their way to a client: made while they are sent, and no further than they are read."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import NamedTuple

import anyio
from anyio import to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from domain.errors import ArrayanError
from domain.table_format import TableFormat
from takeout.column import Extent, Row, Table
from takeout.writer import TableWriter, table_writer

MAX_SECONDS = 900.0
"""A download that takes longer is ended: it holds a connection, and a moment of the database."""


class FilledTable(NamedTuple):
    """A table, what is known of its rows, and the rows in batches."""

    table: Table
    extent: Extent
    batches: AsyncGenerator[Sequence[Row], None]


class WrongRowCount(ArrayanError):
    """Other rows came than were told in the head of the file."""


class TableResponse(StreamingResponse):
    """A file of tables. What `resources` holds is given back when the last byte is sent, or the client is gone.

    A file that cannot be finished breaks off: HTTP's chunks tell the client that it is not whole.
    """

    def __init__(
        self,
        form: TableFormat,
        name: str,
        tables: Sequence[FilledTable],
        resources: AsyncExitStack | None = None,
        writer: TableWriter | None = None,
    ) -> None:
        super().__init__(_parts(writer or table_writer(form), tables), media_type=_media_type(form))
        self._resources = resources or AsyncExitStack()
        self.rows = sum(filled.extent.rows for filled in tables)
        self.headers["Content-Disposition"] = f'attachment; filename="{name}.{form.extension}"'
        self.headers["Arrayan-Rows"] = ", ".join(str(filled.extent.rows) for filled in tables)
        self.headers["Arrayan-Truncated"] = str(any(filled.extent.truncated for filled in tables)).lower()
        self.headers["Cache-Control"] = "no-cache"
        self.headers["Vary"] = "Accept"
        self.headers["X-Content-Type-Options"] = "nosniff"
        if form is TableFormat.PARQUET:
            self.headers["Content-Encoding"] = "identity"  # compressed already

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._resources:
            if scope["method"] == "HEAD":
                await self._send_head(send)
                return
            with anyio.fail_after(MAX_SECONDS):
                await super().__call__(scope, receive, send)

    def keep(self, resources: AsyncExitStack) -> None:
        """Give these back, too, at the end."""
        self._resources.push_async_callback(resources.aclose)

    async def stream_response(self, send: Send) -> None:
        parts = self.body_iterator
        assert isinstance(parts, AsyncGenerator)
        async with aclosing(parts):
            await super().stream_response(send)

    async def _send_head(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b""})


def _media_type(form: TableFormat) -> str:
    if form is TableFormat.CSV:
        return "text/csv; charset=utf-8; header=present"
    if form is TableFormat.VOTABLE:
        return f"{form.media_type}; serialization=tabledata"
    return form.media_type


async def _parts(writer: TableWriter, tables: Sequence[FilledTable]) -> AsyncIterator[bytes]:
    """Formatting is work for a thread: the server answers others meanwhile."""
    yield writer.begin()
    for table, extent, batches in tables:
        yield await to_thread.run_sync(writer.begin_table, table, extent)
        count = 0
        async with aclosing(batches):
            async for batch in batches:
                count += len(batch)
                yield await to_thread.run_sync(writer.rows, batch)
        if count != extent.rows:
            raise WrongRowCount(f"{count} rows came of table {table.name}, {extent.rows} were told")
        yield await to_thread.run_sync(writer.end_table)
    yield await to_thread.run_sync(writer.end)
