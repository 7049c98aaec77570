"""What came of a crossmatch, kept beside its table: read page by page, and as files.

Targets are kept in portions. How many rows each portion has of every kind is in the head, so that any page of any
choice of rows is found by looking into the few portions it lies in.
"""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import orjson
from anyio import to_thread

from api.crossmatch.ahead import one_ahead
from api.crossmatch.asked import Asked
from api.crossmatch.kept_table import KeptTable, table_on_disk
from api.crossmatch.matched_table import MatchedTable, MatchedTarget, OwnColumn
from api.crossmatch.matching import MatchedColumns, require_few, require_good_rows, search
from api.crossmatch.targets_in import targets_in
from catalogs.table import Column as FileColumn
from catalogs.targets import CellKind, Targets
from storage.passing_files import PassingFileStore
from storage.reader import Reader
from storage.target_matches import TargetMatch
from takeout.column import Column, Kind

TARGETS_IN_A_PORTION = 500
COMPRESSION = 1
BARS = 24
"""Of the histogram of separations."""


class Shown(StrEnum):
    """Which rows of a result."""

    ALL = "all"
    MATCHED = "matched"
    UNMATCHED = "unmatched"


class Portion(NamedTuple):
    """How many targets of a portion have a match and have none, and how many matches there are."""

    matched: int
    unmatched: int
    matches: int

    def rows(self, shown: Shown) -> int:
        """Rows of the result: one for each match, and one for a target without any."""
        return {
            Shown.ALL: self.matches + self.unmatched,
            Shown.MATCHED: self.matches,
            Shown.UNMATCHED: self.unmatched,
        }[shown]


class KeptMatches(NamedTuple):
    """What is known of a result without reading its rows."""

    matches_id: str
    table_id: str
    name: str
    """Of the file that was sent."""
    table: MatchedTable
    portions: Sequence[Portion]
    bad_count: int
    problems: Sequence[str]
    histogram: Sequence[int]
    """Nearest matches by separation, in bars of the same width up to the radius."""
    asked: dict[str, Any]
    """As the page asked it, for going back."""
    roles: dict[str, str | None]
    """The columns of identifier and position."""
    catalog: str | None
    radius_arcsec: float
    expires_at: datetime

    def total(self, shown: Shown) -> int:
        """Rows of the result."""
        return sum(portion.rows(shown) for portion in self.portions)

    @property
    def matched(self) -> int:
        """Targets with a match."""
        return sum(portion.matched for portion in self.portions)

    @property
    def unmatched(self) -> int:
        """Targets without one."""
        return sum(portion.unmatched for portion in self.portions)


class Progress(NamedTuple):
    """How far a crossmatch has come; `matches_id` is there when it is done."""

    done: int
    of: int
    matches_id: str | None = None


async def match_kept(
    store: PassingFileStore, reader: Reader, table: KeptTable, asked: Asked, as_asked: dict[str, Any]
) -> AsyncGenerator[Progress, None]:
    """Match a table that is kept, and keep what comes of it. Raises Refused, UnreadableTable, NotKept, NoRoom."""
    async with table_on_disk(store, table) as path:
        targets = await to_thread.run_sync(targets_in, path, asked)
        require_good_rows(targets, asked)
        count = len(targets.places)
        yield Progress(0, count)
        looking = await search(reader, targets, asked)
        keeping = _Keeping(targets, MatchedColumns(looking.columns), asked.radius_arcsec)
        async with store.writing(table.table_id) as writer:
            async with aclosing(one_ahead(looking.found)) as portions:
                async for found in portions:
                    await writer.add(await to_thread.run_sync(keeping.portions_of, found))
                    require_few(keeping.rows)
                    yield Progress(keeping.done, count)
            writer.head = {
                "kind": "matches",
                "of": table.table_id,
                "name": table.name,
                "asked": as_asked,
                "catalog": asked.catalog,
                "radius": asked.radius_arcsec,
                **keeping.head(),
            }
            matches_id = writer.file_id
        yield Progress(count, count, matches_id)


class _Keeping:
    """Puts targets and their matches into portions, and counts."""

    def __init__(self, targets: Targets, seen: MatchedColumns, radius_arcsec: float) -> None:
        self._targets = targets
        self._seen = seen
        self._places = zip(targets.places, targets.ra.tolist(), targets.dec.tolist(), strict=True)
        self._cells = (cells for piece in targets.rows(as_they_are=True) for _, cells in piece)
        self._radius = radius_arcsec
        self._histogram = np.zeros(BARS, dtype=np.int64)
        self._portions: list[Portion] = []
        self.done = 0
        self.rows = 0

    def portions_of(self, found: Sequence[Sequence[TargetMatch]]) -> list[bytes]:
        """The next targets with their matches."""
        self._seen.look([one for matches in found for one in matches])
        nearest = [matches[0].separation_arcsec for matches in found if matches]
        self._histogram += np.histogram(nearest, bins=BARS, range=(0, self._radius))[0]
        contents = []
        for start in range(0, len(found), TARGETS_IN_A_PORTION):
            some = found[start : start + TARGETS_IN_A_PORTION]
            rows = [
                (*next(self._places), next(self._cells), [(*one.values, one.separation_arcsec) for one in matches])
                for matches in some
            ]
            matched = sum(map(bool, some))
            self._portions.append(Portion(matched, len(some) - matched, sum(map(len, some))))
            self.rows += self._portions[-1].rows(Shown.ALL)
            self.done += len(some)
            contents.append(zlib.compress(orjson.dumps(rows, default=_text_of), COMPRESSION))
        return contents

    def head(self) -> dict[str, Any]:
        """What is to be known without reading the portions."""
        table, roles = self._targets.table, self._targets.roles
        own = [(*column, *_seen_in(self._targets, column)) for column in table.columns]
        return {
            "format": table.format,
            "own": own,
            "matched": [tuple(column) for column in self._seen.columns],
            "widths": dict(self._seen.widths),
            "portions": self._portions,
            "bad": self._targets.bad_count,
            "problems": list(self._targets.problems),
            "histogram": self._histogram.tolist(),
            "roles": {
                "id": None if roles.id is None else roles.id.name,
                "ra": roles.ra.name,
                "dec": roles.dec.name,
            },
        }


def _seen_in(targets: Targets, column: FileColumn) -> tuple[str, int]:
    seen = targets.cells[column.name]
    return seen.kind, seen.width


def _text_of(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


async def find_matches(store: PassingFileStore, matches_id: str) -> KeptMatches | None:
    """A result that is kept. Raises NotKept."""
    found = await store.find(matches_id)
    head = found.head
    if head["kind"] != "matches":
        return None
    portions = [Portion(*one) for one in head["portions"]]
    own = [OwnColumn(FileColumn(*one[:4]), CellKind(one[4]), one[5]) for one in head["own"]]
    matched = [Column(one[0], Kind(one[1]), *one[2:]) for one in head["matched"]]
    count = sum(portion.rows(Shown.ALL) for portion in portions)
    return KeptMatches(
        matches_id,
        head["of"],
        head["name"],
        MatchedTable(head["format"], own, matched, head["widths"], count),
        portions,
        head["bad"],
        head["problems"],
        head["histogram"],
        head["asked"],
        head["roles"],
        head["catalog"],
        head["radius"],
        found.expires_at,
    )


async def all_targets(
    store: PassingFileStore, kept: KeptMatches, shown: Shown
) -> AsyncIterator[Sequence[MatchedTarget]]:
    """The targets of a choice of rows, portion by portion. Raises NotKept when they go meanwhile."""
    numbers = [number for number, portion in enumerate(kept.portions) if portion.rows(shown)]
    async for content in store.parts(kept.matches_id, numbers):
        yield await to_thread.run_sync(_targets_of, content, shown)


class ResultRow(NamedTuple):
    """A row of the result: a target with one of its matches, or with none."""

    target: MatchedTarget
    match: Sequence[Any] | None


def page_count(kept: KeptMatches, shown: Shown, rows_per_page: int) -> int:
    """Pages of a choice of rows; one at least."""
    return max(1, ceil(kept.total(shown) / rows_per_page))


async def page_of(
    store: PassingFileStore, kept: KeptMatches, shown: Shown, page: int, rows_per_page: int
) -> list[ResultRow]:
    """A page of a choice of rows; pages are counted from 1. Raises NotKept."""
    first, last = (page - 1) * rows_per_page, page * rows_per_page
    ends = list(accumulate(portion.rows(shown) for portion in kept.portions))
    begins = [0, *ends[:-1]]
    numbers = [
        number for number, (begin, end) in enumerate(zip(begins, ends, strict=True)) if begin < last and end > first
    ]
    if not numbers:
        return []
    rows: list[ResultRow] = []
    async for content in store.parts(kept.matches_id, numbers):
        for target in await to_thread.run_sync(_targets_of, content, shown):
            rows += [ResultRow(target, match) for match in target.matches] or [ResultRow(target, None)]
    before = begins[numbers[0]]
    return rows[first - before : last - before]


def _targets_of(content: bytes, shown: Shown) -> list[MatchedTarget]:
    targets = [MatchedTarget(*row) for row in orjson.loads(zlib.decompress(content))]
    if shown is Shown.ALL:
        return targets
    return [target for target in targets if bool(target.matches) == (shown is Shown.MATCHED)]
