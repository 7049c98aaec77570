"""Which magnitudes features are made from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.features.photometry import BANDS, Limit, Measurement, photometry_of, sorted_photometry
from domain.band import Band
from tests.support.stored_light_curves import (
    stored_detection,
    stored_forced,
    stored_light_curve,
    stored_limit,
)


def test_difference_magnitudes_when_nothing_fades_below_the_reference() -> None:
    rows = [stored_detection(60000 + k, corrected=True, apparent_magnitude=17.0) for k in range(4)]
    found = photometry_of(stored_light_curve(rows))
    assert not found.is_apparent
    assert found.magnitude.tolist() == [18.0] * 4
    assert found.corrected_fraction == 1


def test_apparent_magnitudes_when_something_does() -> None:
    rows = [
        stored_detection(
            60000 + k, corrected=True, apparent_magnitude=17.0 + k, apparent_magnitude_error=0.1, is_positive=k != 2
        )
        for k in range(4)
    ]
    found = photometry_of(stored_light_curve(rows))
    assert found.is_apparent
    assert found.magnitude.tolist() == [17.0, 18.0, 19.0, 20.0]
    assert found.sign.tolist() == [1, 1, -1, 1]


def test_the_error_for_extended_sources_where_there_is_no_other() -> None:
    rows = [
        stored_detection(
            60000 + k,
            corrected=True,
            apparent_magnitude=17.0,
            apparent_magnitude_error_extended=0.2,
            is_positive=False,
        )
        for k in range(2)
    ]
    assert np.allclose(photometry_of(stored_light_curve(rows)).error, np.hypot(0.2, 0.005))


def test_what_is_no_measurement_is_left_out() -> None:
    rows = [
        stored_detection(60000.0, magnitude=None),
        stored_detection(60001.0, magnitude_error=None),
        stored_detection(60002.0, magnitude_error=1.2),
        stored_detection(60003.0, magnitude=float("nan")),
        stored_detection(60004.0),
    ]
    found = photometry_of(stored_light_curve(rows))
    assert found.first_mjd == 60004.0
    assert found.time.tolist() == [0.0]


def test_limits_are_non_detections_and_insignificant_forced_photometry() -> None:
    forced = [stored_forced(59990.0, 5.0), stored_forced(59991.0, 50.0), stored_forced(59992.0, None)]
    found = photometry_of(stored_light_curve([stored_detection(60000.0)], [stored_limit(59995.0, "r")], forced))
    assert found.limit_time.tolist() == [-10.0, -5.0]
    assert found.limit.tolist() == [20.2, 20.0]
    assert np.diff(found.limit_start).tolist() == [0, 1, 1, 0, 0, 0]


def test_an_empty_light_curve_is_empty() -> None:
    found = photometry_of(stored_light_curve([]))
    assert found.points.tolist() == [0] * len(BANDS)


ROWS = st.lists(
    st.builds(
        Measurement,
        st.floats(58000, 62000),
        st.sampled_from(list(Band)),
        st.floats(10, 22),
        st.floats(0, 1),
        st.sampled_from([-1, 0, 1]),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(rows=ROWS, seed=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(rows: list[Measurement], seed: int) -> None:
    shuffled = [rows[k] for k in np.random.default_rng(seed).permutation(len(rows))]
    limits = [Limit(row.mjd, row.band, 20.0) for row in rows]
    one, other = (sorted_photometry(some, limits, is_apparent=False) for some in (rows, shuffled))
    for name in ("time", "magnitude", "error", "sign", "start", "limit_time", "limit", "limit_start"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    for number in range(len(BANDS)):
        assert (np.diff(one.time[slice(*one.start[number : number + 2])]) >= 0).all()
