"""A document that was refused is refused again without reading it, in the same words."""

import asyncio
from pathlib import Path

import pytest
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_schema.context import Context
from graphql_schema.documents import DocumentCache
from graphql_schema.schema import Schema, make_schema
from storage.packet_archive import PacketArchive
from storage.reader import Reader

ABUSIVE = Path(__file__).parents[1] / "api" / "abusive"
WRONG = "query A { nothing } query B { surveys { survey } }"


@pytest.fixture
def schema() -> Schema:
    return make_schema()


def execute(schema: Schema, query: str, name: str | None = None) -> ExecutionResult:
    """Of what reads nothing: no database is there."""
    reader = Reader("postgresql://nowhere", connections=1, statement_timeout_seconds=1)
    context = Context.for_request(reader, PacketArchive("nowhere"))
    return asyncio.run(
        schema.execute(
            query, context_value=context, operation_name=name, allowed_operation_types=[OperationType.QUERY]
        )
    )


def told(result: ExecutionResult) -> object:
    return result.data, [error.formatted for error in result.errors or ()], result.extensions or {}


@pytest.mark.parametrize("file", sorted(ABUSIVE.glob("*.graphql")), ids=lambda file: file.stem)
def test_the_second_refusal_is_the_first(schema: Schema, file: Path) -> None:
    query = file.read_text(encoding="utf-8")
    first, second = execute(schema, query), execute(schema, query)
    assert first.errors
    assert told(second) == told(first)


def test_what_is_remembered_holds_neither_the_document_nor_the_request(schema: Schema) -> None:
    execute(schema, "{ nothing }")
    assert schema.refused is not None
    kept = schema.refused.get("{ nothing }")
    assert kept is not None
    (error,) = kept.errors
    assert (error.nodes, error.source, error.original_error, error.__traceback__) == (None, None, None, None)
    assert error.locations is not None


def test_an_operation_that_is_not_there_is_told_of_as_before(schema: Schema) -> None:
    for _ in range(2):
        assert execute(schema, WRONG, "A").errors
        assert execute(schema, WRONG, "B").errors  # the document is refused whole
        with pytest.raises(CannotGetOperationTypeError):
            execute(schema, WRONG, "C")


def test_operations_of_another_kind_are_told_of_as_before(schema: Schema) -> None:
    for _ in range(2):
        with pytest.raises(InvalidOperationTypeError):
            execute(schema, "subscription { nothing }")


def test_what_is_kept_has_an_end() -> None:
    cache: DocumentCache[int] = DocumentCache(documents=3, size=100)
    for number in range(10):
        cache.keep(f"{number}" * 20, number)
        assert cache.get("0" * 20) == 0  # asked for just now, it stays
    assert len(cache) == 3
    cache.keep("x" * 90, 11)
    assert len(cache) == 1
