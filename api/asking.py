"""A request of the endpoint."""

from starlette.requests import Request
from starlette.types import Receive, Scope


class Asking(Request):
    """A request whose headers are read once, into a plain mapping by their names in small letters; of a header that
    is sent twice, the first counts."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._headers = {  # type: ignore[assignment]
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
