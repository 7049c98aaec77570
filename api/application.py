"""The application with an endpoint that is reached at once."""

from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(Starlette):
    """Answers one path before middleware and the other routes are gone through, which take longer than a small
    question does. What middleware does for the others, `endpoint` does by itself."""

    def __init__(self, path: str, endpoint: ASGIApp, **named: Any) -> None:
        super().__init__(**named)
        self._route = Route(path, endpoint)
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._path:
            scope["app"], scope["route"] = self, self._route
            await self._route.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
