"""Answers are compressed for clients that take it."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

COMPRESSED_FROM_BYTES = 4096


class Compressing:
    """Compresses longer answers of an app that says in all of them that they vary with `Accept-Encoding`. What is
    asked for as it is passes by at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=COMPRESSED_FROM_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        takes_it = scope["type"] == "http" and any(
            name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"]
        )
        await (self._compressing if takes_it else self._app)(scope, receive, send)
