"""What a client asks, read from a request of HTTP."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.requests import ClientDisconnect, Request

from api.refusal import Refused, bad_request
from api.single_parameters import require_single
from graphql_schema.errors import ErrorCode, InvalidInput
from graphql_schema.limits import MAX_DOCUMENT_BYTES

MAX_BODY_BYTES = 2_000_000
"""Room for a crossmatch of 10,000 positions with names."""
MAX_BATCH = 10
"""Operations in one request."""

READING = ("GET", "HEAD")
"""A HEAD is a GET of whose answer the server sends the headers alone."""
JSON = "application/json"
NO_QUERY = "there is no query: send its text as query, or name a persisted one by documentId"


class GraphQLRequest(NamedTuple):
    """One operation to run. Its document is `query`, or the one that `document_id` or the extensions name."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


async def read_request(request: Request) -> GraphQLRequest | list[GraphQLRequest]:
    """One operation, or a list of them. Raises Refused."""
    if request.method in READING:
        try:
            require_single(request.query_params)
        except InvalidInput as error:
            raise bad_request(str(error)) from None
        return from_query_params(request.query_params)
    if request.method == "POST":
        _require_json(request)
        return from_body(await _body(request))
    raise Refused(405, ErrorCode.BAD_USER_INPUT, "use GET or POST", {"Allow": "GET, HEAD, POST"})


def from_query_params(params: Mapping[str, str]) -> GraphQLRequest:
    """An operation of a GET, whose variables and extensions are JSON. Raises Refused."""
    return _operation(
        {
            "query": params.get("query"),
            "operationName": params.get("operationName"),
            "documentId": params.get("documentId"),
            **{name: _json_of(name, params[name]) for name in ("variables", "extensions") if params.get(name)},
        }
    )


def from_body(body: bytes) -> GraphQLRequest | list[GraphQLRequest]:
    """The operation or operations of a POST. Raises Refused."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"the body is no JSON: {error}") from None
    if isinstance(asked, list):
        if not 1 <= len(asked) <= MAX_BATCH:
            raise Refused(
                400,
                ErrorCode.LIMIT_EXCEEDED if asked else ErrorCode.BAD_USER_INPUT,
                f"a list must hold 1 to {MAX_BATCH} operations, got {len(asked)}",
            )
        return [_operation(one) for one in asked]
    return _operation(asked)


def _operation(asked: object) -> GraphQLRequest:
    if not isinstance(asked, dict):
        raise bad_request("the body must be a JSON object with a query, or a list of such objects")
    operation = GraphQLRequest(
        _of_type(asked, "query", str),
        _of_type(asked, "variables", dict),
        _of_type(asked, "operationName", str) or None,
        _of_type(asked, "extensions", dict),
        _of_type(asked, "documentId", str),
    )
    if not (operation.query or operation.document_id or operation.extensions):
        raise bad_request(NO_QUERY)
    if operation.query and len(operation.query) > MAX_DOCUMENT_BYTES:
        raise Refused(
            400,
            ErrorCode.LIMIT_EXCEEDED,
            f"a document may have at most {MAX_DOCUMENT_BYTES} characters, got {len(operation.query)}: "
            "send values as variables",
        )
    return operation


_KINDS: dict[type, str] = {str: "text", dict: "an object"}


def _of_type(asked: dict[str, Any], name: str, kind: type) -> Any:
    value = asked.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise bad_request(f"{name} must be {_KINDS[kind]} or null")


def _json_of(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{name} is no JSON: {error}") from None


def _require_json(request: Request) -> None:
    content_type = request.headers.get("content-type", "")
    if content_type == JSON:
        return
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if name != JSON:
        raise bad_request(f"the content type must be {JSON}, got {content_type[:80]!r}", 415)
    charset = next((part[8:].strip("\"'") for part in parameters if part.startswith("charset=")), "utf-8")
    if charset not in {"utf-8", "utf8"}:
        raise bad_request(f"the charset must be utf-8, got {charset[:40]!r}", 415)


async def _body(request: Request) -> bytes:
    """The body, of which no more than the limit is ever held. Raises Refused."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise bad_request("send the body without a content encoding", 415)
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    body = b""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return body


def _too_large() -> Refused:
    return Refused(
        413,
        ErrorCode.LIMIT_EXCEEDED,
        f"the body must have at most {MAX_BODY_BYTES} bytes: ask in parts",
        {"Connection": "close"},
    )
