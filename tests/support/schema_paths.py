"""The ways to every field of the schema, from the questions that give lists."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

Arguments = Mapping[str, str]
"""What to give for arguments that must be given, by their names."""


class Step(NamedTuple):
    """A field on the way, as it is asked for."""

    name: str
    text: str
    has_fields: bool


class Way(NamedTuple):
    """From a field of Query to another field."""

    steps: Sequence[Step]

    @property
    def name(self) -> str:
        return ".".join(step.name for step in self.steps)

    @property
    def selection(self) -> str:
        """What to ask for."""
        text = " { __typename }" if self.steps[-1].has_fields else ""
        for step in reversed(self.steps):
            text = f"{step.text}{text}"
            text = f" {{ {text} }}"
        return text

    def to(self, name: str, field: GraphQLField, arguments: Arguments) -> "Way":
        """One field further. Raises KeyError for an argument that nobody says what to give for."""
        given = [
            f"{key}: {arguments[key]}" for key, argument in field.args.items() if is_required_argument(argument)
        ]
        text = f"{name}({', '.join(given)})" if given else name
        return Way([*self.steps, Step(name, text, _has_fields(field))])


def ways(schema: GraphQLSchema, roots: Mapping[str, str], arguments: Arguments) -> Iterator[Way]:
    """The shortest way to each field that a resolver answers, of every type that the roots lead to.

    `roots` are fields of Query, with how each is asked for.
    """
    assert schema.query_type is not None
    seen: set[str] = set()
    waiting: deque[tuple[Way, GraphQLObjectType | GraphQLInterfaceType]] = deque()
    for name, text in roots.items():
        field = schema.query_type.fields[name]
        way = Way([Step(name, text, _has_fields(field))])
        yield way
        waiting.append((way, get_named_type(field.type)))
    while waiting:
        way, parent = waiting.popleft()
        if parent.name in seen:
            continue
        seen.add(parent.name)
        for name, field in parent.fields.items():
            further = way.to(name, field, arguments)
            if _has_fields(field):
                waiting.append((further, get_named_type(field.type)))
            if not getattr(field.resolve, "_is_default", False):
                yield further


def _has_fields(field: GraphQLField) -> bool:
    return isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType)
