"""What pages have in common: how they say that something is not there, or was not answered."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.pages.asking import NotAnswered
from api.pages.rendering import render
from graphql_schema.errors import ErrorCode

Answer = Callable[[Request], Awaitable[Response]]

STATUS_OF_CODE: Mapping[ErrorCode, int] = {
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.TIMEOUT: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}
"""Of what the endpoint refuses; everything else is the asker's doing, 400."""


class NotThere(NotAnswered):
    """A page of something that there is not."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ErrorCode.BAD_USER_INPUT)


def guarded(answer: Answer) -> Answer:
    """A page that says in words what the endpoint could not answer."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except NotThere as error:
            return render(request, "problem.html", status=404, title="Not here", message=str(error))
        except NotAnswered as error:
            status = STATUS_OF_CODE.get(error.code, 400)
            return render(request, "problem.html", status=status, title="No answer", message=str(error))

    return guarded
