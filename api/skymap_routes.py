"""Sky maps by URL: `POST /skymaps` keeps one, `GET /skymaps/<id>` says what is known about it."""

import re
from datetime import datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.clients import Clients
from api.refusal import Refused, bad_request
from domain.skymap import InvalidSkymap
from domain.skymap_file import MAX_FILE_BYTES, read_skymap
from graphql_schema.errors import ErrorCode
from storage.reader import Reader
from storage.skymaps import SkymapStore, StoredSkymap, TooManySkymaps, skymap_facts

POINTS = 1000
"""What it costs to send a map: reading it is the work of as many objects."""
SKYMAP_ID = re.compile(r"[0-9a-f]{32}")


def skymap_routes(reader: Reader, store: SkymapStore | None, clients: Clients) -> list[Route]:
    """The routes; without a store, none is taken in. Who sends a map pays for it. What a database that is away
    raises is left to the app."""

    async def upload(request: Request) -> Response:
        try:
            client = await clients.client_of(request)
            async with clients.turn(client):
                if client.budget is not None:
                    client.budget.charge(POINTS)
                return await _keep(request, store)
        except Refused as refused:
            return _error(refused)

    async def facts(request: Request) -> Response:
        try:
            return await _facts(reader, request.path_params["id"])
        except Refused as refused:
            return _error(refused)

    return [
        Route("/skymaps", upload, methods=["POST"], name="skymaps"),
        Route("/skymaps/{id}", facts, methods=["GET"], name="skymap"),
    ]


async def _keep(request: Request, store: SkymapStore | None) -> Response:
    if store is None:
        raise Refused(503, ErrorCode.UNAVAILABLE, "this server takes no sky maps in")
    data = await _body(request)
    try:
        read = await to_thread.run_sync(read_skymap, data)
        stored, is_new = await store.keep(read)
    except InvalidSkymap as error:
        raise bad_request(str(error), 422) from error
    except TooManySkymaps as error:
        raise Refused(503, ErrorCode.LIMIT_EXCEEDED, str(error)) from error
    headers = {"Location": f"/skymaps/{stored.skymap_id}", "Cache-Control": "no-store"}
    return JSONResponse(_as_json(stored), 201 if is_new else 200, headers=headers)


async def _body(request: Request) -> bytes:
    """The file, of which no more than the limit is ever held. Raises Refused."""
    declared = request.headers.get("Content-Length", "")
    if request.headers.get("Content-Type", "").startswith("multipart/"):
        raise bad_request("send the file itself as the body, as `curl --data-binary @FILE` does, not a form", 415)
    too_large = Refused(
        413,
        ErrorCode.LIMIT_EXCEEDED,
        f"a sky map may have at most {MAX_FILE_BYTES} bytes: send the multi-order file, gzipped",
    )
    if declared.isdigit() and int(declared) > MAX_FILE_BYTES:
        raise too_large
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_FILE_BYTES:
            raise too_large
    if not data:
        raise bad_request("the body is empty: send a HEALPix map as FITS, as `curl --data-binary @FILE` does")
    return bytes(data)


async def _facts(reader: Reader, skymap_id: str) -> Response:
    stored = await skymap_facts(reader, skymap_id) if SKYMAP_ID.fullmatch(skymap_id) else None
    if stored is None:
        raise Refused(
            404, ErrorCode.NOT_FOUND, "there is no sky map with this id, or it has expired: send it again"
        )
    return JSONResponse(_as_json(stored), headers={"Cache-Control": "no-cache"})


def _as_json(stored: StoredSkymap) -> dict[str, object]:
    return {
        "id": stored.skymap_id,
        "event": stored.event,
        "observedAt": _instant(stored.observed_at),
        "instruments": stored.instruments,
        "distance": stored.distance_mpc,
        "distanceError": stored.distance_error_mpc,
        "pixels": stored.pixel_count,
        "area50": stored.area_50,
        "area90": stored.area_90,
        "uploadedAt": _instant(stored.uploaded_at),
        "expiresAt": _instant(stored.expires_at),
    }


def _instant(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _error(refused: Refused) -> Response:
    return JSONResponse(refused.as_json(), refused.status, headers={**refused.headers, "Cache-Control": "no-store"})
