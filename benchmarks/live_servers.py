"""The servers that subscriptions are measured on: ours, and strawberry's own view of the same schema and events.

python -m benchmarks.live_servers ours|stock DATABASE_URL
"""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.app import create_app
from api.live.event_log import EventLog
from api.live.sources import Live
from cli.serving import run_server, take_port
from domain.event import Event, EventId
from graphql_schema.context import Context
from graphql_schema.schema import make_schema
from storage.event_batch import EventBatch
from storage.packet_archive import PacketArchive
from storage.reader import Reader

CONNECTIONS = 8


class EachForHimself:
    """The events for one subscription, from when it begins."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def batches(self, after: EventId | None) -> AsyncIterator[EventBatch]:
        source = Live(self._log, (await self._log.newest()).serial, lambda: None)
        async for batch in source.batches(after):
            yield batch

    def tell(self, event: Event) -> None:
        pass


class StockView(GraphQL[Context, None]):
    """As strawberry has it: an execution for each subscriber."""

    def __init__(self, reader: Reader, archive: PacketArchive, log: EventLog) -> None:
        super().__init__(make_schema(), subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,))
        self._reader, self._archive, self._log = reader, archive, log

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        del request, response
        return Context.for_request(self._reader, self._archive, events=EachForHimself(self._log))


def stock_app(reader: Reader, archive: PacketArchive) -> Starlette:
    """An application with nothing but that view."""
    log = EventLog(reader)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        await reader.open()
        try:
            yield
        finally:
            await log.stop()
            await reader.close()

    view = StockView(reader, archive, log)
    app = Starlette(routes=[Route("/graphql", view), WebSocketRoute("/graphql", view)], lifespan=lifespan)
    app.state.goodbye = lambda: None
    return app


def main(kind: str, url: str) -> None:
    reader = Reader(url, connections=CONNECTIONS, statement_timeout_seconds=30)
    with tempfile.TemporaryDirectory() as folder:
        app = {"ours": create_app, "stock": stock_app}[kind](reader, PacketArchive(folder))
        listener = take_port("127.0.0.1", 0)
        run_server(app, listener, lambda: print(listener.url, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
