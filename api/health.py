"""Whether the server is alive, and whether it can answer, for whatever watches it."""

from collections.abc import Awaitable

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import ArrayanError
from runtime.readiness import Readiness
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from storage.readiness import archive_problem, tables_problem

PATIENCE_SECONDS = 2.0
"""Whatever watches the server asks again soon, and must not wait for a database that is away."""

NO_ANSWER = "the database does not answer"

DATABASE, TABLES, ARCHIVE = "database", "tables", "archive"


def health_routes(reader: Reader, archive: PacketArchive) -> list[BaseRoute]:
    """`/livez`: 200 while the process answers. `/healthz`: 200 when the database answers, too. `/readyz`: 200 when
    it has the tables of this release and the packet archive can be read, besides. Otherwise 503 and the reason."""

    async def livez(request: Request) -> Response:
        del request
        return JSONResponse({"status": "ok"})

    async def healthz(request: Request) -> Response:
        del request
        if problem := await _database_problem(reader):
            return JSONResponse({"status": "unavailable", "reason": problem}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        del request
        readiness = await _readiness(reader, archive)
        return JSONResponse(readiness.as_json(), status_code=200 if readiness.is_ready else 503)

    return [Route("/livez", livez), Route("/healthz", healthz), Route("/readyz", readyz)]


async def _database_problem(reader: Reader) -> str | None:
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            await reader.rows("SELECT 1")
    except ArrayanError as error:
        return str(error)
    except TimeoutError:
        return NO_ANSWER
    return None


async def _readiness(reader: Reader, archive: PacketArchive) -> Readiness:
    """What can be asked in due time; what needs a part that is missing is missing too."""
    readiness = Readiness(DATABASE, TABLES, ARCHIVE)
    readiness.note(DATABASE, await _database_problem(reader))
    if not readiness.is_there(DATABASE):
        for part in (TABLES, ARCHIVE):
            readiness.missing(part, f"unknown: {NO_ANSWER}")
        return readiness
    readiness.note(TABLES, await _in_time(tables_problem(reader)))
    if not readiness.is_there(TABLES):
        readiness.missing(ARCHIVE, "unknown: the tables are not those of this release")
        return readiness
    readiness.note(ARCHIVE, await _in_time(archive_problem(reader, archive)))
    return readiness


async def _in_time(asked: Awaitable[str | None]) -> str | None:
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            return await asked
    except ArrayanError as error:
        return str(error)
    except TimeoutError:
        return f"no answer in {PATIENCE_SECONDS:g} seconds"
