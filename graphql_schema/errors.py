"""What goes wrong, in words a client may rely on: every error carries `extensions.code` from a closed list."""

import logging
import re
import secrets
from enum import StrEnum

from graphql import GraphQLError, GraphQLSyntaxError

from domain.catalog import UnknownCatalog
from domain.errors import ArrayanError, InvalidPosition
from domain.event import EventExpired, InvalidEventId, UnknownEvent
from domain.stamp import StampError
from domain.vocabulary import UnknownName
from storage.cursor import InvalidCursor
from storage.database import DatabaseUnavailable
from storage.packet_archive import ArchiveUnavailable
from storage.reader import StatementTimeout
from storage.snapshots import ReadingTimeout, TooManyDownloads

log = logging.getLogger(__name__)


class ErrorCode(StrEnum):
    """The codes in `extensions.code`. Described for clients in docs/graphql/README.md."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    EVENT_EXPIRED = "EVENT_EXPIRED"
    EVENT_UNKNOWN = "EVENT_UNKNOWN"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    NOT_FOUND = "NOT_FOUND"
    SLOW_CONSUMER = "SLOW_CONSUMER"
    STAMP_UNREADABLE = "STAMP_UNREADABLE"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class InvalidInput(ArrayanError):
    """An argument that cannot be; the message says which and why."""


class LimitExceeded(ArrayanError):
    """More was asked for than one request may ask."""


class BudgetSpent(ArrayanError):
    """The client has to wait before it may ask this."""

    def __init__(self, cost: int, remaining: int, seconds: int) -> None:
        super().__init__(
            f"this operation costs {cost} points and {remaining} are left: ask again in {seconds} seconds"
        )
        self.seconds = seconds


class NotFound(ArrayanError):
    """What an address names is not there."""


_CODES: dict[type[ArrayanError], ErrorCode] = {
    InvalidPosition: ErrorCode.BAD_USER_INPUT,
    UnknownCatalog: ErrorCode.BAD_USER_INPUT,
    UnknownName: ErrorCode.BAD_USER_INPUT,
    InvalidInput: ErrorCode.BAD_USER_INPUT,
    InvalidCursor: ErrorCode.BAD_CURSOR,
    InvalidEventId: ErrorCode.BAD_CURSOR,
    EventExpired: ErrorCode.EVENT_EXPIRED,
    UnknownEvent: ErrorCode.EVENT_UNKNOWN,
    LimitExceeded: ErrorCode.LIMIT_EXCEEDED,
    BudgetSpent: ErrorCode.RATE_LIMITED,
    NotFound: ErrorCode.NOT_FOUND,
    StampError: ErrorCode.STAMP_UNREADABLE,
    StatementTimeout: ErrorCode.TIMEOUT,
    ReadingTimeout: ErrorCode.TIMEOUT,
    TooManyDownloads: ErrorCode.UNAVAILABLE,
    DatabaseUnavailable: ErrorCode.UNAVAILABLE,
    ArchiveUnavailable: ErrorCode.UNAVAILABLE,
}


BAD_VARIABLE = re.compile(r"Variable '\$\w+' (has invalid value|.* was not provided|.* must not be null)")
"""How GraphQL refuses a variable of a subscription, of which nothing else says that the document was valid."""
LIMIT_MESSAGES = re.compile(r"more than \d+ tokens|nested too deeply")
"""How the parser says that a document is too large."""


def labelled(error: GraphQLError, *, has_run: bool) -> GraphQLError:
    """The same error with its code; an unforeseen one becomes a reference to the log.

    `has_run` says that the document was valid, so that what is wrong without a path is the variables.
    """
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, RecursionError):
        return _with_code(error, "the document is nested too deeply", ErrorCode.LIMIT_EXCEEDED)
    if isinstance(cause, ArrayanError):
        return _with_code(error, str(cause), code_of(cause))
    if cause is None or isinstance(cause, GraphQLError):
        return _with_code(error, error.message, _code_of_document(error, has_run=has_run))
    reference = secrets.token_hex(4)
    log.error("unforeseen_error reference=%s", reference, exc_info=cause)
    text = f"Something went wrong on our side; the log has it under {reference}."
    return _with_code(error, text, ErrorCode.INTERNAL_SERVER_ERROR)


def _code_of_document(error: GraphQLError, *, has_run: bool) -> ErrorCode:
    """The code of what GraphQL itself refuses."""
    if LIMIT_MESSAGES.search(error.message):
        return ErrorCode.LIMIT_EXCEEDED
    if isinstance(error, GraphQLSyntaxError):
        return ErrorCode.GRAPHQL_PARSE_FAILED
    is_of_variables = has_run or BAD_VARIABLE.match(error.message)
    return ErrorCode.BAD_USER_INPUT if is_of_variables else ErrorCode.GRAPHQL_VALIDATION_FAILED


def code_of(cause: ArrayanError) -> ErrorCode:
    """The code of one of our own errors."""
    for kind, code in _CODES.items():
        if isinstance(cause, kind):
            return code
    return ErrorCode.BAD_USER_INPUT


def _with_code(error: GraphQLError, message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code.value},
    )
