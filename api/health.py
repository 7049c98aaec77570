"""Whether the server is alive, for whatever watches it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.errors import ArrayanError
from storage.reader import Reader


def health_route(reader: Reader) -> Route:
    """`/healthz`: 200 when the database answers, 503 when it does not."""

    async def healthz(request: Request) -> Response:
        del request
        try:
            await reader.rows("SELECT 1")
        except ArrayanError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok"})

    return Route("/healthz", healthz)
