"""Fields that only hand out an attribute which is a leaf: what execution need not resolve one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from types import NoneType
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
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


Kinds = set[type]
Convert = Callable[[Sequence[Any], Kinds], Sequence[Any]]
"""Values of some types as they are answered. Nulls, whose type is not among these, stay nulls. Raises anything for
a value that cannot be answered."""


@dataclass(frozen=True, slots=True)
class PlainField:
    """A field whose value is an attribute of the object: a scalar, a name of an enumeration, or a list of these."""

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
        if NoneType in kinds:
            if self.is_required:
                raise Unusual
            kinds.discard(NoneType)
        return self.convert_all(values, kinds) if kinds else values


@lru_cache(maxsize=FIELDS_REMEMBERED)
def plain_field(parent: GraphQLObjectType, name: str) -> PlainField | None:
    """The field of a type, if it is a plain one."""
    field = parent.fields.get(name)
    if field is None or field.args or not getattr(field.resolve, "_is_default", False):
        return None
    found = _converters(field.type)
    if found is None:
        return None
    attribute = python_name(field)
    return PlainField(
        attribute, isinstance(field.type, GraphQLNonNull), attrgetter(attribute), found.of_one, found.of_all
    )


class _Converters(NamedTuple):
    of_one: Callable[[Any], Any]
    of_all: Convert


def _converters(declared: GraphQLOutputType) -> _Converters | None:
    """How values of a type are answered; None for types that are neither leaves nor lists of leaves."""
    leaf, _ = leaf_of(declared)
    if leaf is not None:
        return _Converters(leaf.coerce_output_value, converter_of(leaf))
    inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    leaf = leaf_of(inner.of_type)[0] if isinstance(inner, GraphQLList) else None
    if leaf is None:
        return None
    of_list = _list_of(converter_of(leaf))
    return _Converters(of_list, lambda lists, _: [None if one is None else of_list(one) for one in lists])


def _list_of(convert: Convert) -> Callable[[Any], Any]:
    def of_list(values: Any) -> Any:
        if not isinstance(values, list):
            raise Unusual
        return leaves_of(values, convert)

    return of_list


def leaves_of(values: Sequence[Any], convert: Convert) -> list[Any]:
    """A list of leaves as it is answered. Raises Unusual when one is null, or whatever a bad value raises."""
    kinds = set(map(type, values))
    if NoneType in kinds:
        raise Unusual
    return list(convert(values, kinds)) if values else []


def leaf_of(declared: GraphQLOutputType) -> tuple[GraphQLLeafType | None, bool]:
    """The scalar or enumeration that a type is, if it is one, and whether it can not be null."""
    is_required = isinstance(declared, GraphQLNonNull)
    inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    return (inner if is_leaf_type(inner) else None), is_required


def python_name(declared: GraphQLField | GraphQLArgument) -> str:
    """What a field or an argument of our schema is called in Python."""
    name: str = declared.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
    return name


@lru_cache(maxsize=FIELDS_REMEMBERED)
def converter_of(leaf: GraphQLLeafType) -> Convert:
    """How values of a scalar or enumeration are answered."""
    if isinstance(leaf, GraphQLEnumType):
        return _by_name(leaf)
    return _CONVERTERS.get(leaf.name) or _each(leaf.coerce_output_value)


def _each(coerce: Callable[[Any], Any]) -> Convert:
    def one(value: Any) -> Any:
        converted = coerce(value)
        if converted is None or converted is Undefined:
            raise Unusual
        return converted

    def convert(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        del kinds
        return [None if value is None else one(value) for value in values]

    return convert


def _by_name(enumeration: GraphQLEnumType) -> Convert:
    names: dict[Any, str | None] = {value.value: name for name, value in enumeration.values.items()}
    for member in getattr(enumeration, "wrapped_cls", ()):
        names[member] = names[member.value]
    names[None] = None
    are_values = {name for value, name in names.items() if name == value} | {None}

    def convert(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        if kinds == {str} and are_values.issuperset(values):
            return values
        return [names[value] for value in values]

    return convert


def _floats(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
    # What is not finite shows in the sum. So may large numbers: then each of them is looked at.
    if kinds != {float} or not isfinite(sum(filter(None, values))):
        raise Unusual
    return values


def _integers(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
    if kinds != {int}:
        raise Unusual
    present = [value for value in values if value is not None]
    if not -INT_LIMIT <= min(present) <= max(present) < INT_LIMIT:
        raise Unusual
    return values


def _texts(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
    if kinds != {str}:
        raise Unusual
    return values


def _booleans(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
    if kinds != {bool}:
        raise Unusual
    return values


_CONVERTERS: Mapping[str, Convert] = {
    "Float": _floats,
    "Int": _integers,
    "String": _texts,
    "ID": _texts,
    "Boolean": _booleans,
}
