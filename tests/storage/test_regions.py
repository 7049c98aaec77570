"""Regions in SQL find exactly what brute force with astropy finds among 1e5 points."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from domain.moc import Moc
from domain.object_filter import Direction, ObjectFilter, ObjectOrder, OrderField, Range
from domain.polygon import Polygon
from domain.region import Region
from domain.sky import Box, Cone, Position, healpix
from storage.crossmatch import crossmatch
from storage.light_curves import PlacedDetection, detections_in_region
from storage.objects import cone_search, count_objects, list_objects, neighbors_of, objects_by_id
from storage.reader import Reader
from storage.regions import haversine_expression, haversine_of_arcsec
from storage.tables import metadata
from tests.support.points import (
    BOXES,
    CENTERS,
    CONES,
    MOCS,
    POLYGONS,
    Points,
    from_outline,
    in_box,
    in_moc,
    in_polygon,
    separations,
    sky_points,
)
from tests.support.reading import ask

RIM_ARCSEC = 1e-7
"""Whether a point this near to the rim is inside depends on the last bit of the arithmetic."""
FIRST_MJD = 58000.0
EVERYTHING = 1_000_000


class Sky(NamedTuple):
    """A database whose object number n, and its one detection, lie at point n."""

    url: str
    points: Points
    mjd: NDArray[np.float64]


@pytest.fixture(scope="module")
def sky(module_database_url: str) -> Sky:
    points = sky_points()
    count = len(points.ra)
    mjd = FIRST_MJD + np.random.default_rng(1).uniform(0, 900, count)
    pixels = healpix(*points).tolist()
    places = list(zip(range(count), points.ra.tolist(), points.dec.tolist(), pixels, mjd.tolist(), strict=True))
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        copy(
            connection,
            "object (object_id, survey, name, ra, dec, hpx, detection_count, non_detection_count, first_mjd, "
            "last_mjd, corrected)",
            ((n, "ZTF", f"ZTF{n:07d}", ra, dec, hpx, 1, 0, t, t, False) for n, ra, dec, hpx, t in places),
        )
        copy(
            connection,
            "detection (object_id, ts, candid, parent_candid, mjd, ra, dec, hpx, band, is_positive, corrected, "
            "dubious, has_stamps)",
            (
                (n, f"epoch {(t - 40587) * 86400:.6f}", n, n, t, ra, dec, hpx, "g", True, False, False, False)
                for n, ra, dec, hpx, t in places
            ),
        )
        for table in metadata.tables:
            connection.execute(f"ANALYZE {table}".encode())
    return Sky(module_database_url, points, mjd)


def copy(connection: psycopg.Connection, target: str, rows: Any) -> None:
    """Text COPY; 'epoch' plus seconds becomes a timestamp."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN".encode()) as stream:
        for row in rows:
            stream.write_row([as_timestamp(value) for value in row])


def as_timestamp(value: object) -> object:
    if isinstance(value, str) and value.startswith("epoch "):
        seconds = np.datetime64(round(float(value[6:]) * 1e6), "us")
        return f"{seconds}Z"
    return value


def assert_exact(found: Sequence[int], wanted: NDArray[np.bool_], undecided: NDArray[np.bool_]) -> None:
    """Found is wanted, each once, except for what lies on the rim."""
    mask = np.zeros(len(wanted), dtype=bool)
    mask[list(found)] = True
    assert len(found) == mask.sum()
    assert not ((mask != wanted) & ~undecided).any()


def name_of(region: Region) -> str:
    if isinstance(region, Polygon):
        return f"polygon {region.vertices}"
    return f"MOC {region.ranges.first[:2]}" if isinstance(region, Moc) else str(region)


@pytest.mark.parametrize("region", CONES, ids=str)
def test_cone_search_finds_all_of_a_cone_nearest_first(sky: Sky, region: Cone) -> None:
    found = ask(sky.url, lambda reader: cone_search(reader, region, ObjectFilter(), limit=EVERYTHING))
    distances = separations(sky.points, region.center)
    assert_exact(
        [item.object.object_id for item in found],
        distances <= region.radius_arcsec,
        abs(distances - region.radius_arcsec) < RIM_ARCSEC,
    )
    ours = np.array([item.separation_arcsec for item in found])
    assert (np.diff(ours) >= 0).all()
    # Near the antipode sin^2 of half the angle is flat.
    accurate = ours < 600_000
    wanted = distances[[item.object.object_id for item in found]]
    assert np.allclose(ours[accurate], wanted[accurate], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("region", [*CONES[2:50:6], *BOXES, *POLYGONS, *MOCS], ids=name_of)
def test_lists_and_counts_of_a_region_are_complete(sky: Sky, region: Region) -> None:
    where = ObjectFilter(region=region)
    by_name = [ObjectOrder(OrderField.NAME, Direction.ASC)]

    async def question(reader: Reader) -> tuple[list[int], int]:
        listed = await list_objects(reader, where, by_name, limit=EVERYTHING)
        return [item.object.object_id for item in listed], await count_objects(reader, where, cap=EVERYTHING)

    found, count = ask(sky.url, question)
    wanted, undecided = inside_and_undecided(sky.points, region)
    assert found == sorted(found)
    assert_exact(found, wanted, undecided)
    assert count == len(found)


@pytest.mark.parametrize("region", [*CONES[::7], *BOXES, *POLYGONS[::2], *MOCS[::2]], ids=name_of)
def test_detections_of_a_region_and_a_window_are_complete_and_in_order_of_time(sky: Sky, region: Region) -> None:
    after, before = FIRST_MJD + 200, FIRST_MJD + 700
    found = ask(
        sky.url,
        lambda reader: detections_in_region(reader, region, after_mjd=after, before_mjd=before, limit=EVERYTHING),
    )
    wanted, undecided = inside_and_undecided(sky.points, region)
    in_time = (sky.mjd >= after) & (sky.mjd <= before)
    assert_exact([item.detection.object_id for item in found], wanted & in_time, undecided & in_time)
    times = [item.detection.mjd for item in found]
    assert times == sorted(times)


def inside_and_undecided(points: Points, region: Region) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if isinstance(region, Box):
        return in_box(points, region), np.zeros(len(points.ra), dtype=bool)
    if isinstance(region, Moc):
        return in_moc(points, region), np.zeros(len(points.ra), dtype=bool)
    if isinstance(region, Polygon):
        return in_polygon(points, region), from_outline(points, region) < RIM_ARCSEC
    assert isinstance(region, Cone)
    distances = separations(points, region.center)
    return distances <= region.radius_arcsec, abs(distances - region.radius_arcsec) < RIM_ARCSEC


@pytest.mark.parametrize("region", [BOXES[6], BOXES[4], CONES[4], *POLYGONS[::3], *MOCS[1:3]], ids=name_of)
def test_regions_hold_in_any_place_of_a_filter(sky: Sky, region: Region) -> None:
    """Negated, beside others, in part of a sum, and within another region."""
    cone = Cone(Position(180.0, 0.0), 3600.0)
    early = Range(lt=FIRST_MJD + 45)
    few = Range(lt=FIRST_MJD + 9)
    filters = [
        ObjectFilter(first_mjd=early, none_of=ObjectFilter(region=region)),
        ObjectFilter(first_mjd=early, any_of=(ObjectFilter(region=region), ObjectFilter(region=cone))),
        ObjectFilter(first_mjd=early, region=cone, all_of=(ObjectFilter(region=region),)),
        ObjectFilter(first_mjd=few, any_of=(ObjectFilter(region=region), ObjectFilter(last_mjd=few))),
    ]
    by_name = [ObjectOrder(OrderField.NAME, Direction.ASC)]

    async def question(reader: Reader) -> list[list[int]]:
        return [
            [item.object.object_id for item in await list_objects(reader, where, by_name, limit=EVERYTHING)]
            for where in filters
        ]

    found = ask(sky.url, question)
    inside_, undecided = inside_and_undecided(sky.points, region)
    in_cone, on_rim = inside_and_undecided(sky.points, cone)
    is_early, is_one_of_few = sky.mjd < FIRST_MJD + 45, sky.mjd < FIRST_MJD + 9
    wanted = [is_early & ~inside_, is_early & (inside_ | in_cone), is_early & inside_ & in_cone, is_one_of_few]
    for rows, mask in zip(found, wanted, strict=True):
        assert_exact(rows, mask, undecided | on_rim)


@pytest.mark.parametrize("radius", [0.05, 60.0])
@pytest.mark.parametrize("nearest", [1, 3])
def test_crossmatch_finds_the_nearest_of_each_position(sky: Sky, radius: float, nearest: int) -> None:
    chosen = np.random.default_rng(5).integers(0, len(sky.points.ra), 300)
    positions = [Position(float(sky.points.ra[n]), float(sky.points.dec[n])) for n in chosen]
    positions[7] = Position(12.0, 85.0)  # far from everything
    found = ask(
        sky.url,
        lambda reader: crossmatch(reader, positions, radius_arcsec=radius, nearest=nearest, where=ObjectFilter()),
    )
    assert len(found) == len(positions)
    for place, matches in zip(positions[:60], found[:60], strict=True):
        distances = separations(sky.points, place)
        expected = np.sort(distances[distances <= radius])[:nearest]
        assert np.allclose([match.separation_arcsec for match in matches], expected, atol=1e-7)
        ids = [match.object.object_id for match in matches]
        assert np.allclose(distances[ids], expected, atol=1e-7)
    assert found[7] == []


def test_crossmatch_knows_the_filter_before_it_counts(sky: Sky) -> None:
    place = Position(0.0, 0.0)
    where = ObjectFilter(region=Box(0.0, 180.0, -90.0, 0.0))
    (matches,) = ask(
        sky.url, lambda reader: crossmatch(reader, [place], radius_arcsec=600.0, nearest=5, where=where)
    )
    distances = separations(sky.points, place)
    distances[~in_box(sky.points, Box(0.0, 180.0, -90.0, 0.0))] = np.inf
    assert [match.separation_arcsec for match in matches] == pytest.approx(np.sort(distances)[:5], abs=1e-7)


def test_pages_of_a_cone_are_the_whole_cone(sky: Sky) -> None:
    region = Cone(Position(0.0, 90.0), 3600.0)

    async def question(reader: Reader) -> tuple[list[int], list[int]]:
        whole = await cone_search(reader, region, ObjectFilter(), limit=EVERYTHING)
        paged, after = [], None
        while page := await cone_search(reader, region, ObjectFilter(), limit=501, after=after):
            paged += [item.object.object_id for item in page]
            after = page[-1].cursor
        return [item.object.object_id for item in whole], paged

    whole, paged = ask(sky.url, question)
    assert len(whole) > 2000
    assert paged == whole


def test_pages_of_a_window_are_the_whole_window(sky: Sky) -> None:
    region = Box(0.0, 360.0, -1.0, 1.0)

    async def question(reader: Reader) -> tuple[list[int], list[int]]:
        async def page_of(limit: int, after: str | None = None) -> list[PlacedDetection]:
            return await detections_in_region(
                reader, region, after_mjd=FIRST_MJD, before_mjd=FIRST_MJD + 800, limit=limit, after=after
            )

        whole = await page_of(EVERYTHING)
        paged, after = [], None
        while page := await page_of(3001, after):
            paged += [item.detection.object_id for item in page]
            after = page[-1].cursor
        return [item.detection.object_id for item in whole], paged

    whole, paged = ask(sky.url, question)
    assert len(whole) > 10_000
    assert paged == whole


def test_a_cone_and_a_filter_hold_together(sky: Sky) -> None:
    region = Cone(Position(0.0, 0.0), 3600.0)
    where = ObjectFilter(region=Box(0.0, 180.0, -90.0, 0.0))
    found = ask(sky.url, lambda reader: cone_search(reader, region, where, limit=EVERYTHING))
    distances = separations(sky.points, region.center)
    assert_exact(
        [item.object.object_id for item in found],
        (distances <= 3600.0) & in_box(sky.points, Box(0.0, 180.0, -90.0, 0.0)),
        abs(distances - 3600.0) < RIM_ARCSEC,
    )


def test_a_cone_of_180_degrees_holds_the_antipode_of_its_centre(sky: Sky) -> None:
    """Rounding takes sin^2 of half that angle above 1 for some 7 % of positions."""
    statement = (
        "SELECT count(*) FROM (SELECT random() * 180 AS ra, random() * 180 - 90 AS dec "
        "FROM generate_series(1, 9999)) o "
        f"WHERE {haversine_expression('o', 'o.ra + 180', '-o.dec')} <= %s"
    )
    with psycopg.connect(sky.url) as connection:
        row = connection.execute(statement.encode(), (haversine_of_arcsec(648_000),)).fetchone()
    assert row == (9999,)


@pytest.mark.parametrize("radius", [0.05, 1.0])
def test_neighbors_are_the_other_objects_around_each_of_many(sky: Sky, radius: float) -> None:
    ids = [*range(len(sky.points.ra) - len(CENTERS), len(sky.points.ra)), 5]

    async def question(reader: Reader) -> dict[int, list[int]]:
        centers = (await objects_by_id(reader, ids)).values()
        found = await neighbors_of(reader, list(centers), radius_arcsec=radius, survey=None)
        return {key: [item.object.object_id for item in around] for key, around in found.items()}

    found = ask(sky.url, question)
    for key in ids:
        distances = separations(sky.points, Position(sky.points.ra[key], sky.points.dec[key]))
        wanted = (distances <= radius) & (np.arange(len(distances)) != key)
        assert_exact(found.get(key, []), wanted, abs(distances - radius) < RIM_ARCSEC)
        assert (np.diff(distances[found.get(key, [])]) >= -1e-9).all()
