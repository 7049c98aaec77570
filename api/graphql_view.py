"""The endpoint: GraphQL over HTTP."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from graphql_schema.context import Context
from storage.packet_archive import PacketArchive
from storage.reader import Reader

GRAPHIQL_PATH = "/graphiql"


class GraphQLView(GraphQL[Context, None]):
    """Answers questions with a reader and an archive; a browser that only looks is sent to GraphiQL."""

    def __init__(self, schema: BaseSchema, reader: Reader, archive: PacketArchive) -> None:
        super().__init__(schema, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,))
        self._reader = reader
        self._archive = archive

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        del request, response
        return Context.for_request(self._reader, self._archive)

    async def render_graphql_ide(self, request: Request) -> Response:
        del request
        return RedirectResponse(GRAPHIQL_PATH)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> Any:
        return orjson.loads(data)
