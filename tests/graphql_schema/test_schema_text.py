"""The schema as a text: committed, described, and true to the contract with clients."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    BreakingChangeType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from graphql_schema.export import SCHEMA_FILE, schema_text
from tests.conftest import SHARED

CONTRACT = SHARED / "schema.graphql"

NOT_YET = {
    BreakingChangeType.TYPE_REMOVED,
    BreakingChangeType.FIELD_REMOVED,
    BreakingChangeType.ARG_REMOVED,
    BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
}
"""What the contract has and we have not built."""
ADDED = {"ObjectOrderField": {"SKYMAP_PROBABILITY"}}
"""What we have built beyond it: the contract asks for objects ranked by a sky map, and names no key to sort by."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(schema_text())


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    if not CONTRACT.is_file():
        pytest.skip("no ../shared/schema.graphql beside the repository")
    return build_schema(CONTRACT.read_text())


def test_committed_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), "run `make schema`"


def test_everything_has_a_description(schema: GraphQLSchema) -> None:
    described = list(descriptions(schema))
    assert len(described) > 200
    assert [name for name, text in described if not (text or "").strip()] == []


def test_descriptions_begin_and_end_like_sentences(schema: GraphQLSchema) -> None:
    unfinished = [name for name, text in descriptions(schema) if text and text.strip()[-1] not in ".?!)"]
    assert unfinished == []


def test_every_number_has_its_unit_or_its_limits(schema: GraphQLSchema) -> None:
    without = [name for name, text in numbers(schema) if not UNIT.search(text or "")]
    assert without == []


UNIT = re.compile(
    r"\bmag\b|\(AB\)|arcsec|degrees?\b|\bdays?\b|MJD|nJy|\b[sm]\b|Airmass|`unit`|unit"
    r"|0 to 1\b|0 \(bogus\) to 1|between 0 and 1|at most 1\b|Fraction|per square degree"
)


def numbers(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every field and argument that is a number with a fraction, or limits of one, with its description."""
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            continue
        if is_introspection_type(kind) or kind.name == "FloatRange":  # which has the unit of what it limits
            continue
        for name, field in kind.fields.items():
            arguments = field.args if isinstance(field, GraphQLField) else {}
            for told, wanted in ((f"{kind.name}.{name}", field), *arguments.items()):
                if get_named_type(wanted.type).name in {"Float", "FloatArray", "FloatRange"}:
                    yield told, wanted.description


def descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument and input field of ours, with its description."""
    for kind in schema.type_map.values():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield kind.name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                if isinstance(field, GraphQLField):
                    for argument, wanted in field.args.items():
                        yield f"{kind.name}.{name}({argument})", wanted.description


def test_what_we_have_of_the_contract_is_as_the_contract_says(
    schema: GraphQLSchema, contract: GraphQLSchema
) -> None:
    changes = [change for change in find_breaking_changes(contract, schema) if change.type not in NOT_YET]
    assert [change.description for change in changes] == []


def test_fields_and_arguments_have_the_types_of_the_contract(
    schema: GraphQLSchema, contract: GraphQLSchema
) -> None:
    """Exactly, where a client may also rely on a looser promise than the one that breaks nothing."""
    theirs, ours = dict(signatures(contract)), dict(signatures(schema))
    common = theirs.keys() & ours.keys()
    assert {name: ours[name] for name in common} == {name: theirs[name] for name in common}
    assert len(common) > 150


def signatures(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The type of every field and argument."""
    for kind in schema.type_map.values():
        if is_introspection_type(kind):
            continue
        yield kind.name, type(kind).__name__
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", str(field.type)
                if isinstance(field, GraphQLField):
                    for argument, wanted in field.args.items():
                        yield f"{kind.name}.{name}({argument})", str(wanted.type)
                elif isinstance(field, GraphQLInputField):
                    yield f"{kind.name}.{name}=", str(field.default_value)


def test_enumerations_are_those_of_the_contract_as_far_as_built(
    schema: GraphQLSchema, contract: GraphQLSchema
) -> None:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType) and name in contract.type_map and not name.startswith("__"):
            theirs = contract.type_map[name]
            assert isinstance(theirs, GraphQLEnumType)
            assert set(kind.values) - ADDED.get(name, set()) <= set(theirs.values), name
