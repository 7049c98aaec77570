"""How large a document may be."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from graphql_schema.document_shape import check_shape, check_variables
from graphql_schema.errors import LimitExceeded
from graphql_schema.limits import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_FIELDS,
    MAX_FRAGMENTS,
    MAX_INPUT_DEPTH,
    MAX_INTROSPECTION_DEPTH,
    MAX_OPERATIONS,
    MAX_REPETITIONS,
    MAX_SAME_FIELD,
)


def nested(levels: int, field: str = "a") -> str:
    return f"{{ {field} " * levels + "}" * levels


def aliased(number: int, field: str = "b") -> str:
    return "{ " + " ".join(f"a{i}: {field}" for i in range(number)) + " }"


def filters(levels: int) -> str:
    return "{ a(where: " + "{not: " * levels + "1" + "}" * levels + ") }"


CASES: dict[str, Callable[[int], str]] = {
    "depth": lambda n: nested(MAX_DEPTH + n),
    "introspection": lambda n: "{ __schema " + nested(MAX_INTROSPECTION_DEPTH + n) + " }",
    "fields": lambda n: "{ " + " ".join(f"a{i}" for i in range(MAX_FIELDS + n)) + " }",
    "fields of a name": lambda n: "{ a " + "... { a } " * (MAX_REPETITIONS + n - 1) + "}",
    "fields of a name, deep": lambda n: "{ " + "b { a { c } } " * (MAX_REPETITIONS + n) + "}",
    "aliases": lambda n: aliased(MAX_ALIASES + n),
    "same field": lambda n: aliased(MAX_SAME_FIELD + n, "b { c }"),
    "directives": lambda n: "{ a " + "@include(if: true) " * (MAX_DIRECTIVES + n) + "}",
    "directives of an operation": lambda n: "query " + "@a " * (MAX_DIRECTIVES + n) + "{ a }",
    "directives of a variable": lambda n: "query($a: Int " + "@a " * (MAX_DIRECTIVES + n) + ") { a }",
    "directives of a fragment": lambda n: "{ a } fragment f on A " + "@a " * (MAX_DIRECTIVES + n) + "{ a }",
    "fragments": lambda n: "{ a }" + "".join(f"fragment f{i} on A {{ a }}" for i in range(MAX_FRAGMENTS + n)),
    "operations": lambda n: "".join(f"query q{i} {{ a }}" for i in range(MAX_OPERATIONS + n)),
    "argument": lambda n: filters(MAX_INPUT_DEPTH + n),
    "list in an argument": lambda n: "{ a(b: " + "[" * (MAX_INPUT_DEPTH + n) + "]" * (MAX_INPUT_DEPTH + n) + ") }",
    "default": lambda n: f"query($a: Int = {'[' * (MAX_INPUT_DEPTH + n)}{']' * (MAX_INPUT_DEPTH + n)}) {{ a }}",
}


@pytest.mark.parametrize("case", CASES)
def test_a_document_may_be_as_large_as_its_limits_and_no_larger(case: str) -> None:
    document = CASES[case]
    check_shape(parse(document(0)))
    with pytest.raises(LimitExceeded, match="at most"):
        check_shape(parse(document(1)))


def test_fragments_are_measured_where_they_are_spread() -> None:
    deep = f"fragment f on A {nested(MAX_DEPTH)}"
    check_shape(parse("{ ...f } " + deep))
    with pytest.raises(LimitExceeded, match="levels"):
        check_shape(parse("{ a { ...f } } " + deep))


def test_fragments_that_double_each_other_are_measured_at_once() -> None:
    doubled = "".join(f"fragment f{i} on A {{ ...f{i + 1} ...f{i + 1} }}" for i in range(MAX_FRAGMENTS - 1))
    with pytest.raises(LimitExceeded, match="fields"):
        check_shape(parse(f"{{ ...f0 }} {doubled} fragment f{MAX_FRAGMENTS - 1} on A {{ a }}"))


def test_fragments_in_a_circle_are_left_to_validation() -> None:
    check_shape(parse("{ ...a } fragment a on A { ...b } fragment b on A { ...a } fragment c on A { ...missing }"))


def test_introspection_of_tools_fits() -> None:
    check_shape(parse(get_introspection_query(descriptions=True, input_value_deprecation=True, type_depth=9)))


def test_variables_may_not_be_nested_deeply() -> None:
    def value(levels: int) -> Any:
        return 1 if levels == 0 else {"not": value(levels - 1)}

    check_variables({"where": value(MAX_INPUT_DEPTH)})
    with pytest.raises(LimitExceeded, match="variable"):
        check_variables({"where": value(MAX_INPUT_DEPTH + 1)})
    check_variables(None)
