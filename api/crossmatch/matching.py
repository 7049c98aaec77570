"""What lies near the rows of a table, and the columns that tell of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.crossmatch.asked import MAX_ROWS_BACK, Asked
from api.refusal import Refused
from catalogs.targets import CellKind, CellReader, Targets, cells_as
from domain.catalog import Catalog
from graphql_schema.errors import ErrorCode
from storage.catalogs import find_catalogs
from storage.classifiers import current_classifiers
from storage.reader import Reader
from storage.target_matches import TargetMatch, catalog_matches, object_matches
from takeout.column import Column, Kind, Row

KIND_OF_CELLS = {
    CellKind.BOOLEAN: Kind.BOOLEAN,
    CellKind.INTEGER: Kind.INT64,
    CellKind.FLOAT: Kind.FLOAT64,
    CellKind.TEXT: Kind.TEXT,
}
CELLS_OF_KIND = {kind: cells for cells, kind in KIND_OF_CELLS.items() if kind is not Kind.TEXT}
OBJECT_COLUMNS = (
    Column("match_survey", Kind.TEXT, "Survey of the object", nullable=True),
    Column("match_name", Kind.TEXT, "The survey's identifier of the object", nullable=True),
    Column("match_ra", Kind.FLOAT64, "Mean right ascension of the object, ICRS", "deg", nullable=True),
    Column("match_dec", Kind.FLOAT64, "Mean declination of the object, ICRS", "deg", nullable=True),
    Column("match_detection_count", Kind.INT32, "Number of detections", nullable=True),
    Column("match_first_mjd", Kind.FLOAT64, "First detection, MJD (UTC)", "d", nullable=True),
    Column("match_last_mjd", Kind.FLOAT64, "Last detection, MJD (UTC)", "d", nullable=True),
)
SEPARATION = Column("match_separation", Kind.FLOAT64, "Angle between target and match", "arcsec", nullable=True)
IDENTIFIERS = ("match_id", "match_name")
"""They stay texts, also where all of them are numbers."""


class Search(NamedTuple):
    """Matches of targets on their way, some thousand targets at a time, and the columns of their values."""

    columns: Sequence[Column]
    found: AsyncIterator[list[list[TargetMatch]]]


class MatchedColumns:
    """The columns that tell of matches, the separation last. Texts of a column that are all numbers become numbers,
    which is known when all have been seen."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._readers = {place: CellReader() for place, column in enumerate(columns) if column.kind is Kind.TEXT}

    def look(self, matches: Sequence[TargetMatch]) -> None:
        """See some more matches."""
        for place, reader in self._readers.items():
            reader.look([one.values[place] for one in matches])

    @property
    def columns(self) -> list[Column]:
        """As they turned out."""
        typed = [
            column
            if place not in self._readers or column.name in IDENTIFIERS
            else column._replace(kind=KIND_OF_CELLS[self._readers[place].kind])
            for place, column in enumerate(self._columns)
        ]
        return [*typed, SEPARATION]

    @property
    def widths(self) -> Mapping[str, int]:
        """Letters of the longest text of each column of texts."""
        return {self._columns[place].name: reader.width for place, reader in self._readers.items()}


def as_rows(columns: Sequence[Column], matches: Sequence[Sequence[Any]]) -> list[Row]:
    """Values of matches and their separations, as values of the columns' kinds."""
    if not matches:
        return []
    cells = [
        cells_as(CELLS_OF_KIND[column.kind], values) if column.kind in CELLS_OF_KIND else values
        for column, values in zip(columns, zip(*matches, strict=True), strict=True)
    ]
    return list(zip(*cells, strict=True))


async def search(reader: Reader, targets: Targets, asked: Asked) -> Search:
    """Begin to look around targets. Raises UnknownCatalog."""
    radius, most = asked.radius_arcsec, asked.most
    if asked.catalog is None:
        classifiers = await current_classifiers(reader)
        near_objects = object_matches(
            reader, targets.ra, targets.dec, radius_arcsec=radius, most=most, classifiers=classifiers
        )
        return Search([*OBJECT_COLUMNS, *_class_columns(classifiers)], near_objects)
    catalog = (await find_catalogs(reader, [asked.catalog]))[asked.catalog]
    near = catalog_matches(reader, catalog.name, targets.ra, targets.dec, radius_arcsec=radius, most=most)
    return Search(_catalog_columns(catalog), near)


class BadRows(Refused):
    """Rows without a usable position, where nobody said to leave such rows out."""

    def __init__(self, targets: Targets) -> None:
        self.problems = targets.problems
        self.bad_count = targets.bad_count
        more = self.bad_count - len(self.problems)
        tail = f"; and {more} more" if more else ""
        message = f"{'; '.join(self.problems)}{tail}. With skipBad=true such rows are left out"
        super().__init__(400, ErrorCode.BAD_USER_INPUT, message)


def require_good_rows(targets: Targets, asked: Asked) -> None:
    """Raises BadRows for rows that nobody said to leave out."""
    if targets.bad_count and not asked.skip_bad:
        raise BadRows(targets)


def require_few(count: int) -> None:
    """Raises Refused for more rows than are given back."""
    if count > MAX_ROWS_BACK:
        message = f"there are more than {MAX_ROWS_BACK:,} matches; ask for the nearest, or within less"
        raise Refused(413, ErrorCode.LIMIT_EXCEEDED, message)


def _class_columns(classifiers: Sequence[str]) -> list[Column]:
    told = "by the latest answer of the classifier"
    return [
        column
        for name in classifiers
        for column in (
            Column(f"match_{name}_class", Kind.TEXT, f"Most probable class {told} {name}", nullable=True),
            Column(f"match_{name}_probability", Kind.FLOAT32, f"Its probability, {told} {name}", nullable=True),
        )
    ]


def _catalog_columns(catalog: Catalog) -> list[Column]:
    """Values of catalogues are texts until they have been seen."""
    own = [
        Column(f"match_{column.name}", Kind.TEXT, column.description or "", column.unit, nullable=True, ascii=False)
        for column in catalog.columns
    ]
    return [
        Column("match_id", Kind.TEXT, f"Identifier of the source in {catalog.name}", nullable=True, ascii=False),
        Column("match_ra", Kind.FLOAT64, "Right ascension of the source, ICRS", "deg", nullable=True),
        Column("match_dec", Kind.FLOAT64, "Declination of the source, ICRS", "deg", nullable=True),
        *own,
    ]
