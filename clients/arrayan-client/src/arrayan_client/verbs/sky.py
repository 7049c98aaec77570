"""Places: cones, tables of targets, catalogues."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from arrayan_client.columns import CATALOG_COLUMNS, CONE_COLUMNS, CROSSMATCH_COLUMNS, SOURCE_COLUMNS
from arrayan_client.errors import BadQuestion, InvalidInput, LimitExceeded
from arrayan_client.generated import operations as texts
from arrayan_client.generated.catalog_search import CatalogSearch
from arrayan_client.generated.catalogs import Catalogs, CatalogsCatalogs
from arrayan_client.generated.cone_search import ConeSearch
from arrayan_client.generated.crossmatch import Crossmatch, CrossmatchCrossmatch
from arrayan_client.generated.crossmatches import Crossmatches
from arrayan_client.paging import Page, Pages, Progress, collected, page_of, rows_of, told_to
from arrayan_client.positions import AngleLike, Place, arcseconds
from arrayan_client.records import CatalogSource, CrossmatchRow, FoundObject
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Steps
from arrayan_client.verbs.objects import PAGE, at_distance, found, named

CONE = Operation(texts.CONE_SEARCH_GQL, ConeSearch)
CROSSMATCH = Operation(texts.CROSSMATCH_GQL, Crossmatch)
CATALOGS = Operation(texts.CATALOGS_GQL, Catalogs)
CATALOG_SEARCH = Operation(texts.CATALOG_SEARCH_GQL, CatalogSearch)
CATALOGS_OF_OBJECT = Operation(texts.CROSSMATCHES_GQL, Crossmatches)

CHUNK, CHUNK_MATCHES = 10_000, 50_000
"""Most positions of one request, and most positions times matches."""
MOST_POSITIONS = 100_000
ROOM = 0.9
"""What is too dear is cut to this part of what would be allowed."""

Catalog = CatalogsCatalogs


def cone_pages(
    session: Session, place: Place, radius: AngleLike, where: Mapping[str, Any] | None, limit: int | None
) -> Pages[FoundObject]:
    """Objects around a place, nearest first."""

    def read(answer: ConeSearch) -> Page[FoundObject]:
        edges = answer.cone_search.edges
        return page_of([at_distance(edge.node, edge.separation) for edge in edges], answer.cone_search.page_info)

    return Pages(session, CONE, _cone(place, radius, where), read, size=PAGE, limit=limit)


def cone_search(
    session: Session,
    place: Place,
    radius: AngleLike,
    where: Mapping[str, Any] | None,
    limit: int | None,
    progress: Progress,
) -> Steps[Rows[FoundObject]]:
    pages = cone_pages(session, place, radius, where, limit)
    records = yield from collected(pages, limit, progress)
    return rows_of(records, CONE_COLUMNS, CONE, _cone(place, radius, where), not pages.was_cut)


def crossmatch(
    session: Session,
    places: Sequence[Place],
    radius: AngleLike,
    nearest: int,
    where: Mapping[str, Any] | None,
    progress: Progress,
) -> Steps[Rows[CrossmatchRow]]:
    if len(places) > MOST_POSITIONS:
        raise InvalidInput(
            f"a table may have at most {MOST_POSITIONS:,} positions, got {len(places):,}", hint="Cut it into parts."
        )
    if isinstance(nearest, bool) or not isinstance(nearest, int) or nearest < 1:
        raise InvalidInput(f"nearest must be a whole number from 1, got {nearest!r}")
    told = told_to(progress)
    variables = {"radius": arcseconds(radius), "nearest": nearest, "where": where}
    chunk = max(1, min(CHUNK, CHUNK_MATCHES // nearest))
    records: list[CrossmatchRow] = []
    start = 0
    while start < len(places):
        part = places[start : start + chunk]
        positions = [place._replace(name=None).as_variables() for place in part]
        try:
            answer = yield from session.ask(CROSSMATCH, {**variables, "positions": positions})
        except LimitExceeded as error:
            chunk = _smaller(chunk, error)
            continue
        except BadQuestion as error:
            raise _with_row(error, start) from error
        records += _joined(start, part, answer.crossmatch)
        start += len(part)
        told(start, len(places))
    return rows_of(records, CROSSMATCH_COLUMNS, CROSSMATCH, {**variables, "positions": []})


def query_catalogs(session: Session) -> Steps[Rows[Catalog]]:
    answer = yield from session.ask(CATALOGS, {})
    return rows_of(answer.catalogs, CATALOG_COLUMNS, CATALOGS, {})


def catalog_search(
    session: Session, place: Place, radius: AngleLike, catalogs: str | Iterable[str] | None
) -> Steps[Rows[CatalogSource]]:
    if place.ra is None:
        raise InvalidInput(
            f"a catalogue is searched around numbers, got {place.position!r}",
            hint="Give ra and dec in degrees, or a SkyCoord.",
        )
    variables = {"ra": place.ra, "dec": place.dec, "radius": arcseconds(radius), "catalogs": _list(catalogs)}
    answer = yield from session.ask(CATALOG_SEARCH, variables)
    return rows_of(list[CatalogSource](answer.catalog_search), SOURCE_COLUMNS, CATALOG_SEARCH, variables)


def query_crossmatches(
    session: Session, name: str, survey: str | None, radius: AngleLike, catalogs: str | Iterable[str] | None
) -> Steps[Rows[CatalogSource]]:
    variables = {**named(name, survey), "radius": arcseconds(radius), "catalogs": _list(catalogs)}
    answer = yield from session.ask(CATALOGS_OF_OBJECT, variables)
    sources = list[CatalogSource](found(answer.object_, name, survey).crossmatches)
    return rows_of(sources, SOURCE_COLUMNS, CATALOGS_OF_OBJECT, variables)


def _cone(place: Place, radius: AngleLike, where: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**place._replace(name=None).as_variables(), "radius": arcseconds(radius), "where": where}


def _list(names: str | Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else list(names)


def _joined(start: int, places: Sequence[Place], rows: Sequence[CrossmatchCrossmatch]) -> Iterator[CrossmatchRow]:
    for index, (place, row) in enumerate(zip(places, rows, strict=True), start):
        if not row.matches:
            yield CrossmatchRow(index, place.name, row.ra, row.dec, None, None)
        for match in row.matches:
            yield CrossmatchRow(index, place.name, row.ra, row.dec, match.separation, match.object_)


def _smaller(chunk: int, error: LimitExceeded) -> int:
    """A chunk that costs little enough. Raises the error when no chunk does."""
    if error.requested is None or error.limit is None or chunk == 1:
        raise error
    return max(1, min(chunk - 1, int(chunk * error.limit / error.requested * ROOM)))


def _with_row(error: BadQuestion, start: int) -> BadQuestion:
    """The server counts the rows of its part; the caller those of the table."""
    _, bracket, rest = error.message.partition("positions[")
    number, closing, after = rest.partition("]")
    if not (bracket and closing and number.isdigit()):
        return error
    return BadQuestion(f"row {start + int(number)}{after}", hint=error.hint, code=error.code)
