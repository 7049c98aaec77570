"""`POST /crossmatch`: a table of targets comes back with what lies near each of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from math import isfinite
from typing import Any

from anyio import CapacityLimiter, WouldBlock, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.accepted import by_accept, by_extension
from api.clients import Clients
from api.crossmatch.ahead import one_ahead
from api.crossmatch.asked import AT_ONCE, DEFAULT_RADIUS, MAX_BODY_BYTES, MAX_MATCHES, Asked
from api.crossmatch.matched_table import MatchedTable, MatchedTarget, OwnColumn, filled
from api.crossmatch.matching import MatchedColumns, require_few, require_good_rows, search
from api.crossmatch.targets_in import targets_in
from api.paid_downloads import paid
from api.refusal import Refused, bad_request
from api.single_parameters import require_single
from api.table_response import TableResponse
from api.uploads import uploaded
from catalogs.positions import Angle
from catalogs.roles import Named
from catalogs.targets import Targets, TooManyRows
from domain.errors import ArrayanError
from domain.sky import is_number
from domain.table_format import TableFormat
from graphql_schema.errors import ErrorCode, code_of
from graphql_schema.limits import MAX_CROSSMATCH_ARCSEC
from storage.reader import Reader

YES, NO = ("true", "1", "on", "yes"), ("false", "0", "off", "no")


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
    require_single(request.query_params)
    _asked(request.query_params)  # what is wrong there is told before the table is sent
    _format(request, request.query_params)
    async with AsyncExitStack() as stack:
        upload = await stack.enter_async_context(uploaded(request, MAX_BODY_BYTES))
        given = {**request.query_params, **upload.fields}
        asked, form = _asked(given), _format(request, given)
        targets = await to_thread.run_sync(targets_in, upload.path, asked)
        require_good_rows(targets, asked)
        looking = await search(reader, targets, asked)
        seen, matches, count = MatchedColumns(looking.columns), list[Sequence[Sequence[Any]]](), 0
        async with aclosing(one_ahead(looking.found)) as portions:
            async for portion in portions:
                seen.look([one for found in portion for one in found])
                for found in portion:
                    matches.append([(*one.values, one.separation_arcsec) for one in found])
                    count += max(1, len(found))
                require_few(count)
        own = [OwnColumn.of(column, targets.cells[column.name]) for column in targets.table.columns]
        table = MatchedTable(targets.table.format, own, seen.columns, seen.widths, count)
        response = TableResponse(
            form, "crossmatch", [filled(table, _with_matches(targets, matches), form)], stack.pop_all()
        )
        response.headers["Arrayan-Bad-Rows"] = str(targets.bad_count)
        return response


async def _with_matches(
    targets: Targets, matches: Sequence[Sequence[Sequence[Any]]]
) -> AsyncIterator[Sequence[MatchedTarget]]:
    """The rows of the file again, with their matches."""
    pieces, numbers = targets.rows(as_they_are=True), list(targets.places)
    ra, dec = targets.ra.tolist(), targets.dec.tolist()
    while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
        yield [
            MatchedTarget(numbers[place], ra[place], dec[place], cells, matches[place]) for place, cells in piece
        ]


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
        skip_bad=_skip_bad(given.get("skipBad")),
    )


def _skip_bad(text: str | None) -> bool:
    word = (text or "false").lower()
    if word not in (*YES, *NO):
        raise bad_request(f"skipBad must be true or false, got {word[:40]!r}")
    return word in YES


def _radius(text: str | None) -> float:
    if text and not is_number(text):
        raise bad_request(f"radius must be a number of arcsec, got {text[:40]!r}")
    radius = float(text) if text else DEFAULT_RADIUS
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


def _refusal(refused: Refused) -> Response:
    headers = {"Cache-Control": "no-cache", "Vary": "Accept", **refused.headers}
    return JSONResponse(refused.as_json(), refused.status, headers=headers)
