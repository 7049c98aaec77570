"""Tables by URL: `/objects.csv` and `/lightcurve/ZTF/<name>.vot`, in four formats; errors as GraphQL has them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.accepted import by_accept, by_extension
from api.clients import Clients
from api.paid_downloads import paid
from api.refusal import Refused as RefusedClient
from api.single_parameters import require_single
from api.table_response import FilledTable, TableResponse
from domain.errors import ArrayanError
from domain.light_curve import Window
from domain.survey import SurveyName
from domain.table_format import LightCurveTable, TableFormat
from graphql_schema.downloads import (
    LightCurveAsked,
    Refused,
    light_curve_asked,
    objects_asked,
    refused,
)
from graphql_schema.errors import ErrorCode, InvalidInput, LimitExceeded, NotFound
from graphql_schema.inputs.identifiers import parse_name
from storage.light_curves import detections_of, forced_photometry_of, non_detections_of
from storage.object_downloads import ObjectListing, list_for_download
from storage.objects import objects_by_name
from storage.reader import Reader
from takeout.column import Extent, Kind, Row, Table
from takeout.light_curve_tables import LIGHT_CURVE_TABLES
from takeout.object_table import OBJECT_TABLE

MAX_QUESTION_BYTES = 2_000_000

STATUS = {
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}
"""Of the errors that are not the client's."""

FORMATS = ", ".join(form.extension for form in TableFormat)

Answer = Callable[[Request, Reader], Awaitable[Response]]


class NotAcceptable(ArrayanError):
    """The client takes none of our formats."""


def take_out_routes(reader: Reader, clients: Clients) -> list[BaseRoute]:
    """`/objects` and `/lightcurve/<survey>/<name>`, the format by extension or by Accept."""

    def answered(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await answer(request, reader)
            except NotAcceptable as error:
                return _error_response(refused(error), 406)
            except Refused as error:
                return _error_response(error)
            except ArrayanError as error:
                return _error_response(refused(error))

        return paid(clients, endpoint, _refusal)

    objects, light_curve = answered(_objects), answered(_light_curve)
    return [
        Route("/objects", objects, methods=["GET", "POST"]),
        Route("/objects.{format}", objects, methods=["GET", "POST"]),
        Route("/lightcurve/{survey}/{name}.{format}", light_curve, methods=["GET"]),
        Route("/lightcurve/{survey}/{name}", light_curve, methods=["GET"]),
    ]


async def _objects(request: Request, reader: Reader) -> Response:
    form = _format(request)
    asked = await objects_asked(await _objects_variables(request))
    listing = await list_for_download(reader, asked.where, asked.order, limit=asked.limit)
    return await objects_response(reader, form, OBJECT_TABLE, listing)


async def objects_response(reader: Reader, form: TableFormat, table: Table, listing: ObjectListing) -> Response:
    """Objects as a file. What is wrong is found out before its first byte."""
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(reader.snapshots.take())
        rows, truncated, widths = await listing.extent(snapshot)
        filled = FilledTable(table, Extent(rows, truncated, widths), listing.batches(snapshot))
        return TableResponse(form, table.name, [filled], stack.pop_all())


async def _objects_variables(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        variables = _json(await _body(request), "the body")
        if not isinstance(variables, dict):
            raise InvalidInput('the body must be a JSON object: {"where": ..., "orderBy": ..., "maxRows": ...}')
        return variables
    require_single(request.query_params)
    return {name: _json(text, name) for name, text in request.query_params.items()}


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_QUESTION_BYTES:
            raise LimitExceeded(f"the body may have at most {MAX_QUESTION_BYTES} bytes")
    return body


def _json(text: str | bytes, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{name} must be JSON, as a variable of GraphQL: {error}") from error


async def _light_curve(request: Request, reader: Reader) -> Response:
    form = _format(request)
    asked = await light_curve_asked(_light_curve_variables(request))
    chosen = _chosen(form, asked)
    survey, name, object_id = await _known_object(request, reader)
    tables = [_filled(table, await _rows(reader, object_id, table, asked.window)) for table in chosen]
    file_name = f"{name}_{LIGHT_CURVE_TABLES[chosen[0]].name}" if len(chosen) == 1 else f"{name}_light_curve"
    return TableResponse(form, f"{survey}_{file_name}", tables)


def _chosen(form: TableFormat, asked: LightCurveAsked) -> Sequence[LightCurveTable]:
    if asked.table is not None:
        return [asked.table]
    return list(LightCurveTable) if form.holds_several_tables else [LightCurveTable.DETECTIONS]


async def _known_object(request: Request, reader: Reader) -> tuple[SurveyName, str, int]:
    survey, name = request.path_params["survey"].upper(), parse_name(request.path_params["name"])
    if survey in SurveyName.__members__:
        key = (SurveyName(survey), name)
        if found := (await objects_by_name(reader, [key])).get(key):
            return found.survey, found.name, found.object_id
    raise NotFound(f"there is no object {name[:80]!r} of {survey[:20]!r}")


def _light_curve_variables(request: Request) -> dict[str, Any]:
    """Bands as a list with commas, numbers as they are, the table by its name."""
    require_single(request.query_params)
    variables: dict[str, Any] = dict(request.query_params.items())
    if "bands" in variables:
        variables["bands"] = [band for band in variables["bands"].split(",") if band]
    for name in ("afterMjd", "beforeMjd"):
        if name in variables:
            variables[name] = _json(variables[name], name)
    if "table" in variables:
        variables["table"] = variables["table"].upper()
    return variables


async def _rows(reader: Reader, object_id: int, table: LightCurveTable, window: Window) -> list[Row]:
    """The rows without the object's key, which comes first."""
    found: Mapping[int, Sequence[Row]]
    match table:
        case LightCurveTable.DETECTIONS:
            found = await detections_of(reader, [object_id], window)
        case LightCurveTable.NON_DETECTIONS:
            found = await non_detections_of(reader, [object_id], window)
        case LightCurveTable.FORCED_PHOTOMETRY:
            found = await forced_photometry_of(reader, [object_id], window)
    return [row[1:] for row in found.get(object_id, [])]


def _filled(name: LightCurveTable, rows: list[Row]) -> FilledTable:
    table = LIGHT_CURVE_TABLES[name]
    widths = {
        column.name: max((len(row[place]) for row in rows), default=0)
        for place, column in enumerate(table.columns)
        if column.kind is Kind.TEXT
    }
    return FilledTable(table, Extent(len(rows), False, widths), _one_batch(rows))


async def _one_batch(rows: list[Row]) -> AsyncGenerator[Sequence[Row], None]:
    if rows:
        yield rows


def _format(request: Request) -> TableFormat:
    if "format" in request.path_params:
        form = by_extension(request.path_params["format"])
        if form is None:
            raise NotFound(f"the address must end in one of {FORMATS}")
        return form
    form = by_accept(request.headers.get("Accept", ""))
    if form is None:
        raise NotAcceptable(f"there are {', '.join(form.media_type for form in TableFormat)}")
    return form


def _refusal(refused: RefusedClient) -> Response:
    return JSONResponse(refused.as_json(), refused.status, headers={"Cache-Control": "no-cache", **refused.headers})


def _error_response(error: Refused, status: int | None = None) -> Response:
    code = ErrorCode((error.errors[0].extensions or {})["code"])
    return JSONResponse(
        {"errors": [one.formatted for one in error.errors]},
        status or STATUS.get(code, 400),
        headers={"Cache-Control": "no-cache", "Vary": "Accept"},
    )
