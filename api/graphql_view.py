"""The endpoint: GraphQL over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.asking import Asking
from api.clients import Client, ClientLimits, Clients
from api.graphql_answer import answer, body_of, cacheable, refusal, status_of, was_refused
from api.graphql_request import READING, GraphQLRequest, read_request
from api.media_types import Accepted, MediaType, accepted
from api.persisted_documents import Document, PersistedDocuments
from api.refusal import Refused, bad_request
from api.request_metrics import count_operation, count_refusal
from api.unavailable import unavailable
from domain.errors import ArrayanError
from graphql_schema.context import Context
from graphql_schema.errors import ErrorCode
from graphql_schema.limits import MAX_TRUSTED_COST
from graphql_schema.schema import Schema
from storage.packet_archive import PacketArchive
from storage.reader import Reader

GRAPHIQL_PATH = "/graphiql"
BY_GET = (OperationType.QUERY,)
BY_POST = (OperationType.QUERY, OperationType.MUTATION)

AnswerAsEvents = Callable[[Request, GraphQLRequest, Context], Awaitable[Response]]
"""Answers an operation, whose document is its `query`, as a stream of events. Raises Refused."""


class GraphQLView:
    """Answers questions with a reader and an archive; a browser that only looks is sent to GraphiQL.

    `as_events` answers subscriptions, and clients that accept nothing but a stream of events; without it they are
    refused.
    """

    def __init__(
        self,
        schema: Schema,
        reader: Reader,
        archive: PacketArchive,
        documents: PersistedDocuments | None = None,
        as_events: AnswerAsEvents | None = None,
        clients: Clients | None = None,
    ) -> None:
        self._schema = schema
        self._reader = reader
        self._archive = archive
        self._documents = PersistedDocuments() if documents is None else documents
        self._as_events = as_events
        self._clients = Clients(ClientLimits()) if clients is None else clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(Asking(scope, receive))
        except ArrayanError as error:
            response = unavailable(error)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if request.method in READING and "text/html" in accept and not _asks(request):
            return RedirectResponse(GRAPHIQL_PATH)
        wanted = accepted(accept)
        client = None
        try:
            client = await self._clients.client_of(request)
            async with self._clients.turn(client):
                response = await self._answer(request, wanted, client)
        except Refused as refused:
            count_refusal(refused.code)
            response = refusal(refused, wanted.answer or MediaType.JSON)
        if client is not None and (left := client.headers()):
            response.headers.update(left)
        return response

    async def _answer(self, request: Request, wanted: Accepted, client: Client) -> Response:
        asked = await read_request(request)
        context = Context.for_request(self._reader, self._archive, client.allowance(), takes_arrays=True)
        if isinstance(asked, list):
            return await self._answer_list(asked, context, wanted, client)
        if wanted.answer is None:
            return await self._stream(request, asked, context, wanted)
        is_get = request.method in READING
        document = self._documents.document_of(asked)
        if document.is_trusted:
            context.allowance.limit = max(context.allowance.limit, MAX_TRUSTED_COST)
        try:
            result = await self._run(document, asked, context, BY_GET if is_get else BY_POST, client)
        except InvalidOperationTypeError:
            if wanted.event_stream and self._as_events is not None:
                return await self._stream(request, asked, context, wanted)
            raise _wrong_kind(is_get=is_get) from None
        status = status_of(result, wanted.answer)
        headers = client.retry_headers(context.allowance) if status == 429 else None
        response = answer(body_of(result), wanted.answer, status, headers)
        return cacheable(request, response, is_persisted=document.id is not None) if is_get else response

    async def _answer_list(
        self, asked: list[GraphQLRequest], context: Context, wanted: Accepted, client: Client
    ) -> Response:
        """Each operation of a list has an answer or a refusal of its own."""
        if wanted.answer is None:
            raise bad_request("a list of operations cannot be answered as events", 406)

        async def body_of_one(one: GraphQLRequest) -> dict[str, object]:
            try:
                return body_of(await self._run(self._documents.document_of(one), one, context, BY_POST, client))
            except Refused as refused:
                count_refusal(refused.code)
                return refused.as_json()
            except InvalidOperationTypeError:
                return _wrong_kind(is_get=False).as_json()

        return answer(await asyncio.gather(*map(body_of_one, asked)), wanted.answer)

    async def _stream(
        self, request: Request, asked: GraphQLRequest, context: Context, wanted: Accepted
    ) -> Response:
        if not wanted.event_stream or self._as_events is None:
            raise bad_request(f"the answer is {MediaType.RESPONSE.value} or {MediaType.JSON.value}", 406)
        document = self._documents.document_of(asked)
        return await self._as_events(request, asked._replace(query=document.text), context)

    async def _run(
        self,
        document: Document,
        asked: GraphQLRequest,
        context: Context,
        allowed: tuple[OperationType, ...],
        client: Client,
    ) -> ExecutionResult:
        """Raises Refused, and InvalidOperationTypeError for an operation of a kind that is not allowed."""
        try:
            result = await self._schema.execute(
                document.text,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=allowed,
                operation_extensions=asked.extensions,
            )
        except CannotGetOperationTypeError:
            raise bad_request(f"the document has no operation named {asked.operation_name!r}") from None
        count_operation(result)
        if was_refused(result):
            client.charge_refusal(document.text)
        else:
            self._documents.keep(document)
        return result


def _asks(request: Request) -> bool:
    return any(name in request.query_params for name in ("query", "documentId", "extensions"))


def _wrong_kind(*, is_get: bool) -> Refused:
    if is_get:
        return Refused(
            405,
            ErrorCode.BAD_USER_INPUT,
            "GET answers queries only; send other operations by POST",
            {"Allow": "POST"},
        )
    return bad_request("subscriptions are answered as a stream: accept text/event-stream, or connect by WebSocket")
