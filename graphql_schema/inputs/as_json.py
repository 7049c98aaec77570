"""Inputs as a client would have written them, to be sent again."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from strawberry.types.base import get_object_definition
from strawberry.types.maybe import Some
from strawberry.utils.str_converters import to_camel_case


def as_json(value: object) -> Any:
    """An input, or a part of one, as JSON; what is null is left out of objects."""
    match value:
        case Some():
            return as_json(value.value)
        case Enum():
            return value.name
        case list() | tuple():
            return [as_json(item) for item in value]
        case _ if get_object_definition(value) is not None:
            return dict(_fields(value))
        case _:
            return value


def _fields(value: object) -> Iterator[tuple[str, Any]]:
    definition = get_object_definition(value, strict=True)
    for field in definition.fields:
        given = getattr(value, field.python_name)
        if given is not None:
            yield field.graphql_name or to_camel_case(field.python_name), as_json(given)
