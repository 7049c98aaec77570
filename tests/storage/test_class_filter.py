"""Filters and orders by what classifiers say, compared with the same question asked in Python."""

import operator
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.classification import ClassifierKind, FeatureDefinition, Ranked, ranked
from domain.object_filter import (
    ClassFilter,
    Direction,
    FeatureFilter,
    ObjectFilter,
    ObjectOrder,
    OrderField,
    Range,
)
from domain.sky import Position, cone
from domain.sky_object import SkyObject
from domain.taxonomy import Taxonomy
from domain.vocabulary import UnknownName
from storage.classifications import LATEST_ROWS, latest_row
from storage.classifiers import NewClassifier, Registered, register
from storage.crossmatch import crossmatch
from storage.database import connect
from storage.features import store_features
from storage.objects import NothingToSortBy, cone_search, count_objects, list_objects, sorted_objects
from storage.reader import Reader
from tests.support.reading import ask
from tests.support.rule_classifiers import CHANGE, SIZE
from tests.support.scattered_objects import insert_objects, object_row

DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class Answer(NamedTuple):
    """The latest answer of a classifier for an object."""

    by: str
    version: str
    classes: list[Ranked]


class Sky(NamedTuple):
    """Objects and what is said of each."""

    url: str
    objects: list[SkyObject]
    answers: dict[int, list[Answer]]
    features: dict[int, dict[str, float]]

    def __repr__(self) -> str:
        return f"Sky({self.url})"


@pytest.fixture(scope="module")
def sky(module_database_url: str) -> Sky:
    chosen = random.Random(11)
    objects = [object_row(number, name=f"ZTF26aaaa{number:03d}", last_mjd=61000.0 + number) for number in range(90)]
    insert_objects(module_database_url, objects)
    answers: dict[int, list[Answer]] = {}
    features: dict[int, dict[str, float]] = {}
    with connect(module_database_url, role="test") as connection, connection.transaction():
        for name, version, taxonomy in (("trend", "1", CHANGE), ("trend", "2", CHANGE), ("size", "1", SIZE)):
            by = register(connection, NewClassifier(name, version, "", ClassifierKind.LIGHT_CURVE, taxonomy))
            rows = []
            for item in objects:
                if chosen.random() < 0.4 or any(known.by == name for known in answers.get(item.object_id, [])):
                    continue
                probabilities = some_probabilities(chosen, len(taxonomy.leaves))
                rows.append(latest_row(by, item.object_id, (1, 61000.0), datetime.now(UTC), probabilities))
                classes = ranked(dict(zip(taxonomy.leaves, probabilities, strict=True)))
                answers.setdefault(item.object_id, []).append(Answer(name, version, classes))
                if name == "trend":
                    features[item.object_id] = some_features(chosen)
            LATEST_ROWS.append(connection, rows)
            store_trend_features(connection, by, rows, features)
        # One that has not answered yet.
        rise = FeatureDefinition("rise", "mag", "")
        register(connection, NewClassifier("silent", "1", "", ClassifierKind.LIGHT_CURVE, CHANGE, features=[rise]))
    return Sky(module_database_url, objects, answers, features)


def some_probabilities(chosen: random.Random, count: int) -> list[float]:
    """Often with equal ones, in single precision."""
    weights = [chosen.choice([1, 1, 2, 3, 8, 20, chosen.random()]) for _ in range(count)]
    total = sum(weights)
    values: list[float] = np.array([weight / total for weight in weights], dtype=np.float32).tolist()
    return values


def some_features(chosen: random.Random) -> dict[str, float]:
    found = {"period": chosen.choice([0.5, 1.0, float("nan")]), "amplitude_g": chosen.choice([0.1, 0.2])}
    return {name: value for name, value in found.items() if chosen.random() < 0.8}


def store_trend_features(
    connection: psycopg.Connection, by: Registered, rows: list[Any], features: dict[int, dict[str, float]]
) -> None:
    if by.name == "trend":
        store_features(connection, by, {row[0]: features[row[0]] for row in rows})


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gte": operator.ge,
    "lte": operator.le,
    "gt": operator.gt,
    "lt": operator.lt,
}


def in_range(value: float, limits: Range) -> bool:
    asked = {name: bound for name, bound in limits._asdict().items() if bound is not None}
    return all(COMPARE[name](value, bound) for name, bound in asked.items())


def asked_for(sky: Sky, object_id: int, where: ClassFilter) -> list[float]:
    """Probabilities of an object's classes that are as asked."""
    return [
        one.probability
        for answer in sky.answers.get(object_id, [])
        if answer.by == where.classifier and where.version in (None, answer.version)
        for one in answer.classes
        if (where.classes is None or one.name in where.classes)
        and where.ranking in (None, one.ranking)
        and in_range(one.probability, where.probability)
    ]


BOUND = st.none() | st.sampled_from([0.0, 0.05, 0.2, 0.25, 1 / 3, 0.34, 0.4, 0.5, 0.51, 0.8, 1.0])


def class_filters(classifier: str, versions: list[str], taxonomy: Taxonomy) -> st.SearchStrategy[ClassFilter]:
    return st.builds(
        ClassFilter,
        classifier=st.just(classifier),
        version=st.none() | st.sampled_from(versions),
        classes=st.none() | st.lists(st.sampled_from(taxonomy.leaves), max_size=3).map(tuple),
        ranking=st.none() | st.integers(1, 4),
        probability=st.builds(Range, BOUND, BOUND, BOUND, BOUND) | BOUND.map(Range),
    )


CLASS_FILTERS = st.one_of(
    class_filters("trend", ["1", "2"], CHANGE),
    class_filters("size", ["1"], SIZE),
    class_filters("silent", ["1"], CHANGE),
)


def found(sky: Sky, where: ObjectFilter) -> set[int]:
    async def question(reader: Reader) -> tuple[set[int], int]:
        listed = await list_objects(reader, where, [], limit=1000)
        return {item.object.object_id for item in listed}, await count_objects(reader, where, cap=1000)

    ids, count = ask(sky.url, question)
    assert len(ids) == count
    return ids


@settings(max_examples=80, deadline=None, suppress_health_check=DATABASE)
@given(CLASS_FILTERS)
def test_a_class_filter_passes_the_same_objects_as_in_python(sky: Sky, where: ClassFilter) -> None:
    wanted = {item.object_id for item in sky.objects if asked_for(sky, item.object_id, where)}
    assert found(sky, ObjectFilter(class_=where)) == wanted
    everything = {item.object_id for item in sky.objects}
    assert found(sky, ObjectFilter(none_of=ObjectFilter(class_=where))) == everything - wanted


@settings(max_examples=40, deadline=None, suppress_health_check=DATABASE)
@given(CLASS_FILTERS, st.sampled_from(Direction), st.integers(1, 30))
def test_pages_by_probability_are_the_sorted_list(
    sky: Sky, where: ClassFilter, direction: Direction, size: int
) -> None:
    order = [ObjectOrder(OrderField.PROBABILITY, direction)]

    async def question(reader: Reader) -> list[int]:
        walked: list[int] = []
        after = None
        while page := await list_objects(reader, ObjectFilter(class_=where), order, limit=size, after=after):
            walked += [item.object.object_id for item in page]
            after = page[-1].cursor
        return walked

    probability = {
        item.object_id: max(values) for item in sky.objects if (values := asked_for(sky, item.object_id, where))
    }
    wanted = sorted(
        probability, key=lambda number: (probability[number], number), reverse=direction is Direction.DESC
    )
    assert ask(sky.url, question) == wanted


def test_other_orders_go_with_probability(sky: Sky) -> None:
    where = ClassFilter("trend", ranking=1)
    order = [
        ObjectOrder(OrderField.DETECTION_COUNT),
        ObjectOrder(OrderField.PROBABILITY, Direction.ASC),
        ObjectOrder(OrderField.NAME),
    ]
    listed = ask(sky.url, lambda reader: list_objects(reader, ObjectFilter(class_=where), order, limit=1000))
    values = [asked_for(sky, item.object.object_id, where)[0] for item in listed]
    assert values == sorted(values)
    assert len(values) > 30


def test_probability_needs_a_class(sky: Sky) -> None:
    order = [ObjectOrder(OrderField.PROBABILITY)]
    with pytest.raises(NothingToSortBy, match="which classifier"):
        ask(sky.url, lambda reader: list_objects(reader, ObjectFilter(), order, limit=1))


@pytest.mark.parametrize("wanted", [True, False])
def test_objects_that_have_an_answer(sky: Sky, wanted: bool) -> None:
    expected = {item.object_id for item in sky.objects if (item.object_id in sky.answers) is wanted}
    assert found(sky, ObjectFilter(classified=wanted)) == expected
    assert expected


@pytest.mark.parametrize(
    "where",
    [
        FeatureFilter("period", Range(gte=0.75)),
        FeatureFilter("period", Range()),
        FeatureFilter("amplitude_g", Range(lt=0.15)),
        FeatureFilter("amplitude_i", Range()),
        FeatureFilter("rise_g", Range()),
    ],
)
def test_a_feature_that_is_known_and_within_limits(sky: Sky, where: FeatureFilter) -> None:
    expected = {
        object_id
        for object_id, features in sky.features.items()
        if (value := features.get(where.name)) is not None and value == value and in_range(value, where.value)
    }
    assert found(sky, ObjectFilter(feature=where)) == expected


LEAVES = ", ".join(CHANGE.leaves)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            ObjectFilter(class_=ClassFilter("Trend")),
            "no classifier is named 'Trend'; did you mean 'trend'? there are silent, size, trend",
        ),
        (
            ObjectFilter(class_=ClassFilter("trend", version="3")),
            "no version of trend is named '3'; there are 2, 1",
        ),
        (
            ObjectFilter(class_=ClassFilter("trend", classes=("steady", "FADING"))),
            f"no class of trend is named 'FADING'; did you mean 'fading'? there are {LEAVES}",
        ),
        (
            ObjectFilter(any_of=(ObjectFilter(none_of=ObjectFilter(class_=ClassFilter("size", "1", ("lrge",)))),)),
            "no class of size is named 'lrge'; did you mean 'large'? there are large, small",
        ),
        (
            ObjectFilter(all_of=(ObjectFilter(feature=FeatureFilter("Perod", Range())),)),
            "no feature is named 'Perod'; did you mean 'period'? there are amplitude, period, rise",
        ),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_the_nearest(sky: Sky, where: ObjectFilter, message: str) -> None:
    here = Position(10.0, 10.0)
    questions: list[Callable[[Reader], Awaitable[Any]]] = [
        lambda reader: list_objects(reader, where, [], limit=1),
        lambda reader: sorted_objects(reader, where, []),
        lambda reader: count_objects(reader, where, cap=1),
        lambda reader: cone_search(reader, cone(here, 10.0), where, limit=1),
        lambda reader: crossmatch(reader, [here], radius_arcsec=1.0, nearest=1, where=where),
    ]

    async def refusals(reader: Reader) -> set[str]:
        found = set()
        for question in questions:
            with pytest.raises(UnknownName) as refused:
                await question(reader)
            found.add(str(refused.value))
        return found

    assert ask(sky.url, refusals) == {message}


def plan_of(url: str, statement: str) -> str:
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off")
        return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {statement}".encode()).fetchall())


def test_the_most_probable_of_a_class_are_read_from_the_index(sky: Sky) -> None:
    plan = plan_of(
        sky.url,
        "SELECT object_id FROM latest_classification WHERE classifier = 'trend' AND class = 'fading' "
        "AND (probability, object_id) < (0.7::float8, 5) ORDER BY probability DESC, object_id DESC LIMIT 20",
    )
    assert "Index" in plan
    assert "ix_latest_classification_class" in plan
    assert "Sort" not in plan
