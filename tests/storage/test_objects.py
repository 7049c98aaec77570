"""Filters and sorted pages of objects against the same filters written in Python."""

import operator
import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.object_filter import Direction, ObjectFilter, ObjectOrder, OrderField, Range
from domain.sky import Box, Cone, Position, healpix, separation_arcsec
from domain.sky_object import SkyObject
from domain.survey import SurveyName
from storage.cursor import InvalidCursor
from storage.objects import cone_search, count_objects, list_objects, objects_by_id, objects_by_name
from storage.reader import Reader
from tests.support.reading import ask

DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def some_objects() -> list[SkyObject]:
    chosen = random.Random(7)
    return [
        SkyObject(
            object_id=(-1) ** number * (number + 2**40 * (number % 3)),
            survey=chosen.choice([SurveyName.ZTF, SurveyName.LSST]),
            name=f"{chosen.choice(['ZTF', 'a_b', 'A%', 'zz'])}{number:03d}",
            ra=(ra := chosen.choice([0.0, 359.5, 10.25, chosen.uniform(0, 360)])),
            dec=(dec := chosen.choice([0.0, -90.0, 45.5, chosen.uniform(-90, 90)])),
            hpx=int(healpix(ra, dec)),
            detection_count=chosen.choice([1, 1, 2, 10, 2**31 - 1]),
            non_detection_count=chosen.randrange(5),
            first_mjd=(first := 58000 + chosen.choice([0, 0.5, chosen.uniform(0, 100)])),
            last_mjd=first + chosen.choice([0, 10, chosen.uniform(0, 100)]),
            corrected=chosen.random() < 0.5,
            stellar=chosen.choice([True, False, None]),
            mean_color=chosen.choice([None, 0.5, -0.25]),
            mean_apparent_color=None,
        )
        for number in range(1, 81)
    ]


OBJECTS = some_objects()


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    columns, marks = ", ".join(SkyObject._fields), ", ".join(["%s"] * len(SkyObject._fields))
    with psycopg.connect(module_database_url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO object ({columns}) VALUES ({marks})".encode(), OBJECTS)
    return module_database_url


def in_range(value: float | None, limits: Range | None) -> bool:
    if limits is None:
        return True
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "gte": operator.ge,
        "lte": operator.le,
        "gt": operator.gt,
        "lt": operator.lt,
    }
    asked = {name: bound for name, bound in limits._asdict().items() if bound is not None}
    return all(value is not None and compare[name](value, bound) for name, bound in asked.items())


def in_region(item: SkyObject, region: Cone | Box | None) -> bool:
    if region is None:
        return True
    if isinstance(region, Cone):
        return separation_arcsec(Position(item.ra, item.dec), region.center) <= region.radius_arcsec
    return region.ra_min <= item.ra <= region.ra_max and region.dec_min <= item.dec <= region.dec_max


def passes(item: SkyObject, where: ObjectFilter) -> bool:
    return (
        (where.survey is None or item.survey == where.survey)
        and (where.names is None or item.name in where.names)
        and (where.name_like is None or bool(re.fullmatch(sql_pattern(where.name_like), item.name)))
        and in_range(item.detection_count, where.detection_count)
        and in_range(item.first_mjd, where.first_mjd)
        and in_range(item.last_mjd, where.last_mjd)
        and in_range(item.last_mjd - item.first_mjd, where.duration_days)
        and in_range(item.mean_color, where.mean_color)
        and (where.stellar is None or item.stellar == where.stellar)
        and (where.corrected is None or item.corrected == where.corrected)
        and in_region(item, cast(Cone | Box | None, where.region))
        and all(passes(item, part) for part in where.all_of)
        and (where.any_of is None or any(passes(item, part) for part in where.any_of))
        and (where.none_of is None or not passes(item, where.none_of))
    )


def sql_pattern(pattern: str) -> str:
    return "".join({"*": ".*", "%": ".*", "?": ".", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)


def ranges(*values: float) -> st.SearchStrategy[Range | None]:
    bound = st.none() | st.sampled_from(values)
    return st.none() | st.builds(Range, bound, bound, bound, bound)


REGIONS = st.sampled_from(
    [None, None, None, Cone(Position(0, 0), 3600 * 50), Cone(Position(3, -90), 3600 * 5), Box(0, 359.5, -90, 45.5)]
)
LEAVES = st.builds(
    ObjectFilter,
    survey=st.none() | st.sampled_from(SurveyName),
    names=st.none() | st.lists(st.sampled_from([item.name for item in OBJECTS]), max_size=40).map(tuple),
    name_like=st.sampled_from([None, None, "ZTF*", "*0?", "%1_", "a_b*", "nothing", ""]),
    detection_count=ranges(1, 2, 10, 2**31, 1.5),
    first_mjd=ranges(58000, 58000.5, 58050),
    last_mjd=ranges(58000, 58010, 58050),
    duration_days=ranges(0, 10, 50),
    mean_color=ranges(-0.25, 0, 0.5),
    stellar=st.none() | st.booleans(),
    corrected=st.none() | st.booleans(),
    region=REGIONS,
)
SPARSE = st.tuples(LEAVES, st.sets(st.sampled_from(list(ObjectFilter.__dataclass_fields__)), max_size=2)).map(
    lambda pair: ObjectFilter(**{name: getattr(pair[0], name) for name in pair[1]})
)
FILTERS = st.recursive(
    SPARSE,
    lambda parts: st.builds(
        ObjectFilter,
        all_of=st.lists(parts, max_size=2).map(tuple),
        any_of=st.none() | st.lists(parts, max_size=3).map(tuple),
        none_of=st.none() | parts,
    ),
    max_leaves=5,
)
FIELDS = [
    field for field in OrderField if field not in (OrderField.PROBABILITY, OrderField.SKYMAP_PROBABILITY)
]  # tests/storage/test_class_filter.py
ORDERS = st.lists(st.builds(ObjectOrder, st.sampled_from(FIELDS), st.sampled_from(Direction)), max_size=3)


def sort_value(item: SkyObject, field: OrderField) -> Any:
    return item.last_mjd - item.first_mjd if field is OrderField.DURATION else getattr(item, field.value.lower())


def in_order(items: Sequence[SkyObject], order: Sequence[ObjectOrder]) -> list[SkyObject]:
    order = order or [ObjectOrder(OrderField.LAST_MJD, Direction.DESC)]
    found = sorted(items, key=lambda item: item.object_id, reverse=order[-1].direction is Direction.DESC)
    for key in reversed(order):
        found.sort(key=lambda item: sort_value(item, key.field), reverse=key.direction is Direction.DESC)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=DATABASE)
@given(FILTERS)
def test_a_filter_passes_the_same_objects_as_in_python(url: str, where: ObjectFilter) -> None:
    async def question(reader: Reader) -> tuple[list[SkyObject], int, int]:
        listed = await list_objects(reader, where, [], limit=1000)
        return (
            [item.object for item in listed],
            await count_objects(reader, where, cap=1000),
            await count_objects(reader, where, cap=3),
        )

    wanted = in_order([item for item in OBJECTS if passes(item, where)], [])
    assert ask(url, question) == (wanted, len(wanted), min(3, len(wanted)))


@settings(max_examples=25, deadline=None, suppress_health_check=DATABASE)
@given(ORDERS, st.integers(1, 40), SPARSE)
def test_pages_one_after_the_other_are_the_sorted_list(
    url: str, order: list[ObjectOrder], size: int, where: ObjectFilter
) -> None:
    async def question(reader: Reader) -> list[SkyObject]:
        found, after = [], None
        while page := await list_objects(reader, where, order, limit=size, after=after):
            assert len(page) <= size
            found += [item.object for item in page]
            after = page[-1].cursor
        return found

    assert ask(url, question) == in_order([item for item in OBJECTS if passes(item, where)], order)


def test_a_cursor_of_another_order_is_refused(url: str) -> None:
    by_name = [ObjectOrder(OrderField.NAME)]

    async def question(reader: Reader) -> None:
        (first,) = await list_objects(reader, ObjectFilter(), by_name, limit=1)
        await list_objects(reader, ObjectFilter(), [], limit=1, after=first.cursor)

    with pytest.raises(InvalidCursor):
        ask(url, question)


def test_objects_by_key_and_by_name(url: str) -> None:
    async def question(reader: Reader) -> tuple[Any, Any]:
        return (
            await objects_by_id(reader, [item.object_id for item in OBJECTS] + [12345678]),
            await objects_by_name(
                reader, [*((item.survey, item.name) for item in OBJECTS), (SurveyName.ZTF, "none")]
            ),
        )

    by_id, by_name = ask(url, question)
    assert by_id == {item.object_id: item for item in OBJECTS}
    assert by_name == {(item.survey, item.name): item for item in OBJECTS}


@settings(max_examples=15, deadline=None, suppress_health_check=DATABASE)
@given(SPARSE)
def test_a_cone_with_a_filter_is_the_nearest_of_those_that_pass(url: str, where: ObjectFilter) -> None:
    region = Cone(Position(0.0, 0.0), 100 * 3600)
    found = ask(url, lambda reader: cone_search(reader, region, where, limit=1000))
    wanted = [item for item in OBJECTS if passes(item, where) and in_region(item, region)]
    assert {item.object for item in found} == set(wanted)
    distances = [separation_arcsec(Position(item.object.ra, item.object.dec), region.center) for item in found]
    assert all(a <= b + 1e-6 for a, b in pairwise(distances))
    assert [item.separation_arcsec for item in found] == pytest.approx(distances, abs=1e-6)
