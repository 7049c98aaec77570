"""What operations cost before they are run."""

import re
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from graphql_schema.cost import OperationPrices
from graphql_schema.cost_weights import CONNECTION, LEAF, LIST, WEIGHTS, Weight
from graphql_schema.limits import MAX_COST
from graphql_schema.schema import make_schema
from tests.support.databases import REPOSITORY

SCHEMA = make_schema()._schema
WORDS = [
    *("cone", "box", "radius", "and", "or", "not", "names", "nameLike", "region"),
    *("raMin", "raMax", "decMin", "decMax"),
]


def cost_of(query: str, **variables: Any) -> int:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    name = operation.name.value if operation.name else None
    return OperationPrices(SCHEMA, document).points(name, variables)


def test_the_least_is_one_point() -> None:
    assert cost_of("{ __typename }") == 1


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ objects(first: 0) { edges { cursor } } }", 1),
        ("{ objects(first: 100) { edges { cursor } } }", 102),
        ("{ objects { edges { cursor } } }", 22),
        ("{ objects(first: 100) { nodes { name } edges { cursor } } }", 103),
        ("{ objects(first: 100) { nodes { lightCurve { columns { mjd } } } } }", 402),
        ("{ objects(first: 100) { nodes { lightCurve { detections { mjd } } } } }", 1201),
        ("{ objects(first: 100) { totalCount(cap: 100000) { value } } }", 202),
        ('{ objectsByName(names: ["a", "b", "c"]) { name } }', 4),
        ("{ coneSearch(ra: 1, dec: 2, radius: 1) { edges { separation } } }", 22),
        ("{ coneSearch(ra: 1, dec: 2, radius: 36000) { edges { separation } } }", 53),
        (
            "{ objects(where: {classified: true, or: [{stellar: true}, {stellar: false}]}) { nodes { id } } }",
            25,
        ),
        ('{ objects(where: {nameLike: "ZTF20*"}) { nodes { id } } }', 23),
        ('{ objects(where: {nameLike: "*aa"}) { nodes { id } } }', 43),
        ('{ objects(where: {not: {or: [{inCatalog: "a"}, {inCatalog: "b"}]}}) { nodes { id } } }', 224),
    ],
)
def test_rows_arguments_and_fields_add_up(query: str, cost: int) -> None:
    assert cost_of(query) == cost


def test_the_whole_sky_costs_what_its_area_says() -> None:
    box = "box: {raMin: 0, raMax: 360, decMin: -90, decMax: 90}"
    cone = "cone: {ra: 0, dec: 0, radius: 648000}"
    query = "{ detections(region: {%s}, afterMjd: 0, beforeMjd: 1, first: 0) { edges { cursor } } }"
    assert cost_of(query % box) == cost_of(query % cone) == pytest.approx(4127, abs=1)
    half = "box: {raMin: 270, raMax: 90, decMin: -90, decMax: 90}"
    assert cost_of(query % half) == pytest.approx(2064, abs=1)


def test_variables_and_their_defaults_count_like_literals() -> None:
    query = "query Q($first: Int = 7, $where: ObjectFilter) { objects(first: $first, where: $where) { ...page } }"
    query += "fragment page on ObjectConnection { nodes { name } }"
    literal = "{ objects(first: %d) { nodes { name } } }"
    assert cost_of(query) == cost_of(literal % 7)
    assert cost_of(query, first=300) == cost_of(literal % 300)
    assert cost_of(query, first=0, where={"names": ["a"] * 90}) == 12


@given(
    st.integers(0, 600),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
        max_leaves=8,
    ),
)
def test_any_variables_have_a_cost(first: int, value: Any) -> None:
    """Those that do not fit are refused later, in better words."""
    query = """query Q(
      $first: Int, $where: ObjectFilter, $region: RegionInput!, $radius: Float!, $names: [String!]!
    ) {
      objects(first: $first, where: $where) { totalCount { value } nodes { name } }
      detections(region: $region, afterMjd: 0, beforeMjd: 1) { edges { cursor } }
      coneSearch(radius: $radius, where: $where) { edges { cursor } }
      objectsByName(names: $names) { name }
    }"""
    assert cost_of(query, first=value, where=value, region=value, radius=value, names=value) >= 1
    assert cost_of(query, first=first, where=value) >= cost_of(query, first=0, where=value) + first


def test_fragments_cost_what_they_hold_wherever_they_are_spread() -> None:
    spread = """{ objects(first: 10) { ...page } } fragment page on ObjectConnection { nodes { ...curve } }
    fragment curve on Object { lightCurve { columns { mjd } } }"""
    inline = "{ objects(first: 10) { nodes { ... on Object { ... { lightCurve { columns { mjd } } } } } } }"
    assert cost_of(spread) == cost_of(inline)


def test_fragments_within_fragments_take_no_time() -> None:
    """Written out, these are 2^40 fields; the shape of a document is what refuses them."""
    doubled = "".join(f"fragment f{i} on Query {{ a: __typename ...f{i + 1} ...f{i + 1} }}" for i in range(40))
    document = parse(f"{{ ...f0 }} {doubled} fragment f40 on Query {{ objects {{ nodes {{ name }} }} }}")
    assert OperationPrices(SCHEMA, document).points(None, {}) > MAX_COST


def test_all_of_introspection_is_affordable_and_not_often() -> None:
    cost = cost_of(get_introspection_query(input_value_deprecation=True))
    assert MAX_COST / 16 < cost < MAX_COST / 8


def test_the_page_of_limits_has_every_weight() -> None:
    page = (REPOSITORY / "docs" / "limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| ([\d.]+) \| ([\d.]+) \| ([^|]*) \|$", page, re.MULTILINE)
    written = {name: (float(base), float(each), rows) for name, base, each, rows in rows}
    assert written == {name: _told(weight) for name, weight in WEIGHTS.items()}
    for weight, words in ((LIST, "any other list"), (CONNECTION, "any other connection"), (LEAF, "any other leaf")):
        assert f"| {words} | {weight.base:g} | {weight.each:g} |" in page


def _told(weight: Weight) -> tuple[float, float, str]:
    rows = f"{weight.size:g}"
    if weight.size_argument in {"first"}:
        rows = f"`first`, else {weight.size:g}"
    elif weight.size_argument:
        rows = f"as many as `{weight.size_argument}`"
    return weight.base, weight.each, rows + (f" × `{weight.times_argument}`" if weight.times_argument else "")


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_of_fields_that_there_are_or_are_to_come(name: str) -> None:
    """`shared/schema.graphql` has fields that are not there yet; a name that is in neither is a slip."""
    type_name, _, field = name.partition(".")
    fields: Any = getattr(SCHEMA.type_map.get(type_name), "fields", {})
    contract = REPOSITORY.parent / "shared" / "schema.graphql"
    is_to_come = contract.exists() and field in contract.read_text(encoding="utf-8")
    assert field in fields or field.startswith("__") or is_to_come or not contract.exists()
