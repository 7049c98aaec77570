"""Whatever is within the radius of a place is found by its cell, at poles, RA 0 and corners of base pixels."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from domain.sky import healpix
from domain.sky_cells import CELL_TO_RADIUS, cell_order, cells_beside
from tests.support.points import CENTERS, sky_points


@pytest.mark.parametrize("radius_arcsec", [0.5, 2.5, 61.0, 601.0])
def test_no_pair_is_missed(radius_arcsec: float) -> None:
    order = cell_order(radius_arcsec)
    random = np.random.default_rng(3)
    sources = crowd(random, radius_arcsec, order)
    angle, turn = (
        radius_arcsec * np.sqrt(random.uniform(0, 1, len(sources[0]))),
        random.uniform(0, 360, len(sources[0])),
    )
    objects = shifted(*sources, angle, turn)
    index, cells = cells_beside(*sources, radius_arcsec, order)
    own, wanted = healpix(*sources, order), healpix(*objects, order)
    listed = set(zip(index.tolist(), cells.tolist(), strict=True))
    elsewhere = np.flatnonzero(own != wanted)
    assert elsewhere.size > 100
    assert [i for i in elsewhere.tolist() if (i, int(wanted[i])) not in listed] == []
    assert not (cells == own[index]).any()


def test_few_sources_are_listed_beside_cells() -> None:
    points = sky_points()
    index, _ = cells_beside(points.ra, points.dec, 2.5, cell_order(2.5))
    spread = len(points.ra) // 5
    assert (index < spread).sum() < 0.6 * spread


def test_cells_are_wide() -> None:
    for radius in (0.1, 1.5, 60.0, 600.0):
        side = np.degrees(np.sqrt(np.pi / 3) / 2 ** cell_order(radius)) * 3600
        assert CELL_TO_RADIUS * radius <= side <= 2 * CELL_TO_RADIUS * radius


def crowd(
    random: np.random.Generator, radius_arcsec: float, order: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places within some cells of the awkward ones."""
    width = np.degrees(np.sqrt(np.pi / 3) / 2**order)
    ras, decs = [], []
    for center in CENTERS:
        ra, dec = shifted(
            np.full(1500, center.ra),
            np.full(1500, center.dec),
            width * 3600 * 2 * np.sqrt(random.uniform(0, 1, 1500)),
            random.uniform(0, 360, 1500),
        )
        ras.append(ra)
        decs.append(dec)
    return np.concatenate(ras), np.concatenate(decs)


def shifted(
    ra: NDArray[np.float64], dec: NDArray[np.float64], arcsec: NDArray[np.float64], turn: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    moved = SkyCoord(ra, dec, unit="deg").directional_offset_by(turn * u.deg, arcsec * u.arcsec)
    return np.asarray(moved.ra.deg) % 360, np.clip(np.asarray(moved.dec.deg), -90, 90)
