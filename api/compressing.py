"""Answers are compressed for clients that take it."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.media_types import weights_of

COMPRESSED_FROM_BYTES = 4096
ACCEPT_ENCODING = b"accept-encoding"


class Compressing:
    """Compresses longer answers of an app that says in all of them that they vary with `Accept-Encoding`. What is
    asked for as it is passes by at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=COMPRESSED_FROM_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _takes_gzip(scope):
            await self._compressing(scope, receive, _varying_once(send))
        else:
            await self._app(scope, receive, send)


class CompressingAny:
    """The same for answers that say nothing of it: they are told to vary."""

    def __init__(self, app: ASGIApp) -> None:
        self._compressing = GZipMiddleware(app, minimum_size=COMPRESSED_FROM_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _takes_gzip(scope):  # it would take `gzip;q=0` for a wish
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != ACCEPT_ENCODING]
        await self._compressing(scope, receive, _varying_once(send))


def _varying_once(send: Send) -> Send:
    """Names nothing twice in `Vary`: the middleware adds to what says so already."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            named = [name.strip() for value in headers.getlist("vary") for name in value.split(",")]
            if len(named) > 1:
                headers["vary"] = ", ".join(dict.fromkeys(named))
        await send(message)

    return tell


def _takes_gzip(scope: Scope) -> bool:
    return scope["type"] == "http" and any(
        name == ACCEPT_ENCODING and b"gzip" in value and weights_of(value.decode("latin-1")).get("gzip", 0) > 0
        for name, value in scope["headers"]
    )
