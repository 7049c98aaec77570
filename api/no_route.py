"""The answer where no route leads, or none by this method."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.refusal import Refused
from graphql_schema.errors import ErrorCode


async def no_route(request: Request, error: Exception) -> Response:
    """The reason, in the form of the other errors; as a text for people who look by a browser."""
    assert isinstance(error, HTTPException)
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(error.detail, error.status_code, error.headers)
    refused = _refused(request, error)
    return JSONResponse(refused.as_json(), refused.status, {"Cache-Control": "no-store", **refused.headers})


def _refused(request: Request, error: HTTPException) -> Refused:
    allowed = (error.headers or {}).get("Allow")
    if error.status_code == 404:
        return Refused(404, ErrorCode.NOT_FOUND, f"there is nothing at {request.url.path[:80]!r}", error.headers)
    message = error.detail if allowed is None else f"use {allowed}, not {request.method[:20]}"
    return Refused(error.status_code, ErrorCode.BAD_USER_INPUT, message, error.headers)
