"""`/scs`: the Simple Cone Search of the Virtual Observatory (version 1.03), as pyvo, TOPCAT and Aladin ask it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from math import isfinite, nan
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.accepted import BY_MEDIA_TYPE, by_extension
from api.clients import Clients
from api.paid_downloads import paid
from api.refusal import Refused
from api.table_response import FilledTable, TableResponse
from domain.errors import ArrayanError
from domain.sky import ARCSEC_PER_DEGREE, Cone, cone, is_number, position
from domain.table_format import TableFormat
from graphql_schema.errors import InvalidInput, LimitExceeded
from graphql_schema.limits import MAX_CONE_ARCSEC, MAX_DOWNLOADED
from storage.object_downloads import cone_for_download
from storage.reader import Reader
from storage.snapshots import ReadingTimeout
from takeout.column import Extent, Row, Table
from takeout.cone_search import ConeSearchWriter, columns_of, cone_table, votable_of_error

DEFAULT_MAXREC = 100_000
MAX_DEGREES = MAX_CONE_ARCSEC / ARCSEC_PER_DEGREE
USERS_MISTAKES = (InvalidInput, LimitExceeded)
NO_WIDTHS = {"survey": 0, "name": 0}


def cone_search_route(reader: Reader, clients: Clients) -> Route:
    """Objects in a cone. RA, DEC and SR are degrees ICRS; SR=0 and MAXREC=0 ask for the columns alone."""

    async def scs(request: Request) -> Response:
        try:
            return await _answer(request, reader)
        except ArrayanError as error:
            return Response(votable_of_error(str(error)), _status(error), media_type=TableFormat.VOTABLE.media_type)

    return Route("/scs", paid(clients, scs, _refusal), methods=["GET"])


def _refusal(refused: Refused) -> Response:
    return Response(votable_of_error(str(refused)), refused.status, refused.headers, TableFormat.VOTABLE.media_type)


def _status(error: ArrayanError) -> int:
    """A client's mistake is an answer of the standard's, which clients read only with 200."""
    if isinstance(error, USERS_MISTAKES):
        return 200
    return 504 if isinstance(error, ReadingTimeout) else 503


async def _answer(request: Request, reader: Reader) -> Response:
    given: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if given.setdefault(name.upper(), text) != text:
            raise InvalidInput(f"{name.upper()} is given more than once, with different values")
    form = _format(given)
    table = cone_table(_whole(given, "VERB", 2, range(1, 4)))
    region = _region(given)
    limit = _whole(given, "MAXREC", DEFAULT_MAXREC, range(MAX_DOWNLOADED + 1))
    if region is None or limit == 0:
        return _response(form, FilledTable(table, Extent(0, region is not None, NO_WIDTHS), _no_rows()))
    listing = cone_for_download(region, limit=limit)
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(reader.snapshots.take())
        extent = Extent(*await listing.extent(snapshot))
        batches = _narrowed(listing.batches(snapshot), table)
        return _response(form, FilledTable(table, extent, batches), stack.pop_all())


def _response(form: TableFormat, filled: FilledTable, resources: AsyncExitStack | None = None) -> Response:
    writer = ConeSearchWriter() if form is TableFormat.VOTABLE else None
    return TableResponse(form, "cone_search", [filled], resources, writer)


async def _narrowed(
    batches: AsyncGenerator[list[tuple[Any, ...]], None], table: Table
) -> AsyncGenerator[Sequence[Row], None]:
    narrow = columns_of(table)
    async with aclosing(batches):
        async for batch in batches:
            yield list(map(narrow, batch))


async def _no_rows() -> AsyncGenerator[Sequence[Row], None]:
    return
    yield


def _region(given: Mapping[str, str]) -> Cone | None:
    """The cone; None for one of radius 0, which asks for the columns alone."""
    ra, dec, radius = (_number(given, name) for name in ("RA", "DEC", "SR"))
    if not -90 <= dec <= 90:
        raise InvalidInput(f"Error in input DEC value: {dec:g} is not between -90 and 90")
    if not 0 <= radius <= MAX_DEGREES:
        raise InvalidInput(f"Error in input SR value: {radius:g} is not between 0 and {MAX_DEGREES:g} degrees")
    return cone(position(ra, dec), radius * ARCSEC_PER_DEGREE) if radius > 0 else None


def _number(given: Mapping[str, str], name: str) -> float:
    text = given.get(name)
    if text is None:
        raise InvalidInput(f"{name} is missing: RA, DEC and SR are needed, in degrees")
    number = float(text) if is_number(text) else nan
    if not isfinite(number):
        raise InvalidInput(f"Error in input {name} value: {text[:40]}")
    return number


def _whole(given: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) in allowed):
        raise InvalidInput(
            f"Error in input {name} value: {text[:40]} is not between {allowed[0]} and {allowed[-1]}"
        )
    return int(text)


def _format(given: Mapping[str, str]) -> TableFormat:
    """By RESPONSEFORMAT, a name or a media type."""
    asked = given.get("RESPONSEFORMAT", TableFormat.VOTABLE.extension)
    form = by_extension(asked) or BY_MEDIA_TYPE.get(asked.partition(";")[0].strip().lower())
    if form is None:
        raise InvalidInput(f"Error in input RESPONSEFORMAT value: {asked[:40]}")
    return form
