"""Filters with catalogues anywhere in them, against the same filters by brute force."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.catalog import Catalog
from domain.object_filter import Direction, InCatalog, ObjectFilter, ObjectOrder, OrderField, Range
from domain.sky import Cone, Position, cone, position, separation_arcsec
from domain.sky_object import SkyObject
from storage import objects, objects_of_catalog
from storage.objects import cone_search, count_objects, list_objects
from storage.objects_of_catalog import telling_of_lookups
from storage.reader import Reader, StatementTimeout
from tests.support.catalogued_sky import RADII, FilledSky, fill_sky, found_in
from tests.support.databases import Backend, TestDatabases
from tests.support.reading import ask
from tests.support.scattered_objects import scattered_objects

NARROW, WIDE = cone(position(180, 0), 120_000), cone(position(180, 0), 300_000)
CONDITIONS = st.one_of(
    *(st.just(ObjectFilter(in_catalog=InCatalog(name))) for name in RADII),
    st.just(ObjectFilter()),
    st.just(ObjectFilter(stellar=True)),
    st.just(ObjectFilter(region=NARROW)),
    st.just(ObjectFilter(region=WIDE)),
    st.builds(lambda least: ObjectFilter(detection_count=Range(gte=least)), st.integers(2, 6)),
)
WHERES = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        lambda own, all_of, any_of, none_of: replace(own, all_of=all_of, any_of=any_of, none_of=none_of),
        CONDITIONS,
        st.lists(inner, max_size=2).map(tuple),
        st.none() | st.lists(inner, max_size=2).map(tuple),
        st.none() | inner,
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def sky(backend: Backend, databases: TestDatabases) -> Iterator[FilledSky]:
    with databases.fresh(backend) as url:
        yield fill_sky(url, scattered_objects())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=WHERES,
    fields=st.sampled_from([[OrderField.NAME], [OrderField.DURATION], [OrderField.DETECTION_COUNT, OrderField.RA]]),
    direction=st.sampled_from(Direction),
    backwards=st.booleans(),
    tried=st.sampled_from([0, 12, 60, objects.TRIED_FIRST]),
    sources_per_object=st.sampled_from([0, 10**6]),
)
@example(
    where=ObjectFilter(any_of=tuple(ObjectFilter(in_catalog=InCatalog(name)) for name in RADII)),
    fields=[OrderField.NAME],
    direction=Direction.ASC,
    backwards=False,
    tried=12,
    sources_per_object=10**6,
)
def test_any_filter_with_catalogues_finds_what_it_says_page_by_page(
    sky: FilledSky,
    where: ObjectFilter,
    fields: list[OrderField],
    direction: Direction,
    backwards: bool,
    tried: int,
    sources_per_object: int,
) -> None:
    """However many objects are tried before all are looked for, and however those are."""
    order = [ObjectOrder(field, direction) for field in fields]

    async def all_pages(reader: Reader) -> list[SkyObject]:
        found: list[SkyObject] = []
        cursor = None
        while True:
            ends = {"before" if backwards else "after": cursor}
            page = await list_objects(reader, where, order, limit=97, backwards=backwards, **ends)
            found += [row.object for row in page]
            if len(page) < 97:
                return found
            cursor = page[-1].cursor

    async def all_answers(reader: Reader) -> tuple[list[SkyObject], list[int], set[str]]:
        counts = [await count_objects(reader, where, cap=cap) for cap in (5, 1000)]
        rows = await reader.rows(*objects.as_text(await objects.sorted_objects(reader, where, order)))
        near = await cone_search(reader, NARROW, where, limit=1000)
        return await all_pages(reader), [*counts, len(rows)], {one.object.name for one in near}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(objects, "TRIED_FIRST", tried)
        patched.setattr(objects_of_catalog, "SOURCES_PER_OBJECT", sources_per_object)
        found, counts, near = ask(sky.url, all_answers)
    expected = sorted(
        (row for row in sky.rows if passes(sky, row, where)),
        key=lambda row: (*(ORDERS[field](row) for field in fields), row.object_id),
        reverse=backwards is (direction is Direction.ASC),
    )
    assert found == expected
    assert counts == [min(5, len(expected)), len(expected), len(expected)]
    assert near == {row.name for row in expected if is_inside(row, NARROW)}


ORDERS: dict[OrderField, Callable[[SkyObject], float | str]] = {
    OrderField.NAME: lambda row: row.name,
    OrderField.DURATION: lambda row: row.last_mjd - row.first_mjd,
    OrderField.DETECTION_COUNT: lambda row: row.detection_count,
    OrderField.RA: lambda row: row.ra,
}


def passes(sky: FilledSky, row: SkyObject, where: ObjectFilter) -> bool:
    return (
        (where.in_catalog is None or found_in(sky, row)[where.in_catalog.name])
        and (where.stellar is None or row.stellar is where.stellar)
        and (where.detection_count is None or where.detection_count.holds(row.detection_count))
        and (where.region is None or is_inside(row, where.region))
        and all(passes(sky, row, part) for part in where.all_of)
        and (where.any_of is None or any(passes(sky, row, part) for part in where.any_of))
        and (where.none_of is None or not passes(sky, row, where.none_of))
    )


def is_inside(row: SkyObject, region: object) -> bool:
    assert isinstance(region, Cone)
    return separation_arcsec(Position(row.ra, row.dec), region.center) <= region.radius_arcsec


def test_lookups_that_take_too_long_say_what_to_do() -> None:
    wide = Catalog(1, "wide", "", 1.5, False, False, 12, 10**9, 0, datetime.now(UTC), ())
    where = ObjectFilter(none_of=ObjectFilter(in_catalog=InCatalog("wide", wide)))
    with (
        pytest.raises(StatementTimeout, match=r"at once, in a region .* looked up in wide; .* catalog match wide"),
        telling_of_lookups(where),
    ):
        raise StatementTimeout("the query took longer than 10 seconds: ask for less at once")
    matched = replace(where, none_of=ObjectFilter(in_catalog=InCatalog("wide", wide._replace(is_matched=True))))
    with pytest.raises(StatementTimeout, match=r"to be looked up in wide$"), telling_of_lookups(matched):
        raise StatementTimeout("the query took longer than 10 seconds: ask for less at once")
    with pytest.raises(StatementTimeout, match=r"at once$"), telling_of_lookups(ObjectFilter()):
        raise StatementTimeout("the query took longer than 10 seconds: ask for less at once")
