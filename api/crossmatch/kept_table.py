"""Tables that people sent to the crossmatch page, kept for some hours so that their columns can be chosen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from anyio import to_thread

from api.crossmatch.asked import MAX_ROWS
from api.crossmatch.targets_in import require_plain
from catalogs.first_rows import FirstRows, look_through
from catalogs.open_table import open_table
from catalogs.table import UnreadableTable
from storage.passing_files import PassingFileStore

PART_BYTES = 1_000_000
PARTS_AT_ONCE = 8


class KeptTable(NamedTuple):
    """What is known of a table that is kept, without reading it again."""

    table_id: str
    rows: int
    first: FirstRows
    expires_at: datetime

    @property
    def name(self) -> str:
        return self.first.name


class NewTable(NamedTuple):
    """A table that was just kept."""

    table_id: str
    rows: int


async def keep_table(store: PassingFileStore, path: Path) -> NewTable:
    """Read a table to its end and keep it. Raises Refused, UnreadableTable, TooManyRows, NoRoom."""
    require_plain(path)
    looked = await to_thread.run_sync(lambda: look_through(open_table(path), MAX_ROWS))
    if looked.row_count == 0:
        raise UnreadableTable(f"{path.name} has columns and no rows: there is nothing to match")
    async with store.writing() as writer:
        with path.open("rb") as file:
            while contents := await to_thread.run_sync(
                lambda: [part for _ in range(PARTS_AT_ONCE) if (part := file.read(PART_BYTES))]
            ):
                await writer.add(contents)
        writer.head = {"kind": "table", "rows": looked.row_count, "first": looked.first.as_told()}
        return NewTable(writer.file_id, looked.row_count)


async def find_table(store: PassingFileStore, table_id: str) -> KeptTable | None:
    """A table that is kept. Raises NotKept."""
    found = await store.find(table_id)
    if found.head["kind"] != "table":
        return None
    return KeptTable(table_id, found.head["rows"], FirstRows(found.head["first"]), found.expires_at)


@asynccontextmanager
async def table_on_disk(store: PassingFileStore, table: KeptTable) -> AsyncIterator[Path]:
    """The file as it was sent, until the end of the context. Raises NotKept."""
    parts = (await store.find(table.table_id)).parts
    with TemporaryDirectory(prefix="arrayan-kept-") as folder:
        path = Path(folder, table.name)
        with path.open("wb") as file:
            async for part in store.parts(table.table_id, range(parts)):
                file.write(part)
        yield path
