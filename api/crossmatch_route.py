"""`POST /crossmatch`: a table of targets comes back with what lies near each of them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from anyio import CapacityLimiter, WouldBlock, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.accepted import by_accept, by_extension
from api.clients import Clients
from api.paid_downloads import paid
from api.refusal import Refused, bad_request
from api.table_response import FilledTable, TableResponse
from api.uploads import uploaded
from catalogs.open_table import open_table
from catalogs.positions import Angle
from catalogs.roles import Named
from catalogs.table import ROWS_AT_ONCE
from catalogs.targets import CellKind, CellReader, Targets, TooManyRows, read_targets
from domain.catalog import Catalog
from domain.errors import ArrayanError
from domain.table_format import TableFormat
from graphql_schema.errors import ErrorCode, code_of
from graphql_schema.limits import MAX_CROSSMATCH_ARCSEC
from storage.catalogs import find_catalogs
from storage.reader import Reader
from storage.target_matches import TargetMatch, catalog_matches, object_matches
from takeout.column import Column, Extent, Kind, Row, Table

MAX_BODY_BYTES = 64_000_000
MAX_ROWS = 100_000
MAX_MATCHES = 100
"""Of each target, where all are wanted."""
MAX_ROWS_BACK = 1_000_000
AT_ONCE = 2
DEFAULT_RADIUS = 2.0
PACKED = b"\x1f\x8b"

_KINDS = {
    CellKind.BOOLEAN: Kind.BOOLEAN,
    CellKind.INTEGER: Kind.INT64,
    CellKind.FLOAT: Kind.FLOAT64,
    CellKind.TEXT: Kind.TEXT,
}
_OBJECT_COLUMNS = (
    Column("match_survey", Kind.TEXT, "Survey of the object", nullable=True),
    Column("match_name", Kind.TEXT, "The survey's identifier of the object", nullable=True),
    Column("match_ra", Kind.FLOAT64, "Mean right ascension of the object, ICRS", "deg", nullable=True),
    Column("match_dec", Kind.FLOAT64, "Mean declination of the object, ICRS", "deg", nullable=True),
    Column("match_detection_count", Kind.INT32, "Number of detections", nullable=True),
    Column("match_first_mjd", Kind.FLOAT64, "First detection, MJD (UTC)", "d", nullable=True),
    Column("match_last_mjd", Kind.FLOAT64, "Last detection, MJD (UTC)", "d", nullable=True),
)
_SEPARATION = Column("match_separation", Kind.FLOAT64, "Angle between target and match", "arcsec", nullable=True)


class Asked(NamedTuple):
    """What a client wants of its table. Without a catalogue, the objects are asked."""

    catalog: str | None
    radius_arcsec: float
    most: int
    named: Named
    ra_written: Angle | None
    dec_written: Angle | None
    skip_bad: bool


class Matched(NamedTuple):
    """The matches of all targets, and the columns that tell of them."""

    columns: Sequence[Column]
    matches: Sequence[Sequence[Row]]
    widths: Mapping[str, int]


def crossmatch_routes(reader: Reader, clients: Clients) -> list[BaseRoute]:
    """`POST /crossmatch`, the format of the answer by Accept or by `format`."""
    limiter = CapacityLimiter(AT_ONCE)

    async def endpoint(request: Request) -> Response:
        try:
            try:
                limiter.acquire_on_behalf_of_nowait(request)
            except WouldBlock:
                busy = "other tables are being matched: try again in a minute"
                raise Refused(503, ErrorCode.UNAVAILABLE, busy, {"Retry-After": "30"}) from None
            try:
                return await _answer(request, reader)
            finally:
                limiter.release_on_behalf_of(request)
        except Refused as refused:
            return _refusal(refused)
        except ArrayanError as error:
            code = code_of(error)
            status = {ErrorCode.UNAVAILABLE: 503, ErrorCode.TIMEOUT: 504}.get(code, 400)
            return _refusal(Refused(413 if isinstance(error, TooManyRows) else status, code, str(error)))

    return [Route("/crossmatch", paid(clients, endpoint, _refusal), methods=["POST"])]


async def _answer(request: Request, reader: Reader) -> Response:
    _asked(request.query_params)  # what is wrong there is told before the table is sent
    _format(request, request.query_params)
    async with AsyncExitStack() as stack:
        upload = await stack.enter_async_context(uploaded(request, MAX_BODY_BYTES))
        given = {**request.query_params, **upload.fields}
        asked, form = _asked(given), _format(request, given)
        targets = await to_thread.run_sync(_targets, upload.path, asked)
        if targets.bad_count and not asked.skip_bad:
            raise bad_request(_bad_rows(targets))
        if asked.catalog is None:
            found = object_matches(
                reader, targets.ra, targets.dec, radius_arcsec=asked.radius_arcsec, most=asked.most
            )
            matched = await _matched(found, _OBJECT_COLUMNS)
        else:
            catalog = (await find_catalogs(reader, [asked.catalog]))[asked.catalog]
            found = catalog_matches(
                reader, catalog.name, targets.ra, targets.dec, radius_arcsec=asked.radius_arcsec, most=asked.most
            )
            matched = await _matched(found, _catalog_columns(catalog))
        filled = _filled(targets, matched, form)
        response = TableResponse(form, "crossmatch", [filled], stack.pop_all())
        response.headers["Arrayan-Bad-Rows"] = str(targets.bad_count)
        return response


def _asked(given: Mapping[str, str]) -> Asked:
    known = {"catalog", "radius", "match", "id", "ra", "dec", "raUnit", "decUnit", "skipBad", "format"}
    if unknown := sorted(given.keys() - known):
        raise bad_request(f"there is no parameter {unknown[0][:40]!r}; there are {', '.join(sorted(known))}")
    match = given.get("match", "nearest")
    if match not in ("nearest", "all"):
        raise bad_request(f"match must be nearest or all, got {match[:40]!r}")
    return Asked(
        catalog=given.get("catalog") or None,
        radius_arcsec=_radius(given.get("radius")),
        most=1 if match == "nearest" else MAX_MATCHES,
        named=Named(given.get("id") or None, given.get("ra") or None, given.get("dec") or None),
        ra_written=_angle("raUnit", given.get("raUnit")),
        dec_written=_angle("decUnit", given.get("decUnit")),
        skip_bad=given.get("skipBad", "false").lower() in ("true", "1", "on", "yes"),
    )


def _radius(text: str | None) -> float:
    try:
        radius = DEFAULT_RADIUS if not text else float(text)
    except ValueError:
        raise bad_request(f"radius must be a number of arcsec, got {str(text)[:40]!r}") from None
    if not (isfinite(radius) and 0 < radius <= MAX_CROSSMATCH_ARCSEC):
        raise bad_request(f"radius must be greater than 0 and at most {MAX_CROSSMATCH_ARCSEC:g} arcsec, got {text}")
    return radius


def _angle(name: str, text: str | None) -> Angle | None:
    if not text:
        return None
    if text not in set(Angle):
        raise bad_request(f"{name} must be one of {', '.join(Angle)}, got {text[:40]!r}")
    return Angle(text)


def _format(request: Request, given: Mapping[str, str]) -> TableFormat:
    told = given.get("format")
    form = by_extension(told) if told else by_accept(request.headers.get("Accept", ""))
    if form is None:
        there_are = ", ".join(form.extension for form in TableFormat)
        raise Refused(406, ErrorCode.BAD_USER_INPUT, f"the answer can be one of {there_are}")
    return form


def _targets(path: Any, asked: Asked) -> Targets:
    with path.open("rb") as file:
        if file.read(2) == PACKED:
            raise bad_request("send the table as it is, not packed with gzip")
    return read_targets(
        open_table(path),
        asked.named,
        ra_written=asked.ra_written,
        dec_written=asked.dec_written,
        most_rows=MAX_ROWS,
    )


def _bad_rows(targets: Targets) -> str:
    more = targets.bad_count - len(targets.problems)
    tail = f"; and {more} more" if more else ""
    return f"{'; '.join(targets.problems)}{tail}. With skipBad=true such rows are left out"


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


async def _matched(found: AsyncIterator[list[list[TargetMatch]]], columns: Sequence[Column]) -> Matched:
    """All matches, each with its separation at the end; texts of a column that are all numbers become numbers."""
    matches: list[list[Row]] = []
    readers = {place: CellReader() for place, column in enumerate(columns) if column.kind is Kind.TEXT}
    count = 0
    async for portion in found:
        for target in portion:
            count += max(1, len(target))
            matches.append([(*one.values, one.separation_arcsec) for one in target])
            for place, cell_reader in readers.items():
                cell_reader.look([one.values[place] for one in target])
        if count > MAX_ROWS_BACK:
            message = f"there are more than {MAX_ROWS_BACK:,} matches; ask for the nearest, or within less"
            raise Refused(413, ErrorCode.LIMIT_EXCEEDED, message)
    identifiers = {place for place, column in enumerate(columns) if column.name in ("match_id", "match_name")}
    numbers = {
        place: cell_reader
        for place, cell_reader in readers.items()
        if cell_reader.kind is not CellKind.TEXT and place not in identifiers
    }
    typed = [
        column._replace(kind=_KINDS[numbers[place].kind]) if place in numbers else column
        for place, column in enumerate(columns)
    ]
    for target_rows in matches:
        for number, row in enumerate(target_rows):
            target_rows[number] = tuple(
                numbers[place].read([cell])[0] if place in numbers else cell for place, cell in enumerate(row)
            )
    widths = {columns[place].name: cell_reader.width for place, cell_reader in readers.items()}
    return Matched([*typed, _SEPARATION], matches, widths)


def _filled(targets: Targets, matched: Matched, form: TableFormat) -> FilledTable:
    """The table of the answer. In CSV, cells of a text file stay as they are, letter by letter."""
    as_they_are = form is TableFormat.CSV and targets.table.format == "CSV"
    own = [
        Column(
            column.name,
            Kind.TEXT if as_they_are else _KINDS[targets.cells[column.name].kind],
            column.description or "",
            column.unit,
            column.ucd,
            nullable=True,
            ascii=False,
        )
        for column in targets.table.columns
    ]
    columns = [*own, *matched.columns]
    known = [targets.cells[column.name].width for column in own]
    known += [matched.widths.get(column.name, 0) for column in matched.columns]
    if form is TableFormat.FITS:
        columns = [column._replace(name=_ascii(column.name), unit=_ascii(column.unit)) for column in columns]
    names = _free_names([column.name for column in columns])
    widths = dict(zip(names, known, strict=True))
    named = [column._replace(name=name) for column, name in zip(columns, names, strict=True)]
    table = Table("crossmatch", "Targets, and what lies near them", named)
    count = sum(max(1, len(found)) for found in matched.matches)
    return FilledTable(table, Extent(count, False, widths), _batches(targets, matched, as_they_are=as_they_are))


def _free_names(wanted: Sequence[str]) -> list[str]:
    """Names that differ, capitals aside: a table that was matched before may come again."""
    known: set[str] = set()
    names = []
    for name in wanted:
        free, number = name, 2
        while free.lower() in known:
            free, number = f"{name}_{number}", number + 1
        known.add(free.lower())
        names.append(free)
    return names


Text = TypeVar("Text", str, str | None)


def _ascii(text: Text) -> Text:
    """The letters that the head of a FITS file can hold."""
    return None if text is None else text.encode("ascii", "replace").decode()


async def _batches(targets: Targets, matched: Matched, *, as_they_are: bool) -> AsyncGenerator[Sequence[Row], None]:
    nothing: tuple[Row, ...] = ((None,) * len(matched.columns),)
    pieces = targets.rows(as_they_are=as_they_are)
    while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
        rows: list[Row] = []
        for place, cells in piece:
            rows += [(*cells, *match) for match in matched.matches[place] or nothing]
            if len(rows) >= ROWS_AT_ONCE:
                yield rows
                rows = []
        if rows:
            yield rows


def _refusal(refused: Refused) -> Response:
    headers = {"Cache-Control": "no-cache", "Vary": "Accept", **refused.headers}
    return JSONResponse(refused.as_json(), refused.status, headers=headers)
