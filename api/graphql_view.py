"""The endpoint: GraphQL over HTTP."""

from typing import Any

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from api.request_metrics import count_operation, count_refusal
from graphql_schema.context import Context
from graphql_schema.errors import ErrorCode
from storage.packet_archive import PacketArchive
from storage.reader import Reader

GRAPHIQL_PATH = "/graphiql"


class GraphQLView(GraphQL[Context, None]):
    """Answers questions with a reader and an archive; a browser that only looks is sent to GraphiQL."""

    def __init__(self, schema: BaseSchema, reader: Reader, archive: PacketArchive) -> None:
        super().__init__(schema, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,))
        self._reader = reader
        self._archive = archive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals before any GraphQL is run come in the same form as the errors of GraphQL."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as refusal:
            error = {"message": refusal.reason, "extensions": {"code": ErrorCode.BAD_USER_INPUT.value}}
            response = JSONResponse({"errors": [error]}, status_code=refusal.status_code)
        await response(scope, receive, send)

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Count every operation that comes by POST or GET, also those of one list."""
        try:
            result = await super().execute_single(
                request, request_adapter, sub_response, context, root_value, request_data
            )
        except HTTPException:
            count_refusal()
            raise
        count_operation(result)
        return result

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        del request, response
        return Context.for_request(self._reader, self._archive)

    async def render_graphql_ide(self, request: Request) -> Response:
        del request
        return RedirectResponse(GRAPHIQL_PATH)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def parse_json(self, data: str | bytes) -> Any:
        """The body of a request. Raises HTTPException for one that is neither a question nor a list of them."""
        body = super().parse_json(data)
        if not isinstance(body, dict | list):
            raise HTTPException(400, "the body must be a JSON object with a query")
        return body

    def decode_json(self, data: str | bytes) -> Any:
        """Raises HTTPException for JSON that is neither an operation nor a list of them."""
        decoded = orjson.loads(data)
        if not isinstance(decoded, dict | list):
            raise HTTPException(400, "The body must be a JSON object with a query")
        return decoded
