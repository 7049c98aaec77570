"""Offsets in the plane that touches the sky."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from domain.sky import Position
from domain.tangent_plane import offsets


@given(st.floats(0, 360), st.floats(-85, 85), st.floats(-300, 300), st.floats(-300, 300))
def test_small_offsets_are_those_of_astropy(ra: float, dec: float, east: float, north: float) -> None:
    center = SkyCoord(ra, dec, unit="deg")
    there = center.spherical_offsets_by(east * u.arcsec, north * u.arcsec)
    found = offsets(Position(ra, dec), [there.ra.deg], [there.dec.deg])
    assert found.east[0] == pytest.approx(east, abs=2e-3)
    assert found.north[0] == pytest.approx(north, abs=2e-3)


def test_what_is_behind_has_no_place() -> None:
    found = offsets(Position(10, 20), [190, 10], [-20, 20])
    assert np.isnan([found.east[0], found.north[0]]).all()
    assert (found.east[1], found.north[1]) == (0, 0)
