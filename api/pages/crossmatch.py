"""What the crossmatch page asks and shows: the columns of a table, how positions are read, pages of results."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.crossmatch.asked import DEFAULT_RADIUS, MAX_MATCHES, Asked
from api.crossmatch.kept_matches import BARS, KeptMatches, ResultRow
from api.crossmatch.kept_table import KeptTable
from api.pages.asking import Question
from api.pages.form import Form, Mistake
from catalogs.first_rows import FirstRows
from catalogs.positions import Angle, check_frame
from catalogs.roles import Named, Roles, find_roles
from catalogs.sources import SourceReader
from catalogs.table import BrokenRow, UnclearColumn, UnreadableTable
from domain.sky import Position
from graphql_schema.limits import MAX_CROSSMATCH_ARCSEC

ROWS_PER_PAGE = 50
RADIUS_UNITS = {"arcsec": 1.0, "arcmin": 60.0, "deg": 3600.0}
ANGLES = {
    Angle.DEGREES: "degrees",
    Angle.HOURS: "hours",
    Angle.RADIANS: "radians",
    Angle.SEXAGESIMAL: "sexagesimal (12:34:56)",
}
MATCHES = {"nearest": "the nearest", "all": f"all (at most {MAX_MATCHES} of a row)"}
SHOWN_COLUMNS = 4
"""Columns of a catalogue that a result shows; its files have all."""


class Reading(NamedTuple):
    """How the first rows of a table are read: its columns, and a position or a problem for each row."""

    roles: Roles
    ra_written: Angle
    dec_written: Angle
    places: Mapping[int, Position]
    """By number of the row."""
    problems: Mapping[int, BrokenRow]


class Choice(NamedTuple):
    """What the form says: the names of columns and how angles are written."""

    named: Named
    ra_written: Angle | None
    dec_written: Angle | None


def read_choice(form: Form, first: FirstRows) -> Choice:
    """The columns and units of a form; those that are left open are found."""
    names = [column.name for column in first.columns]
    angles = [angle.value for angle in Angle]
    written = [form.choice(name, angles, "") for name in ("raUnit", "decUnit")]
    return Choice(
        Named(*(form.choice(role, names, "") or None for role in ("id", "ra", "dec"))),
        *(Angle(text) if text else None for text in written),
    )


def read_first_rows(form: Form, first: FirstRows, choice: Choice) -> Reading | None:
    """How the first rows are read; None, and a mistake in the form, when they cannot be."""
    try:
        check_frame(first)
        roles = find_roles(first, choice.named)
        reader = SourceReader(first, roles, (), choice.ra_written, choice.dec_written)
        (piece,) = first.pieces([column.name for column in first.columns])
        sources = reader.sources(piece)
    except UnclearColumn as error:
        form.mistakes[error.role] = str(error)
        return None
    except UnreadableTable as error:
        form.mistakes.setdefault("ra", str(error))
        return None
    ra_written, dec_written = reader.written
    positions = map(Position, sources.ra.tolist(), sources.dec.tolist())
    return Reading(
        roles,
        ra_written or Angle.DEGREES,
        dec_written or Angle.DEGREES,
        dict(zip(sources.rows, positions, strict=True)),
        {bad.row: bad for bad in sources.bad},
    )


class PreviewRow(NamedTuple):
    """One of the first rows of a table: where it is, or why that cannot be told; its cells, when it has as many as
    there are columns."""

    row: int
    place: Position | None
    problem: str | None
    cells: Sequence[Any] | None


def preview_rows(first: FirstRows, reading: Reading | None) -> list[PreviewRow]:
    """The first rows in their order."""
    places = {} if reading is None else reading.places
    problems = {} if reading is None else reading.problems
    rows = []
    for row, cells in zip(first.rows, zip(*first.cells, strict=True), strict=True):
        bad = problems.get(row)
        rows.append(PreviewRow(row, places.get(row), bad and f"{bad.column}: {bad.why}", cells))
    last = first.rows[-1] if first.rows else None
    rows += [
        PreviewRow(broken.row, None, broken.why, None)
        for broken in first.broken
        if last is None or broken.row < last
    ]
    return sorted(rows, key=lambda one: one.row)


def read_asked(form: Form, choice: Choice, catalogs: Sequence[str]) -> Asked:
    """What is asked; the mistakes are in the form."""
    catalog = form.choice("catalog", list(catalogs), "")
    unit = form.choice("radiusUnit", list(RADIUS_UNITS), "arcsec")
    radius = form.read("radius", lambda text: _arcsec(text, unit))
    match = form.choice("match", MATCHES, "nearest")
    return Asked(
        catalog=catalog or None,
        radius_arcsec=DEFAULT_RADIUS if radius is None else radius,
        most=1 if match == "nearest" else MAX_MATCHES,
        named=choice.named,
        ra_written=choice.ra_written,
        dec_written=choice.dec_written,
        skip_bad=bool(form.text("skipBad")),
    )


def _arcsec(text: str, unit: str) -> float:
    factor = RADIUS_UNITS[unit]
    try:
        radius = float(text) * factor
    except ValueError as error:
        raise Mistake(f"{text!r} is no number") from error
    if not 0 < radius <= MAX_CROSSMATCH_ARCSEC:
        raise Mistake(f"must be greater than 0 and at most {MAX_CROSSMATCH_ARCSEC / factor:.6g} {unit}")
    return radius


class MatchCell(NamedTuple):
    """A value of a match that is shown, and its column."""

    title: str
    value: Any


class ShownRow(NamedTuple):
    """A row of a page of a result."""

    row: int
    name: str
    """The identifier in the table, else the number of the row."""
    ra: float
    dec: float
    match: Mapping[str, Any] | None
    """Values by the names of their columns, without `match_`; None without a match."""
    others: Sequence[MatchCell]
    """Some values of a catalogue."""

    @property
    def key(self) -> str | None:
        """Survey and name of an object."""
        if self.match is None or "survey" not in self.match:
            return None
        return f"{self.match['survey']}/{self.match['name']}"


def shown_rows(kept: KeptMatches, rows: Sequence[ResultRow]) -> list[ShownRow]:
    """Rows of a result as the page shows them."""
    names = [column.name.removeprefix("match_") for column in kept.table.matched]
    own = [one.column.name for one in kept.table.own]
    identifier = kept.roles["id"]
    place = None if identifier is None else own.index(identifier)
    shown = []
    for target, match in rows:
        told = target.cells[place] if place is not None else None
        values = None if match is None else dict(zip(names, match, strict=True))
        shown.append(
            ShownRow(
                target.row,
                f"row {target.row}" if told in (None, "") else str(told),
                target.ra,
                target.dec,
                values,
                [MatchCell(title, values[title]) for title in other_columns(kept)] if values is not None else [],
            )
        )
    return shown


def other_columns(kept: KeptMatches) -> list[str]:
    """The columns of a catalogue that are shown; none for objects."""
    if kept.catalog is None:
        return []
    return [column.name.removeprefix("match_") for column in kept.table.matched[3:-1]][:SHOWN_COLUMNS]


def objects_question(rows: Sequence[ShownRow]) -> Question | None:
    """What the endpoint says of the objects on a page; None when there are none."""
    names = sorted({row.match["name"] for row in rows if row.key is not None and row.match is not None})
    return Question.of("crossmatched", names=names, first=2 * len(names)) if names else None


class Bar(NamedTuple):
    """A bar of a histogram: where it is, in the coordinates of the picture, and what it says."""

    x: float
    width: float
    height: float
    label: str


class Histogram(NamedTuple):
    """Nearest matches by separation, to be drawn in a box of 240 by 72."""

    bars: Sequence[Bar]
    highest: int
    radius_arcsec: float


def histogram(kept: KeptMatches) -> Histogram | None:
    """How far the nearest matches are; None without any."""
    highest = max(kept.histogram)
    if highest == 0:
        return None
    step, width = kept.radius_arcsec / BARS, 240 / BARS
    bars = [
        Bar(
            round(number * width, 2),
            width - 1,
            round(60 * count / highest, 2),
            f"{number * step:.3g} to {(number + 1) * step:.3g} arcsec: {count}",
        )
        for number, count in enumerate(kept.histogram)
    ]
    return Histogram(bars, highest, kept.radius_arcsec)


def as_address(asked: Mapping[str, str]) -> str:
    """The fields of a form that hold something, for an address."""
    return urlencode({name: value for name, value in asked.items() if value})


def guessed_or_asked(form: Form, reading: Reading | None, table: KeptTable) -> dict[str, str]:
    """The columns that the form shows as chosen."""
    names = {column.name for column in table.first.columns}
    found = {"id": "", "ra": "", "dec": ""}
    if reading is not None:
        found = {
            "id": reading.roles.id.name if reading.roles.id else "",
            "ra": reading.roles.ra.name,
            "dec": reading.roles.dec.name,
        }
    return {role: form.text(role) if form.text(role) in names else name for role, name in found.items()}
