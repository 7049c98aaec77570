"""All features together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.features.context import Context, ecliptic_latitude, galactic_latitude
from classify.features.extraction import BAND_NAMES, DEFINITIONS, FEATURE_NAMES, feature_vector, named_features
from classify.features.photometry import Measurement, photometry_of, sorted_photometry
from domain.band import Band
from domain.classification import split_feature
from tests.support.stored_light_curves import stored_light_curve, supernova_light_curve


def test_there_are_150_names_for_two_bands() -> None:
    found = named_features(feature_vector(photometry_of(supernova_light_curve())))
    assert len(found) >= 150
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)


def test_every_name_has_one_definition() -> None:
    defined = [definition.name for definition in DEFINITIONS]
    assert len(set(defined)) == len(defined)
    assert set(defined) == {split_feature(name)[0] for name in FEATURE_NAMES}


def test_one_rule_for_the_bands_of_every_survey() -> None:
    two = named_features(feature_vector(photometry_of(supernova_light_curve(bands="gr"))))
    six = named_features(feature_vector(photometry_of(supernova_light_curve(bands="ugrizy"))))
    assert six.keys() - two.keys() == {f"{name}_{band}" for name in BAND_NAMES for band in "uizy"}
    assert six["colour_zy"] == pytest.approx(0.25, abs=0.15)


def test_a_supernova_rises_and_fades() -> None:
    found = named_features(feature_vector(photometry_of(supernova_light_curve())))
    assert found["risen_g"] == pytest.approx(3.6, abs=0.2)
    assert found["faded_g"] > 2
    assert found["positive_fraction_g"] == 1
    assert found["days_since_last_limit_g"] == pytest.approx(10.2)
    assert found["monotony_g"] > 0.8


def test_no_light_curve_has_no_features_but_gives_names() -> None:
    vector = feature_vector(photometry_of(stored_light_curve([])))
    assert vector.shape == (len(FEATURE_NAMES),)
    assert not any(name.endswith("std_g") for name in named_features(vector))


ROW = st.builds(
    Measurement,
    st.floats(0, 800).map(lambda day: 60000 + round(day, 3)),
    st.sampled_from([Band.g, Band.r, Band.y]),
    st.floats(12, 21),
    st.floats(0, 1),
    st.sampled_from([-1, 0, 1]),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=25))
def test_features_are_numbers_or_nan_whatever_is_measured(rows: list[Measurement]) -> None:
    vector = feature_vector(sorted_photometry(rows, [], is_apparent=False))
    assert not np.isinf(vector).any()
    again = feature_vector(sorted_photometry(list(reversed(rows)), [], is_apparent=False))
    assert np.array_equal(vector, again, equal_nan=True)


def test_latitudes_are_astropys() -> None:
    from astropy.coordinates import SkyCoord

    for ra, dec in ((0.0, 90.0), (150.0, 2.0), (359.9, -33.0), (266.4, -29.0)):
        sky = SkyCoord(ra, dec, unit="deg")
        assert galactic_latitude(ra, dec) == pytest.approx(sky.galactic.b.deg, abs=1e-4)
        assert ecliptic_latitude(ra, dec) == pytest.approx(sky.barycentricmeanecliptic.lat.deg, abs=1e-3)
    assert np.isnan(galactic_latitude(Context().ra, Context().dec))
