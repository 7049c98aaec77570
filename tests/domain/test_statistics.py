"""Summaries of many light curves at once against one object and one band at a time, in plain Python."""

import statistics
from collections.abc import Sequence
from random import Random

import pytest
from astropy.coordinates import CartesianRepresentation, SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sky import Position, healpix, separation_arcsec
from domain.statistics import (
    BandStatistics,
    ObjectSummary,
    Summaries,
    dubious_flags,
    summarise,
)
from tests.support.light_curves import Limit, Point, detection_table, non_detection_table


def naive_dubious(points: Sequence[Point]) -> list[bool]:
    flags = []
    for point in points:
        first = min(
            (p for p in points if (p.object_id, p.band) == (point.object_id, point.band)),
            key=lambda p: (p.mjd, p.candid),
        )
        flags.append((not point.corrected and not point.is_positive) or point.corrected != first.corrected)
    return flags


def naive_summaries(points: Sequence[Point], limits: Sequence[Limit]) -> Summaries:
    dubious = naive_dubious(points)
    bands: dict[tuple[int, str], BandStatistics] = {}
    objects = []
    for object_id, band in sorted({(p.object_id, p.band) for p in points}):
        mine = [
            (p, flag) for p, flag in zip(points, dubious, strict=True) if (p.object_id, p.band) == (object_id, band)
        ]
        bands[object_id, band] = naive_band(sorted(mine, key=lambda item: (item[0].mjd, item[0].candid)), limits)
    for object_id in sorted({p.object_id for p in points}):
        mine_in_time = sorted((p for p in points if p.object_id == object_id), key=lambda p: (p.mjd, p.candid))
        objects.append(
            naive_object(
                mine_in_time,
                sum(limit.object_id == object_id for limit in limits),
                bands.get((object_id, "g")),
                bands.get((object_id, "r")),
            )
        )
    return Summaries(objects, list(bands.values()))


def naive_band(points: Sequence[tuple[Point, bool]], limits: Sequence[Limit]) -> BandStatistics:
    first, last = points[0][0], points[-1][0]
    magnitudes = [p.magnitude for p, _ in points if p.magnitude is not None]
    apparent = [p.apparent_magnitude for p, _ in points if p.apparent_magnitude is not None]
    corrected = sum(p.corrected for p, _ in points)
    rises = [
        (limit.limiting_magnitude - first.magnitude - (first.magnitude_error or 0)) / (first.mjd - limit.mjd)
        for limit in limits
        if (limit.object_id, limit.band) == (first.object_id, first.band)
        and limit.limiting_magnitude is not None
        and limit.limiting_magnitude > 0
        and first.magnitude is not None
        and first.mjd - limit.mjd > 0.5
    ]
    return BandStatistics(
        object_id=first.object_id,
        band=first.band,
        detection_count=len(points),
        dubious_count=sum(flag for _, flag in points),
        first_mjd=first.mjd,
        last_mjd=last.mjd,
        magnitude_mean=statistics.fmean(magnitudes) if magnitudes else None,
        magnitude_median=statistics.median(magnitudes) if magnitudes else None,
        magnitude_min=min(magnitudes, default=None),
        magnitude_max=max(magnitudes, default=None),
        magnitude_sigma=statistics.pstdev(magnitudes) if magnitudes else None,
        magnitude_first=first.magnitude,
        magnitude_last=last.magnitude,
        apparent_magnitude_mean=statistics.fmean(apparent) if apparent else None,
        apparent_magnitude_median=statistics.median(apparent) if apparent else None,
        apparent_magnitude_min=min(apparent, default=None),
        apparent_magnitude_max=max(apparent, default=None),
        rise_rate=max(rises, default=None),
        saturation_rate=sum(m < 13.2 for m in apparent) / corrected if corrected else None,
    )


def naive_object(
    points: Sequence[Point], limits: int, g: BandStatistics | None, r: BandStatistics | None
) -> ObjectSummary:
    coordinates = SkyCoord([p.ra for p in points], [p.dec for p in points], unit="deg").cartesian
    mean = SkyCoord(CartesianRepresentation(coordinates.xyz.mean(axis=1))).spherical
    ra, dec = float(mean.lon.deg), float(mean.lat.deg)
    return ObjectSummary(
        object_id=points[0].object_id,
        ra=ra,
        dec=dec,
        hpx=int(healpix(ra, dec)),
        detection_count=len(points),
        non_detection_count=limits,
        first_mjd=points[0].mjd,
        last_mjd=points[-1].mjd,
        corrected=points[0].corrected,
        stellar=next((p.stellar for p in points if p.stellar is not None), None),
        mean_color=color(g and g.magnitude_mean, r and r.magnitude_mean),
        mean_apparent_color=color(g and g.apparent_magnitude_mean, r and r.apparent_magnitude_mean),
    )


def color(g: float | None, r: float | None) -> float | None:
    return None if g is None or r is None else g - r


def assert_same(ours: Summaries, expected: Summaries) -> None:
    assert ours.bands == [approximate(row) for row in expected.bands]
    assert len(ours.objects) == len(expected.objects)
    for mine, wanted in zip(ours.objects, expected.objects, strict=True):
        assert separation_arcsec(Position(mine.ra, mine.dec), Position(wanted.ra, wanted.dec)) < 1e-6
        assert mine.hpx == int(healpix(mine.ra, mine.dec))
        assert mine == approximate(wanted._replace(ra=mine.ra, dec=mine.dec, hpx=mine.hpx))


def approximate(row: tuple[object, ...]) -> tuple[object, ...]:
    """The same row, equal to any whose numbers differ by rounding only."""
    return tuple(pytest.approx(v, rel=1e-9, abs=1e-7) if isinstance(v, float) else v for v in row)


MAYBE_MAGNITUDE = st.one_of(st.none(), st.floats(10, 22), st.sampled_from([13.2, 18.0]))
POINTS = st.builds(
    Point,
    object_id=st.sampled_from([-(2**60), -7, 3, 2**60]),
    band=st.sampled_from(["g", "r", "i"]),
    mjd=st.one_of(st.floats(58000, 58010), st.sampled_from([58000.0, 58000.5, 58005.0])),
    candid=st.integers(1, 2**62),
    ra=st.one_of(st.floats(359.999, 360, exclude_max=True), st.floats(0, 0.001)),
    dec=st.one_of(st.floats(-90, -89.99), st.floats(10, 10.001)),
    is_positive=st.booleans(),
    magnitude=MAYBE_MAGNITUDE,
    magnitude_error=st.one_of(st.none(), st.floats(0.01, 1)),
    apparent_magnitude=st.none(),
    corrected=st.booleans(),
    stellar=st.one_of(st.none(), st.booleans()),
).flatmap(
    lambda point: (
        MAYBE_MAGNITUDE.map(lambda apparent: point._replace(apparent_magnitude=apparent))
        if point.corrected
        else st.just(point)
    )
)
LIMITS = st.builds(
    Limit,
    object_id=st.sampled_from([-(2**60), -7, 3, 2**60, 99]),
    band=st.sampled_from(["g", "r", "z"]),
    mjd=st.one_of(st.floats(57990, 58012), st.sampled_from([57999.5, 57999.4999])),
    limiting_magnitude=st.one_of(st.none(), st.floats(16, 22), st.just(-5.0)),
)
LIGHT_CURVES = st.lists(POINTS, max_size=30, unique_by=lambda point: (point.object_id, point.candid))


def one_hemisphere(points: list[Point]) -> list[Point]:
    """No object spread from pole to pole: the sum of such directions has no direction worth testing."""
    return [p._replace(dec=-89.995 if p.object_id < 0 else min(max(p.dec, 10.0), 10.001)) for p in points]


@settings(max_examples=150, deadline=None)
@given(LIGHT_CURVES.map(one_hemisphere), st.lists(LIMITS, max_size=20))
def test_summaries_equal_those_of_one_light_curve_at_a_time(points: list[Point], limits: list[Limit]) -> None:
    assert_same(summarise(detection_table(points), non_detection_table(limits)), naive_summaries(points, limits))


@settings(max_examples=150, deadline=None)
@given(LIGHT_CURVES)
def test_dubious_flags_equal_those_of_one_light_curve_at_a_time(points: list[Point]) -> None:
    assert dubious_flags(detection_table(points)).tolist() == naive_dubious(points)


@settings(max_examples=50, deadline=None)
@given(LIGHT_CURVES, st.lists(LIMITS, max_size=20), st.randoms(use_true_random=False))
def test_summaries_do_not_depend_on_the_order_of_rows(
    points: list[Point], limits: list[Limit], random: Random
) -> None:
    expected = summarise(detection_table(points), non_detection_table(limits))
    random.shuffle(points)
    random.shuffle(limits)
    assert summarise(detection_table(points), non_detection_table(limits)) == expected


def test_nothing_has_no_summary() -> None:
    assert summarise(detection_table([]), non_detection_table([])) == Summaries([], [])
    assert summarise(detection_table([]), non_detection_table([Limit()])) == Summaries([], [])


def test_one_point_is_its_own_summary() -> None:
    assert summarise(detection_table([Point()]), non_detection_table([])).bands == [
        BandStatistics(
            object_id=1,
            band="g",
            detection_count=1,
            dubious_count=0,
            first_mjd=59000.0,
            last_mjd=59000.0,
            magnitude_mean=18.0,
            magnitude_median=18.0,
            magnitude_min=18.0,
            magnitude_max=18.0,
            magnitude_sigma=0.0,
            magnitude_first=18.0,
            magnitude_last=18.0,
            apparent_magnitude_mean=None,
            apparent_magnitude_median=None,
            apparent_magnitude_min=None,
            apparent_magnitude_max=None,
            rise_rate=None,
            saturation_rate=None,
        )
    ]


def test_light_curve_without_magnitudes_has_nulls_and_counts() -> None:
    points = [Point(candid=n, mjd=59000.0 + n, magnitude=None, magnitude_error=None) for n in range(3)]
    (band,) = summarise(detection_table(points), non_detection_table([Limit()])).bands
    assert band.detection_count == 3
    assert [band.magnitude_mean, band.magnitude_median, band.magnitude_sigma, band.rise_rate] == [None] * 4


def test_rise_rate_is_the_steepest_that_a_limit_proves() -> None:
    limits = [
        Limit(mjd=58990.0, limiting_magnitude=20.1),  # 2 mag in 10 days
        Limit(mjd=58998.0, limiting_magnitude=19.1),  # 1 mag in 2 days: the steepest
        Limit(mjd=58999.5, limiting_magnitude=25.0),  # too near
        Limit(mjd=59001.0, limiting_magnitude=25.0),  # afterwards
        Limit(mjd=58998.0, limiting_magnitude=25.0, band="r"),
        Limit(mjd=58998.0, limiting_magnitude=25.0, object_id=2),
    ]
    (band,) = summarise(detection_table([Point()]), non_detection_table(limits)).bands
    assert band.rise_rate is not None
    assert abs(band.rise_rate - 0.5) < 1e-12


def test_mean_position_of_detections_on_both_sides_of_ra_zero() -> None:
    points = [Point(candid=1, ra=359.9998, dec=0), Point(candid=2, ra=0.0002, dec=0)]
    (summary,) = summarise(detection_table(points), non_detection_table([])).objects
    assert separation_arcsec(Position(summary.ra, summary.dec), Position(0, 0)) < 1e-6
