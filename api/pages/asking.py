"""Asking the endpoint from inside: a page's own document, through the same schema, loaders and limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from strawberry.schema import BaseSchema

from api.operation_name import operation_name
from domain.errors import ArrayanError
from graphql_schema.context import Context
from graphql_schema.errors import ErrorCode
from storage.packet_archive import PacketArchive
from storage.reader import Reader


class NotAnswered(ArrayanError):
    """The endpoint refused a page's question or failed; the message is the endpoint's own."""

    def __init__(self, message: str, code: ErrorCode) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Question:
    """A document with its variables, as anybody could ask it."""

    document: str
    variables: Mapping[str, Any]

    @classmethod
    def of(cls, page: str, /, **variables: Any) -> "Question":
        """The document of a page. Variables without a value are left out."""
        given = {key: value for key, value in variables.items() if value is not None}
        return cls(document_text(page), given)

    @property
    def operation(self) -> str:
        return operation_name(self.document)


@cache
def document_text(name: str) -> str:
    """The text of `documents/<name>.graphql`."""
    return (files("api.pages") / "documents" / f"{name}.graphql").read_text(encoding="utf-8")


class Asker:
    """Answers questions as the endpoint would, without the way over HTTP."""

    def __init__(self, schema: BaseSchema, reader: Reader, archive: PacketArchive) -> None:
        self._schema = schema
        self._reader = reader
        self._archive = archive

    async def ask(self, question: Question) -> dict[str, Any]:
        """The data of an answer. Raises NotAnswered with the first error when there is any."""
        result = await self._schema.execute(
            question.document,
            variable_values=dict(question.variables),
            context_value=Context.for_request(self._reader, self._archive),
        )
        if result.errors:
            first = result.errors[0]
            code = (first.extensions or {}).get("code", ErrorCode.INTERNAL_SERVER_ERROR)
            raise NotAnswered(first.message, ErrorCode(code))
        assert result.data is not None
        return result.data
