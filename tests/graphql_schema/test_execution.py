"""The quick execution answers, to the last letter, as the ordinary one does."""

from enum import Enum
from math import inf, nan
from typing import Any, NamedTuple

import orjson
import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as OrdinaryExecution
from strawberry.types import ExecutionResult

from graphql_schema.execution import LeafExecutor
from graphql_schema.leaf_rows import Leaves
from graphql_schema.schema import make_schema
from tests.support.random_queries import random_queries
from tests.support.sample_night import StoredNight

QUICK, ORDINARY = make_schema(), make_schema(OrdinaryExecution)

ROOTS = (
    "objects(first: 7)",
    "objects(first: 3, orderBy: [{field: NAME, direction: ASC}])",
    "coneSearch(ra: 0, dec: 30, radius: 36000, first: 4)",
    "detections(region: {box: {raMin: 0, raMax: 360, decMin: -90, decMax: 90}}, "
    "afterMjd: 0, beforeMjd: 100000, first: 20)",
    "classifiers",
    "surveys",
    "nights(first: 3)",
)
ARGUMENTS = {
    "bands": ("[g]", "[r, g]", "[]", "null"),
    "afterMjd": ("61349", "null", "0"),
    "beforeMjd": ("61349", "null"),
    "order": ("0", "29", "77", "null"),
    "radius": ("600", "3", "-1"),
    "candid": ('"1"', "null"),
    "kind": ("SCIENCE", "DIFFERENCE"),
    "names": ('["nothing"]', "null"),
    "classifier": ('"size"', "null"),
    "cap": ("5", "-1", "null"),
    "first": ("0", "3", "-3"),
}
QUESTION_WITH_VARIABLES = """query(
  $name: String!, $survey: Survey = ZTF, $order: Int = 5, $bands: [Band!], $after: Float, $candid: ID,
  $kind: StampKind! = SCIENCE
) {
  object(name: $name, survey: $survey) {
    name healpix(order: $order) default: healpix
    lightCurve(bands: $bands, afterMjd: $after) {
      detections { id candid time band magnitude } columns { candid band apparentMagnitude }
      nonDetections { mjd time }
    }
    late: lightCurve(afterMjd: $after, beforeMjd: 1e6) { columns { mjd } download(format: CSV) }
    stamps(candid: $candid) { mjd stamp(kind: $kind) { kind pngUrl } }
  }
}"""


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    query=random_queries(QUICK._schema, ROOTS, ARGUMENTS),
    conditions=st.fixed_dictionaries({}, optional={"yes": st.booleans(), "no": st.booleans()}),
)
def test_any_question_about_real_rows(
    classified_night: StoredNight, query: str, conditions: dict[str, bool]
) -> None:
    # A document that is asked for again is run by its plan.
    for variables in ({}, conditions):
        require_same_answers(classified_night, query, **variables)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"order": 0, "bands": ["g"], "survey": "ZTF", "candid": "1", "kind": "TEMPLATE", "after": 61349.5},
        {"order": None, "bands": None, "survey": None, "candid": None, "after": 0},
        {"order": 77, "bands": [], "kind": "DIFFERENCE", "after": -1e300},
        {"order": "5"},
        {"order": 2**40},
        {"survey": "SDSS"},
        {"survey": 3},
        {"bands": ["g", "?"]},
        {"kind": None},
        {"candid": 12, "after": 61349},
        {"name": None},
        {"name": "nothing"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_variables_of_all_kinds(classified_night: StoredNight, given: dict[str, Any]) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    for variables in ({"name": row["name"]}, {"name": row["name"], **given}):
        require_same_answers(classified_night, QUESTION_WITH_VARIABLES, **variables)


def test_one_document_of_several_operations(classified_night: StoredNight) -> None:
    query = "query A($n: Boolean!) { classifiers { name @skip(if: $n) version } } query B { surveys { survey } }"
    schemas = [make_schema(), make_schema(OrdinaryExecution)]
    for name, n in [("A", True), ("B", None), ("A", False), ("A", True), (None, None)]:
        answers = [
            written(classified_night.endpoint.with_schema(schema).execute_named(query, name, n=n))
            for schema in schemas
        ]
        assert answers[0] == answers[1]


def require_same_answers(night: StoredNight, query: str, **variables: Any) -> None:
    quick, ordinary = (
        night.endpoint.with_schema(schema).execute(query, **variables) for schema in (QUICK, ORDINARY)
    )
    assert written(quick) == written(ordinary)


def written(result: ExecutionResult) -> bytes:
    """The whole answer; the order of keys and of errors counts."""
    errors = [error.formatted for error in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors})


@strawberry.enum
class Colour(Enum):
    BLUE = "b"
    RED = "r"


class Row(NamedTuple):
    number: Any
    maybe: Any
    whole: Any
    text: Any
    flag: Any
    colour: Any
    mark: Any


@strawberry.type
class Point:
    number: float
    maybe: float | None
    whole: int
    text: str | None
    flag: bool | None
    colour: Colour | None
    mark: strawberry.ID | None

    @classmethod
    def from_row(cls, row: Row) -> "Point":
        return cls(**row._asdict())

    @strawberry.field
    def double(self) -> float:
        return 2 * self.number


@strawberry.type
class Box:
    points: list[Point]
    maybe_points: list[Point | None]
    numbers: list[float]
    maybe_numbers: list[float | None]
    colours: list[Colour]
    names: list[str] | None


@strawberry.type
class Query:
    box: Box | None


POINTS = Leaves(Row, Point.from_row)
ODD_SCHEMAS = [
    strawberry.Schema(Query, execution_context_class=execution) for execution in (LeafExecutor, OrdinaryExecution)
]
FIELDS = "number other: maybe whole text flag colour mark __typename"
ODD_QUESTIONS = (
    f"{{ box {{ points {{ {FIELDS} }} }} }}",
    f"{{ box {{ maybePoints {{ {FIELDS} }} numbers maybeNumbers colours names }} }}",
    "{ box { points { double number } } }",
    "{ box { points { number @skip(if: true) kind: __typename } names } }",
    "{ box { points { number @skip(if: true) } } }",
)

odd = st.sampled_from(
    [None, nan, inf, -0.0, 1.5, 1e308, 1e308, 7, 2**31, True, "text", "2.5", Colour.RED, "b", "x"]
)
usual = st.builds(
    Row,
    number=st.floats(-9, 9),
    maybe=st.none() | st.floats(-9, 9),
    whole=st.integers(-9, 9),
    text=st.none() | st.text(max_size=3),
    flag=st.none() | st.booleans(),
    colour=st.none() | st.sampled_from(Colour),
    mark=st.none() | st.text(max_size=2),
)
rows_of_all_kinds = st.lists(usual | st.builds(Row, *[odd] * 7), max_size=4)


@settings(max_examples=150, deadline=None)
@given(rows=rows_of_all_kinds, values=st.lists(odd, max_size=4), query=st.sampled_from(ODD_QUESTIONS))
def test_values_that_cannot_be_answered(rows: list[Row], values: list[Any], query: str) -> None:
    answers = []
    for schema in ODD_SCHEMAS:
        box = Box(
            points=POINTS.of(rows),  # type: ignore[arg-type]
            maybe_points=[None, *map(Point.from_row, rows)],
            numbers=values,
            maybe_numbers=values,
            colours=values,
            names=values,
        )
        answers.append(written(schema.execute_sync(query, root_value=Query(box=box))))
    assert answers[0] == answers[1]
