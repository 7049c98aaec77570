"""Clients take turns everywhere, not only at the endpoint: pages and stamps have a price, too."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.clients import Clients
from api.graphql_answer import refusal
from api.media_types import MediaType
from api.refusal import Refused

FREE = (
    *("/graphql", "/objects", "/lightcurve/", "/scs"),  # they count for themselves, by what is asked
    *("/graphiql", "/static/"),  # only files
    *("/livez", "/healthz", "/readyz"),  # for whatever watches the server
)
COSTS: Mapping[str, int] = {"/stamps/": 10}
"""Points of a request, by how its path begins. docs/limits.md has the same numbers."""
OTHER_COST = 50


class TakeTurns:
    """Lets a client pay for a request and wait for its turn, before the rest of the application sees it."""

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        self._app = app
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        try:
            client = await self._clients.client_of(Request(scope))
            async with self._clients.turn(client):
                client.pay(cost_of_path(scope["path"]))
                await self._app(scope, receive, send)
        except Refused as refused:
            await refusal(refused, MediaType.JSON)(scope, receive, send)


def cost_of_path(path: str) -> int:
    """Points of a request that is none of GraphQL."""
    return next((cost for beginning, cost in COSTS.items() if path.startswith(beginning)), OTHER_COST)
