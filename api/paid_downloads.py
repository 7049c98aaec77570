"""Files are paid for like other answers: with a client's points, and with a turn for as long as they are sent."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from starlette.requests import Request
from starlette.responses import Response

from api.clients import Clients
from api.refusal import Refused
from api.table_response import TableResponse

LEAST_POINTS = 10
ROWS_PER_POINT = 50

Endpoint = Callable[[Request], Awaitable[Response]]


def paid(clients: Clients, answer: Endpoint, refusal: Callable[[Refused], Response]) -> Endpoint:
    """The endpoint for clients that have points left, and a turn; `refusal` is what the others get."""

    async def endpoint(request: Request) -> Response:
        try:
            client = await clients.client_of(request)
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(clients.turn(client))
                response = await answer(request)
                rows = response.rows if isinstance(response, TableResponse) else 0
                if client.budget is not None:
                    client.budget.charge(LEAST_POINTS + rows // ROWS_PER_POINT)
                if isinstance(response, TableResponse):
                    response.keep(stack.pop_all())
        except Refused as refused:
            return refusal(refused)
        response.headers.update(client.headers())
        return response

    return endpoint
