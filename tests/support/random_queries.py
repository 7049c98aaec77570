"""Questions made up at random from the schema: aliases, fragments, directives, arguments, whatever is allowed."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)
from hypothesis import strategies as st

DEEPEST = 5
FIELDS_AT_MOST = 6
DIRECTIVES = ("", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)", " @skip(if: true)")
HEAD = "query($yes: Boolean! = true, $no: Boolean! = false) "

Arguments = Mapping[str, Sequence[str]]
"""Values to choose from for an argument, by its name."""


def random_queries(schema: GraphQLSchema, roots: Sequence[str], arguments: Arguments) -> st.SearchStrategy[str]:
    """Queries that begin with one of `roots` (a field of Query with its arguments); arguments of other fields are
    given where they are known."""

    @st.composite
    def query(draw: st.DrawFn) -> str:
        root = draw(st.sampled_from(roots))
        assert schema.query_type is not None
        field = schema.query_type.fields[root.partition("(")[0].strip()]
        writer = _Writer(draw, schema, arguments)
        text = writer.selection(get_named_type(field.type), 1)
        return "\n".join([f"{HEAD}{{ {root} {text} }}", *writer.fragments])

    return query()


class _Writer:
    def __init__(self, draw: st.DrawFn, schema: GraphQLSchema, arguments: Arguments) -> None:
        self._draw = draw
        self._schema = schema
        self._arguments = arguments
        self._numbers = count()
        self.fragments: list[str] = []

    def selection(self, parent: GraphQLNamedType, depth: int) -> str:
        """Some fields of a type in braces; nothing for a leaf."""
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        return f"{{ {self._some_fields(parent, depth)} }}"

    def _some_fields(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        fields = [
            name
            for name, field in parent.fields.items()
            if self._can_be_asked(field) and (depth < DEEPEST or not _is_composite(get_named_type(field.type)))
        ]
        wanted = self._draw(st.lists(st.sampled_from([*fields, "__typename"]), min_size=1, max_size=FIELDS_AT_MOST))
        return " ".join(self._field(parent, name, depth) for name in wanted)

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int) -> str:
        # Another alias each time: two fields of one name must not have different arguments.
        text = f"a{next(self._numbers)}: {name}"
        if name != "__typename":
            field = parent.fields[name]
            text += self._given(field)
            text += self._draw(st.sampled_from(DIRECTIVES))
            text += " " + self.selection(get_named_type(field.type), depth + 1)
        return self._draw(st.sampled_from([_as_it_is, _as_it_is, self._inline, self._named]))(parent, text)

    def _given(self, field: GraphQLField) -> str:
        chosen = [
            f"{name}: {self._draw(st.sampled_from(self._arguments[name]))}"
            for name, argument in field.args.items()
            if is_required_argument(argument) or (name in self._arguments and self._draw(st.booleans()))
        ]
        return f"({', '.join(chosen)})" if chosen else ""

    def _can_be_asked(self, field: GraphQLField) -> bool:
        return all(
            name in self._arguments for name, argument in field.args.items() if is_required_argument(argument)
        )

    def _inline(self, parent: GraphQLNamedType, text: str) -> str:
        directive = self._draw(st.sampled_from(DIRECTIVES))
        return f"... on {parent.name}{directive} {{ {text} }}"

    def _named(self, parent: GraphQLNamedType, text: str) -> str:
        name = f"f{next(self._numbers)}"
        self.fragments.append(f"fragment {name} on {parent.name} {{ {text} }}")
        return f"...{name}{self._draw(st.sampled_from(DIRECTIVES))}"


Wrap = Callable[[GraphQLNamedType, str], str]


def _as_it_is(parent: GraphQLNamedType, text: str) -> str:
    del parent
    return text


def _is_composite(named: GraphQLNamedType) -> bool:
    return isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
