"""What goes wrong, in words a client may rely on: every error carries `extensions.code` from a closed list."""

import logging
import secrets
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension

from domain.errors import ArrayanError, InvalidPosition
from domain.stamp import StampError
from storage.cursor import InvalidCursor
from storage.database import DatabaseUnavailable
from storage.packet_archive import ArchiveUnavailable
from storage.reader import StatementTimeout

log = logging.getLogger(__name__)


class ErrorCode(StrEnum):
    """The codes in `extensions.code`. Described for clients in docs/graphql.md."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    STAMP_UNREADABLE = "STAMP_UNREADABLE"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class InvalidInput(ArrayanError):
    """An argument that cannot be; the message says which and why."""


class LimitExceeded(ArrayanError):
    """More was asked for than one request may ask."""


_CODES: dict[type[ArrayanError], ErrorCode] = {
    InvalidPosition: ErrorCode.BAD_USER_INPUT,
    InvalidInput: ErrorCode.BAD_USER_INPUT,
    InvalidCursor: ErrorCode.BAD_CURSOR,
    LimitExceeded: ErrorCode.LIMIT_EXCEEDED,
    StampError: ErrorCode.STAMP_UNREADABLE,
    StatementTimeout: ErrorCode.TIMEOUT,
    DatabaseUnavailable: ErrorCode.UNAVAILABLE,
    ArchiveUnavailable: ErrorCode.UNAVAILABLE,
}


class ErrorCodes(SchemaExtension):
    """Gives every error its code, and hides the text of those that nobody foresaw."""

    def on_operation(self) -> Iterator[None]:
        yield
        self._label(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        self._label(result)
        yield

    def _label(self, result: Any) -> None:
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = [labelled(error) for error in errors]


def labelled(error: GraphQLError) -> GraphQLError:
    """The same error with its code; an unforeseen one becomes a reference to the log."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ArrayanError):
        return _with_code(error, str(cause), _code_of(cause))
    if isinstance(error, GraphQLSyntaxError):
        return _with_code(error, error.message, ErrorCode.GRAPHQL_PARSE_FAILED)
    if cause is None or isinstance(cause, GraphQLError):
        code = ErrorCode.GRAPHQL_VALIDATION_FAILED if error.path is None else ErrorCode.BAD_USER_INPUT
        return _with_code(error, error.message, code)
    reference = secrets.token_hex(4)
    log.error("unforeseen error %s", reference, exc_info=cause)
    text = f"Something went wrong on our side; the log has it under {reference}."
    return _with_code(error, text, ErrorCode.INTERNAL_SERVER_ERROR)


def _code_of(cause: ArrayanError) -> ErrorCode:
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
