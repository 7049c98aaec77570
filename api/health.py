"""Whether the server is alive, for whatever watches it."""

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.errors import ArrayanError
from storage.reader import Reader

PATIENCE_SECONDS = 2.0
"""Whatever watches the server asks again soon, and must not wait for a database that is away."""


def health_route(reader: Reader) -> Route:
    """`/healthz`: 200 when the database answers, 503 when it does not."""

    async def healthz(request: Request) -> Response:
        del request
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                await reader.rows("SELECT 1")
        except ArrayanError as error:
            return _unavailable(str(error))
        except TimeoutError:
            return _unavailable("the database does not answer")
        return JSONResponse({"status": "ok"})

    return Route("/healthz", healthz)


def _unavailable(reason: str) -> Response:
    return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503)
