"""Tallies of light curves against what the textbook says of each, computed from all its points."""

import statistics
from collections.abc import Sequence
from random import Random

import pytest
from astropy.coordinates import CartesianRepresentation, SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sky import Position, healpix, separation_arcsec
from domain.statistics import BandStatistics, ObjectSummary
from domain.tally import CountedDetection, CountedLimit, ObjectTally, object_summaries
from tests.support.light_curves import Summaries, limit, point, summarise


def naive_dubious(points: Sequence[CountedDetection]) -> list[bool]:
    flags = []
    for mine in points:
        first = min(
            (p for p in points if (p.object_id, p.band) == (mine.object_id, mine.band)),
            key=lambda p: (p.mjd, p.candid),
        )
        flags.append((not mine.corrected and not mine.is_positive) or mine.corrected != first.corrected)
    return flags


def naive_summaries(points: Sequence[CountedDetection], limits: Sequence[CountedLimit]) -> Summaries:
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
                sum(item.object_id == object_id for item in limits),
                bands.get((object_id, "g")),
                bands.get((object_id, "r")),
            )
        )
    return Summaries(objects, list(bands.values()), dict(zip(points, dubious, strict=True)))


def naive_band(points: Sequence[tuple[CountedDetection, bool]], limits: Sequence[CountedLimit]) -> BandStatistics:
    first, last = points[0][0], points[-1][0]
    magnitudes = [p.magnitude for p, _ in points if p.magnitude is not None]
    apparent = [p.apparent_magnitude for p, _ in points if p.apparent_magnitude is not None]
    corrected = sum(p.corrected for p, _ in points)
    rises = [
        (item.limiting_magnitude - first.magnitude - (first.magnitude_error or 0)) / (first.mjd - item.mjd)
        for item in limits
        if (item.object_id, item.band) == (first.object_id, first.band)
        and item.limiting_magnitude > 0
        and first.magnitude is not None
        and first.mjd - item.mjd > 0.5
    ]
    return BandStatistics(
        object_id=first.object_id,
        band=first.band,
        detection_count=len(points),
        dubious_count=sum(flag for _, flag in points),
        first_mjd=first.mjd,
        last_mjd=last.mjd,
        magnitude_mean=statistics.fmean(magnitudes) if magnitudes else None,
        magnitude_min=min(magnitudes, default=None),
        magnitude_max=max(magnitudes, default=None),
        magnitude_sigma=statistics.pstdev(magnitudes) if magnitudes else None,
        magnitude_first=first.magnitude,
        magnitude_last=last.magnitude,
        apparent_magnitude_mean=statistics.fmean(apparent) if apparent else None,
        apparent_magnitude_min=min(apparent, default=None),
        apparent_magnitude_max=max(apparent, default=None),
        rise_rate=max(rises, default=None),
        saturation_rate=sum(m < 13.2 for m in apparent) / corrected if corrected else None,
    )


def naive_object(
    points: Sequence[CountedDetection], limits: int, g: BandStatistics | None, r: BandStatistics | None
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
    point,
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
    limit,
    object_id=st.sampled_from([-(2**60), -7, 3, 2**60, 99]),
    band=st.sampled_from(["g", "r", "z"]),
    mjd=st.one_of(st.floats(57990, 58012), st.sampled_from([57999.5, 57999.4999])),
    limiting_magnitude=st.one_of(st.floats(16, 22), st.just(-5.0)),
)
LIGHT_CURVES = st.lists(POINTS, max_size=30, unique_by=lambda point: (point.object_id, point.candid))


def one_hemisphere(points: list[CountedDetection]) -> list[CountedDetection]:
    """No object spread from pole to pole: the sum of such directions has no direction worth testing."""
    return [p._replace(dec=-89.995 if p.object_id < 0 else min(max(p.dec, 10.0), 10.001)) for p in points]


@settings(max_examples=150, deadline=None)
@given(LIGHT_CURVES.map(one_hemisphere), st.lists(LIMITS, max_size=20))
def test_summaries_equal_those_of_one_light_curve_at_a_time(
    points: list[CountedDetection], limits: list[CountedLimit]
) -> None:
    assert_same(summarise(points, limits), naive_summaries(points, limits))


@settings(max_examples=150, deadline=None)
@given(LIGHT_CURVES)
def test_dubious_flags_equal_those_of_one_light_curve_at_a_time(points: list[CountedDetection]) -> None:
    found = summarise(points).dubious
    assert [found[item] for item in points] == naive_dubious(points)


@settings(max_examples=50, deadline=None)
@given(LIGHT_CURVES, st.lists(LIMITS, max_size=20), st.randoms(use_true_random=False))
def test_summaries_do_not_depend_on_the_order_of_rows(
    points: list[CountedDetection], limits: list[CountedLimit], random: Random
) -> None:
    expected = summarise(points, limits)
    random.shuffle(points)
    random.shuffle(limits)
    assert summarise(points, limits) == expected


@settings(max_examples=150, deadline=None)
@given(LIGHT_CURVES, st.lists(LIMITS, max_size=20), st.integers(0, 30), st.integers(0, 20))
def test_a_tally_that_grew_equals_the_one_made_at_once_to_the_last_bit(
    points: list[CountedDetection], limits: list[CountedLimit], cut: int, limit_cut: int
) -> None:
    mine = sorted((p._replace(object_id=1) for p in points), key=lambda p: p.place_in_time)
    my_limits = [item._replace(object_id=1) for item in limits]
    early_bands = {p.band for p in mine[:cut]}
    late = [p for p in mine[cut:] if p.band in early_bands]  # a new band is tallied anew
    grown, whole = ObjectTally(1), ObjectTally(1)
    flags = grown.add(mine[:cut])
    grown.add_limits(my_limits[:limit_cut])
    assert grown.can_append(late)
    flags += grown.add(late)
    grown.add_limits(my_limits[limit_cut:])
    assert whole.add([*reversed(late), *mine[:cut]]) == flags
    whole.add_limits(my_limits)
    assert grown == whole
    assert object_summaries([grown]) == object_summaries([whole])


def test_a_tally_refuses_what_is_not_later() -> None:
    tally = ObjectTally(1)
    tally.add([point(mjd=59000.0, candid=5)])
    assert tally.can_append([point(mjd=59000.0, candid=6), point(mjd=59001.0)])
    assert not tally.can_append([point(mjd=59001.0), point(mjd=59000.0, candid=4)])


def test_nothing_has_no_summary() -> None:
    assert summarise([], [limit()]) == Summaries([], [], {})


def test_one_point_is_its_own_summary() -> None:
    assert summarise([point()]).bands == [
        BandStatistics(
            object_id=1,
            band="g",
            detection_count=1,
            dubious_count=0,
            first_mjd=59000.0,
            last_mjd=59000.0,
            magnitude_mean=18.0,
            magnitude_min=18.0,
            magnitude_max=18.0,
            magnitude_sigma=0.0,
            magnitude_first=18.0,
            magnitude_last=18.0,
            apparent_magnitude_mean=None,
            apparent_magnitude_min=None,
            apparent_magnitude_max=None,
            rise_rate=None,
            saturation_rate=None,
        )
    ]


def test_light_curve_without_magnitudes_has_nulls_and_counts() -> None:
    points = [point(candid=n, mjd=59000.0 + n, magnitude=None, magnitude_error=None) for n in range(3)]
    (band,) = summarise(points, [limit()]).bands
    assert band.detection_count == 3
    assert [band.magnitude_mean, band.magnitude_sigma, band.rise_rate] == [None] * 3


def test_rise_rate_is_the_steepest_that_a_limit_proves() -> None:
    limits = [
        limit(mjd=58990.0, limiting_magnitude=20.1),  # 2 mag in 10 days
        limit(mjd=58998.0, limiting_magnitude=19.1),  # 1 mag in 2 days: the steepest
        limit(mjd=58999.5, limiting_magnitude=25.0),  # too near
        limit(mjd=59001.0, limiting_magnitude=25.0),  # afterwards
        limit(mjd=58998.0, limiting_magnitude=25.0, band="r"),
        limit(mjd=58998.0, limiting_magnitude=25.0, object_id=2),
    ]
    (band,) = summarise([point()], limits).bands
    assert band.rise_rate is not None
    assert abs(band.rise_rate - 0.5) < 1e-12


def test_mean_position_of_detections_on_both_sides_of_ra_zero() -> None:
    points = [point(candid=1, ra=359.9998, dec=0), point(candid=2, ra=0.0002, dec=0)]
    (summary,) = summarise(points).objects
    assert separation_arcsec(Position(summary.ra, summary.dec), Position(0, 0)) < 1e-6
