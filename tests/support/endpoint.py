"""Asking the schema as a request would, from tests that are not asynchronous."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any, NamedTuple

from anyio.from_thread import BlockingPortal, start_blocking_portal
from strawberry.types import ExecutionResult

from graphql_schema.context import Context
from graphql_schema.schema import Schema, make_schema
from storage.packet_archive import PacketArchive
from storage.reader import Reader

Answer = dict[str, Any]
"""JSON, as a client gets it."""


class Refusal(NamedTuple):
    """An error as a client gets it."""

    code: str
    message: str


class Endpoint:
    """The schema over one database and one archive."""

    def __init__(
        self, portal: BlockingPortal, reader: Reader, archive: PacketArchive, schema: Schema | None = None
    ) -> None:
        self._portal = portal
        self._reader = reader
        self._archive = archive
        self._schema = schema or make_schema()

    @property
    def thread(self) -> int:
        """The identifier of the thread that asks the database."""
        return self._portal.call(get_ident)

    def with_schema(self, schema: Schema) -> "Endpoint":
        """The same database and archive asked through another schema."""
        return Endpoint(self._portal, self._reader, self._archive, schema)

    def execute(self, query: str, **variables: Any) -> ExecutionResult:
        """The result of one request, with its errors if there are any."""
        return self.execute_named(query, None, **variables)

    def execute_named(self, query: str, operation_name: str | None, **variables: Any) -> ExecutionResult:
        """The result of one operation of a document."""
        result = self._portal.call(self._execute, query, variables, operation_name)
        assert isinstance(result, ExecutionResult)
        return result

    def ask(self, query: str, **variables: Any) -> Answer:
        """The answer to a question that must not fail."""
        result = self.execute(query, **variables)
        assert result.errors is None, [error.formatted for error in result.errors]
        assert result.data is not None
        return result.data

    def refusal(self, query: str, **variables: Any) -> Refusal:
        """The one error of a question that must fail."""
        errors = self.execute(query, **variables).errors
        assert errors is not None, "the question was answered"
        (error,) = errors
        return Refusal((error.extensions or {})["code"], error.message)

    async def _execute(self, query: str, variables: Answer, operation_name: str | None) -> Any:
        context = Context.for_request(self._reader, self._archive)
        return await self._schema.execute(
            query, variable_values=variables, context_value=context, operation_name=operation_name
        )


@contextmanager
def endpoint(
    url: str, archive: PacketArchive, *, connections: int = 4, statement_timeout_seconds: float = 30.0
) -> Iterator[Endpoint]:
    """Connect to a database, and disconnect at the end."""
    with start_blocking_portal() as portal:
        reader = Reader(url, connections=connections, statement_timeout_seconds=statement_timeout_seconds)
        portal.call(reader.open)
        try:
            yield Endpoint(portal, reader, archive)
        finally:
            portal.call(reader.close)
