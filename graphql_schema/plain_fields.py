"""Fields that only hand out an attribute which is a leaf: what execution need not resolve one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from types import NoneType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

FIELDS_REMEMBERED = 4096
INT_LIMIT = 2**31


class Unusual(Exception):
    """A value that the ordinary execution must look at: it knows the words for what is wrong with it."""


Convert = Callable[[Sequence[Any]], Sequence[Any]]
"""Values, none of them null, as they are answered. Raises anything for one that cannot be."""


@dataclass(frozen=True, slots=True)
class PlainField:
    """A field whose value is an attribute of the object, of a scalar or enumeration."""

    name: str
    """In Python."""
    is_required: bool
    get: Callable[[Any], Any]
    convert_one: Callable[[Any], Any]
    convert_all: Convert

    def value_of(self, source: Any) -> Any:
        """The answer for one object. Raises Unusual, or whatever the value's type raises."""
        value = self.get(source)
        if value is None:
            if self.is_required:
                raise Unusual
            return None
        converted = self.convert_one(value)
        if converted is None or converted is Undefined:
            raise Unusual
        return converted

    def values_of(self, values: Sequence[Any]) -> Sequence[Any]:
        """The answers for many, nulls among them. Raises Unusual, or whatever the values' type raises."""
        kinds = set(map(type, values))
        if NoneType not in kinds:
            return self.convert_all(values) if values else values
        if self.is_required:
            raise Unusual
        present = [value for value in values if value is not None]
        converted = iter(self.convert_all(present))
        return [None if value is None else next(converted) for value in values]


@lru_cache(maxsize=FIELDS_REMEMBERED)
def plain_field(parent: GraphQLObjectType, name: str) -> PlainField | None:
    """The field of a type, if it is a plain one."""
    field = parent.fields.get(name)
    if field is None or field.args or not getattr(field.resolve, "_is_default", False):
        return None
    leaf, is_required = leaf_of(field.type)
    python_name = _python_name(field)
    if leaf is None or python_name is None:
        return None
    return PlainField(
        python_name, is_required, attrgetter(python_name), leaf.coerce_output_value, converter_of(leaf)
    )


def leaf_of(declared: GraphQLOutputType) -> tuple[GraphQLLeafType | None, bool]:
    """The scalar or enumeration that a type is, if it is one, and whether it can not be null."""
    is_required = isinstance(declared, GraphQLNonNull)
    inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    return (inner if is_leaf_type(inner) else None), is_required


def _python_name(field: GraphQLField) -> str | None:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return getattr(definition, "python_name", None)


@lru_cache(maxsize=FIELDS_REMEMBERED)
def converter_of(leaf: GraphQLLeafType) -> Convert:
    """How values of a scalar or enumeration are answered."""
    if isinstance(leaf, GraphQLEnumType):
        return _by_name(leaf)
    return _CONVERTERS.get(leaf.name) or _each(leaf.coerce_output_value)


def _each(coerce: Callable[[Any], Any]) -> Convert:
    def convert(values: Sequence[Any]) -> Sequence[Any]:
        converted = list(map(coerce, values))
        if any(value is None or value is Undefined for value in converted):
            raise Unusual
        return converted

    return convert


def _by_name(enumeration: GraphQLEnumType) -> Convert:
    names: dict[Any, str] = {value.value: name for name, value in enumeration.values.items()}
    for member in getattr(enumeration, "wrapped_cls", ()):
        names[member] = names[member.value]

    def convert(values: Sequence[Any]) -> Sequence[Any]:
        return [names[value] for value in values]

    return convert


def _floats(values: Sequence[Any]) -> Sequence[Any]:
    # What is not finite shows in the sum. So may large numbers: then each of them is looked at.
    if set(map(type, values)) != {float} or not isfinite(sum(values)):
        raise Unusual
    return values


def _integers(values: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, values)) != {int} or not -INT_LIMIT <= min(values) <= max(values) < INT_LIMIT:
        raise Unusual
    return values


def _texts(values: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, values)) != {str}:
        raise Unusual
    return values


def _booleans(values: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, values)) != {bool}:
        raise Unusual
    return values


_CONVERTERS: Mapping[str, Convert] = {
    "Float": _floats,
    "Int": _integers,
    "String": _texts,
    "ID": _texts,
    "Boolean": _booleans,
}
