"""Stamps by URL: `/stamps/ZTF/<candid>/science.fits` and `.png`."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.stamp_png import DEFAULT_SCALE, Stretch, render_png
from domain.errors import ArrayanError
from domain.stamp import NORTH_AT_ROW_ZERO, StampError, StampKind, decode_stamp, orientation_of
from domain.survey import SurveyName

LoadStamp = Callable[[str, int, StampKind], Awaitable[bytes | None]]
"""The bytes of a stamp as its packet holds them, by survey, candid and kind; None when there is none."""

MAX_CANDID = 2**63 - 1
WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")
SCALES = range(1, 17)

KEEP_FOR_EVER = "public, max-age=31536000, immutable"
"""An alert never changes once it was sent, and neither do its stamps."""


def stamp_routes(load: LoadStamp) -> list[Route]:
    """The routes of FITS files and pictures. What `load` raises is left to the app."""

    async def fits(request: Request) -> Response:
        return await _answer(request, load, "fits")

    async def png(request: Request) -> Response:
        return await _answer(request, load, "png")

    return [
        Route("/stamps/{survey}/{candid}/{kind}.fits", fits, name="stamp_fits"),
        Route("/stamps/{survey}/{candid}/{kind}.png", png, name="stamp_png"),
    ]


class _Refused(ArrayanError):
    """A request that gets an error for an answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A stamp as asked for. The survey may be one we do not know."""

    survey: str
    candid: int
    kind: StampKind
    scale: int
    stretch: Stretch
    north_up: bool

    @property
    def file_name(self) -> str:
        return f"{self.survey}_{self.candid}_{self.kind.lower()}.fits"


async def _answer(request: Request, load: LoadStamp, form: str) -> Response:
    try:
        wanted = _wanted(request)
        data = await _loaded(load, wanted)
        response = await to_thread.run_sync(_file, wanted, data, form)
    except _Refused as refused:
        return _error(refused)
    return _as_asked(request, response)


def _wanted(request: Request) -> _Wanted:
    path = request.path_params
    return _Wanted(
        path["survey"].upper(),
        _candid(path["candid"]),
        _kind(path["kind"]),
        _scale(request.query_params.get("scale", str(DEFAULT_SCALE))),
        _stretch(request.query_params.get("stretch", Stretch.ASINH)),
        _north_up(request.query_params.get("north", "")),
    )


def _candid(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or int(text) > MAX_CANDID:
        raise _Refused(400, "BAD_USER_INPUT", f"candid must be a whole number of at most 63 bits, got {text!r}")
    return int(text)


def _kind(text: str) -> StampKind:
    try:
        return StampKind(text.upper())
    except ValueError:
        raise _Refused(
            400, "BAD_USER_INPUT", f"kind must be science, template or difference, got {text!r}"
        ) from None


def _scale(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or int(text) not in SCALES:
        raise _Refused(
            400, "BAD_USER_INPUT", f"scale must be a whole number from {SCALES[0]} to {SCALES[-1]}, got {text!r}"
        )
    return int(text)


def _stretch(text: str) -> Stretch:
    try:
        return Stretch(text.lower())
    except ValueError:
        raise _Refused(
            400, "BAD_USER_INPUT", f"stretch must be one of {', '.join(Stretch)}, got {text!r}"
        ) from None


def _north_up(text: str) -> bool:
    if text not in ("", "up"):
        raise _Refused(400, "BAD_USER_INPUT", f"north must be `up` or left out, got {text!r}")
    return text == "up"


async def _loaded(load: LoadStamp, wanted: _Wanted) -> bytes:
    known = wanted.survey in SurveyName.__members__
    data = await load(wanted.survey, wanted.candid, wanted.kind) if known else None
    if data is None:
        raise _Refused(
            404, "NOT_FOUND", f"there is no {wanted.kind.lower()} stamp of {wanted.survey} candid {wanted.candid}"
        )
    return data


def _file(wanted: _Wanted, data: bytes, form: str) -> Response:
    """The FITS file or picture in full; some milliseconds of work, for a thread."""
    try:
        stamp = decode_stamp(wanted.kind, data)
    except StampError as error:
        raise _Refused(422, "STAMP_UNREADABLE", str(error)) from error
    if form == "png":
        survey = SurveyName(wanted.survey)
        lies = orientation_of(survey, stamp) if wanted.north_up else None
        if wanted.north_up and lies is None:
            raise _Refused(
                400, "BAD_USER_INPUT", "neither the packet nor the survey tells where north is: leave `north` out"
            )
        picture = render_png(
            stamp,
            scale=wanted.scale,
            row_zero_on_top=survey in NORTH_AT_ROW_ZERO,
            stretch=wanted.stretch,
            turned_from=lies,
        )
        response = Response(picture, media_type="image/png")
    else:
        response = Response(stamp.fits, media_type="application/fits")
        response.headers["Content-Disposition"] = f'attachment; filename="{wanted.file_name}"'
    response.headers["ETag"] = f'"{hashlib.sha256(response.body).hexdigest()}"'
    response.headers["Cache-Control"] = KEEP_FOR_EVER
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _as_asked(request: Request, response: Response) -> Response:
    """The same, without its body when the client has it already or only asks for the headers."""
    if _has_it(request, response.headers["ETag"]):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(status_code=304, headers=kept)
    if request.method == "HEAD":
        return Response(headers=dict(response.headers))
    return response


def _has_it(request: Request, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    return etag in known or "*" in known


def _error(refused: _Refused) -> Response:
    body = {"errors": [{"message": str(refused), "extensions": {"code": refused.code}}]}
    return JSONResponse(body, refused.status, headers={"Cache-Control": "no-cache"})
