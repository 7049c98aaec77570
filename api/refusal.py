"""Requests that get an error for an answer before any GraphQL is run."""

from collections.abc import Mapping

from domain.errors import ArrayanError
from graphql_schema.errors import ErrorCode


class Refused(ArrayanError):
    """A request that is not answered: the status of HTTP, the code, and headers that help the client on."""

    def __init__(
        self, status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def as_json(self) -> dict[str, object]:
        """The answer, in the form of the errors of GraphQL."""
        return {"errors": [{"message": str(self), "extensions": {"code": self.code.value}}]}


def bad_request(message: str, status: int = 400) -> Refused:
    """The refusal of what the client got wrong."""
    return Refused(status, ErrorCode.BAD_USER_INPUT, message)
