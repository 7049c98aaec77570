"""Pages of other sites may ask: what a browser wants to know before it hands them an answer (CORS).

Nobody is known by a cookie here, so that a page of another site sees what anybody sees, and spends the points of
the address it is looked at from; a token is sent by whoever has it, and by no browser of itself.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY = "*"
METHODS = "GET, HEAD, POST"
PREFLIGHT_SECONDS = "86400"

_OPEN = ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*"))
_ORIGIN, _METHOD, _HEADERS = b"origin", b"access-control-request-method", b"access-control-request-headers"


class CrossOrigin:
    """Lets pages of some origins (`https://site.example`) read the answers of an app; those of all for ANY.

    Every answer says so, asked from elsewhere or not, since caches keep it for both.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str] = frozenset({ANY})) -> None:
        self._app = app
        self._origins = origins
        self._is_open = ANY in origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        if self._is_open and scope["method"] != "OPTIONS":
            await self._app(scope, receive, _opened(send))
            return
        asked = {name: value for name, value in scope["headers"] if name in (_ORIGIN, _METHOD, _HEADERS)}
        allowed = self._allowed(asked.get(_ORIGIN, b"").decode("latin-1"))

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._say(MutableHeaders(scope=message), allowed)
            await send(message)

        if scope["method"] == "OPTIONS" and allowed is not None and _METHOD in asked:
            await _answer_preflight(asked.get(_HEADERS), tell)
        else:
            await self._app(scope, receive, tell)

    def _allowed(self, origin: str) -> str | None:
        if self._is_open:
            return ANY
        return origin if origin in self._origins else None

    def _say(self, headers: MutableHeaders, allowed: str | None) -> None:
        if allowed != ANY:
            headers.add_vary_header("Origin")
        if allowed is not None:
            headers["Access-Control-Allow-Origin"] = allowed
            headers["Access-Control-Expose-Headers"] = "*"


def _opened(send: Send) -> Send:
    """Sends answers that everybody may read: the common case, in a microsecond."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_OPEN]
        await send(message)

    return tell


async def _answer_preflight(wanted: bytes | None, send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", METHODS.encode()),
        (b"access-control-max-age", PREFLIGHT_SECONDS.encode()),
        (b"vary", b"Access-Control-Request-Headers"),
    ]
    if wanted is not None:
        headers.append((b"access-control-allow-headers", wanted))
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def origins_of(text: str) -> frozenset[str]:
    """Origins as a setting lists them, with commas or blanks between; without a slash at the end."""
    return frozenset(word.rstrip("/") for word in text.replace(",", " ").split())
