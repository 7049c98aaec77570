"""What can go wrong, each with what was wrong, where, and what to do about it."""

from collections.abc import Mapping
from typing import Any


class ArrayanError(Exception):
    """Anything that this client could not do. `str()` says what and why, `hint` what to do."""

    hint: str | None = None

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """The server's code of the error (`extensions.code`); None where the server did not say it."""
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class InvalidInput(ArrayanError, ValueError):
    """An argument cannot be; the message says which and why."""


class MissingPackage(ArrayanError, ImportError):
    """An optional package is needed for this and is not installed."""


class ServerUnreachable(ArrayanError, ConnectionError):
    """Nothing answers at the server's address, or the connection was lost again and again."""


class NotArrayan(ArrayanError):
    """Something answers at the address that is not an Arrayán server, or not one that this version knows."""


class ServerError(ArrayanError):
    """An error that the server told of."""


class BadQuestion(ServerError, InvalidInput):
    """The server refuses an argument; the message says which and why."""


class IncompatibleServer(ServerError):
    """The server's schema does not have what this version of the client asks for."""

    hint = "Client and server are of different versions: update the older one (`pip install -U arrayan-client`)."


class LimitExceeded(ServerError):
    """More was asked for than one request may."""

    hint = "Ask for less at once: a smaller limit, radius or region."

    requested: float | None = None
    """What it would have cost, points; None when something else was too much."""
    limit: float | None = None
    """What a request may cost, points."""


class RateLimited(ServerError):
    """More was asked for than a client may in some time, also after waiting."""

    hint = "Wait, ask for less, or get a token from who runs the server and set ARRAYAN_TOKEN."

    retry_after: float | None = None
    """The server lets you ask again after so many seconds."""


class Unauthenticated(ServerError):
    """The token is not valid: unknown, revoked or expired."""

    hint = "Check ARRAYAN_TOKEN or the argument `token`; without a token everybody may ask."


class ObjectNotFound(ServerError, LookupError):
    """There is no such object, alert, file or map."""


class StampUnreadable(ServerError):
    """The survey's stamp is no image that the server can read."""

    hint = "Take another alert: name its candid."


class QueryTimeout(ServerError, TimeoutError):
    """The answer took the server too long."""

    hint = "Ask for a smaller region, a shorter window of time, or fewer conditions."


class Unavailable(ServerError):
    """The server's database or archive does not answer, also after waiting."""

    hint = "Try again later."


class ServerFault(ServerError):
    """Something went wrong on the server's side."""

    hint = "Report the message, with its reference, to who runs the server."


class EventExpired(ServerError):
    """The events behind the one that you named are not kept any more."""

    hint = 'Ask by a query for what you missed, then begin at the oldest event that is kept: after="0".'


class EventUnknown(ServerError):
    """The event that you named is of another database, or of a time before a backup was restored."""

    hint = "Forget the event's id, and subscribe without `after`."


class IncompleteDownload(ArrayanError):
    """A file could not be had whole, also not again."""

    hint = "Try again; ask for fewer rows if it happens again."


BY_CODE: Mapping[str, type[ServerError]] = {
    "GRAPHQL_PARSE_FAILED": IncompatibleServer,
    "GRAPHQL_VALIDATION_FAILED": IncompatibleServer,
    "BAD_USER_INPUT": BadQuestion,
    "BAD_CURSOR": BadQuestion,
    "EVENT_EXPIRED": EventExpired,
    "EVENT_UNKNOWN": EventUnknown,
    "LIMIT_EXCEEDED": LimitExceeded,
    "RATE_LIMITED": RateLimited,
    "UNAUTHENTICATED": Unauthenticated,
    "NOT_FOUND": ObjectNotFound,
    "STAMP_UNREADABLE": StampUnreadable,
    "TIMEOUT": QueryTimeout,
    "UNAVAILABLE": Unavailable,
    "INTERNAL_SERVER_ERROR": ServerFault,
}


def server_error(error: Mapping[str, Any], extensions: Mapping[str, Any] | None = None) -> ServerError:
    """The exception for an error of an answer, and what the answer says beside it."""
    code = (error.get("extensions") or {}).get("code") or error.get("code")
    path = ".".join(map(str, error.get("path") or ()))
    message = str(error.get("message") or "the server says no more")
    made = BY_CODE.get(str(code), ServerError)(f"{path}: {message}" if path else message, code=code)
    if isinstance(made, LimitExceeded):
        cost = (extensions or {}).get("cost") or {}
        made.requested, made.limit = cost.get("requested"), cost.get("limit")
    return made
