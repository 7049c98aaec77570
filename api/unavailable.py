"""The answer of a route that could not answer, for reasons of ours."""

from starlette.responses import JSONResponse, Response


def unavailable(error: Exception) -> Response:
    """The reason, in the form of the other errors."""
    return JSONResponse({"error": {"code": "UNAVAILABLE", "message": str(error)}}, status_code=503)
