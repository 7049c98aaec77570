"""The numbers beside the stamps."""

from math import isnan
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.stamps.metadata import NAMES, NOTHING, Metadata, Scaling, vector_of
from domain.survey import SurveyName
from surveys.registry import survey_named
from tests.support.ztf_packets import packet, received


def metadata(**changes: Any) -> Metadata:
    found = Metadata.of_alert(received(packet(**changes)).alert)
    assert found is not None
    return found


def test_numbers_are_those_of_the_packet() -> None:
    numbers = metadata(
        magpsf=18.5, diffmaglim=20.5, magnr=19.0, fid=2, isdiffpos="f", ndethist=9, ncovhist=109
    ).numbers()
    assert numbers["depth"] == pytest.approx(2.0)
    assert numbers["contrast"] == pytest.approx(0.5)
    assert (numbers["is_positive"], numbers["band_g"], numbers["band_i"]) == (0, 0, 0)
    assert numbers["detections"] == pytest.approx(1.0)
    assert numbers["non_detections"] == pytest.approx(np.log10(101))


def test_what_the_survey_does_not_say_is_nan() -> None:
    numbers = metadata(magnr=None, distnr=None, sgscore2=None, distpsnr2=-999.0).numbers()
    names = ["reference_magnitude", "contrast", "reference_distance", "catalog_star_score_2", "catalog_distance_2"]
    assert all(isnan(numbers[name]) for name in names)
    assert np.isnan(vector_of(NOTHING)).all()


@pytest.mark.parametrize("field", ["ssdistnr", "ssmagnr", "ssnamenr", "rb", "drb", "field", "rcid"])
def test_the_verdicts_of_the_survey_and_its_grid_change_nothing(field: str) -> None:
    values = {"ssnamenr": ("null", "433"), "field": (300, 700), "rcid": (1, 60)}.get(field, (0.1, 0.9))
    first, second = (vector_of(metadata(**{field: value})) for value in values)
    np.testing.assert_array_equal(first, second)


def test_of_the_position_only_the_two_latitudes_are_kept() -> None:
    place = SkyCoord(l=[30, 200], b=[40, 40], unit="deg", frame="galactic")
    ecliptic = place.barycentricmeanecliptic.lat.deg
    for ra, dec, latitude in zip(place.icrs.ra.deg, place.icrs.dec.deg, ecliptic, strict=True):
        numbers = metadata(ra=float(ra), dec=float(dec)).numbers()
        assert numbers["galactic_latitude"] == pytest.approx(40, abs=0.01)
        assert numbers["ecliptic_latitude"] == pytest.approx(abs(latitude), abs=0.01)


@given(st.lists(st.floats(width=32), min_size=len(NAMES), max_size=len(NAMES)))
@settings(deadline=None)
def test_scaled_numbers_stay_in_range(values: list[float]) -> None:
    scaling = Scaling(NAMES, np.zeros(len(NAMES), np.float32), np.full(len(NAMES), 0.5, np.float32), 4.0)
    rows = scaling.apply(np.array([values], np.float32))
    numbers, flags = rows[0, : len(NAMES)], rows[0, len(NAMES) :]
    assert (np.abs(numbers) <= 4).all()
    np.testing.assert_array_equal(flags, ~np.isfinite(values))
    assert not numbers[flags == 1].any()


def test_scaling_survives_being_written_down() -> None:
    rng = np.random.default_rng(3)
    scaling = Scaling(NAMES, rng.normal(size=len(NAMES)).astype(np.float32), np.ones(len(NAMES), np.float32), 4.0)
    again = Scaling.from_json(scaling.as_json())
    rows = rng.normal(size=(4, len(NAMES))).astype(np.float32)
    assert again.names == NAMES
    np.testing.assert_array_equal(again.apply(rows), scaling.apply(rows))


def test_there_are_readers_of_surveys_without_these_fields() -> None:
    assert survey_named(SurveyName.LSST).name != SurveyName.ZTF
