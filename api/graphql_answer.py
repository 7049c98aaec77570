"""The answer to a request, as HTTP has it."""

import hashlib
from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from api.media_types import MediaType
from api.refusal import Refused
from graphql_schema.errors import ErrorCode

STATUSES = {ErrorCode.RATE_LIMITED: 429, ErrorCode.UNAUTHENTICATED: 401}
"""What every client must see in the status, whichever form it accepts."""

ASK_AGAIN = "no-cache"
KEEP_BRIEFLY = "public, max-age=30"
"""An answer to a persisted document may be as old as this when it comes from a cache."""
VARY = "Accept, Accept-Encoding, Authorization"


def body_of(result: ExecutionResult) -> dict[str, object]:
    """The result as JSON; `data` is left out of what was never run."""
    body: dict[str, object] = {}
    if not was_refused(result):
        body["data"] = result.data
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def was_refused(result: ExecutionResult) -> bool:
    """Whether the operation never ran: errors of fields have a path, errors of requests have none."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def status_of(result: ExecutionResult, media_type: MediaType) -> int:
    """The status of an answer. `application/json` has 200 for whatever could be read, as clients of old expect."""
    if not result.errors or not was_refused(result):
        return 200
    code = (result.errors[0].extensions or {}).get("code")
    if code in STATUSES:
        return STATUSES[ErrorCode(code)]
    return 400 if media_type is MediaType.RESPONSE else 200


def answer(
    body: object, media_type: MediaType, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A body of JSON under the media type that was asked for. It may hold arrays of numpy."""
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, status, {"Vary": VARY, **(headers or {})}, f"{media_type.value}; charset=utf-8")


def refusal(refused: Refused, media_type: MediaType) -> Response:
    """The answer to a request that was not run."""
    is_known_by_its_body = refused.code is ErrorCode.PERSISTED_QUERY_NOT_FOUND and media_type is MediaType.JSON
    status = 200 if is_known_by_its_body else refused.status
    headers = {"Cache-Control": "no-store", **refused.headers}
    return answer(refused.as_json(), media_type, status, headers)


def cacheable(request: Request, response: Response, *, is_persisted: bool) -> Response:
    """The answer to a GET: with the hash of its body, and without the body when the client has the same."""
    if response.status_code != 200:
        response.headers["Cache-Control"] = "no-store"
        return response
    etag = f'W/"{hashlib.blake2b(response.body, digest_size=16).hexdigest()}"'
    response.headers["ETag"] = etag
    is_public = is_persisted and "authorization" not in request.headers
    response.headers["Cache-Control"] = KEEP_BRIEFLY if is_public else ASK_AGAIN
    known = request.headers.get("if-none-match", "")
    if etag in known or known.strip() == "*":
        kept = {name: value for name, value in response.headers.items() if name not in {"content-length"}}
        return Response(status_code=304, headers=kept)
    return response
