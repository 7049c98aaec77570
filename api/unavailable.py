"""The answer of a route that could not answer, for reasons of ours."""

from starlette.responses import JSONResponse, Response

from api.refusal import Refused
from graphql_schema.errors import ErrorCode


def unavailable(error: Exception) -> Response:
    """The reason, in the form of the other errors."""
    refused = Refused(503, ErrorCode.UNAVAILABLE, str(error))
    return JSONResponse(refused.as_json(), refused.status)
