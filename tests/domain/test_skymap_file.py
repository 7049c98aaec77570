"""Sky maps as files: every way of writing one gives the same map, and what is none is refused in words."""

import io

import numpy as np
import pytest
from astropy.io import fits
from astropy_healpix.core import nested_to_ring

from domain import skymap_file
from domain.skymap import InvalidSkymap, skymap_id_of
from domain.skymap_file import read_skymap
from tests.support.skymaps import flat_fits, flattened, gzipped, multi_order_fits, two_arcs

MAP = two_arcs(coarse=2, fine=4)
FLAT = flattened(MAP, 4)
RING = np.empty_like(FLAT)
RING[nested_to_ring(np.arange(FLAT.size), 16)] = FLAT


def test_multi_order_and_gzipped_are_the_same_map() -> None:
    plain = multi_order_fits(MAP)
    read = read_skymap(plain).skymap
    assert len(read.uniq) == len(MAP.pixel)
    assert skymap_id_of(read_skymap(gzipped(plain)).skymap) == skymap_id_of(read)
    assert read.probability.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "data",
    [
        flat_fits(FLAT),
        flat_fits(FLAT, "NEST"),
        flat_fits(FLAT, row=1024),
        flat_fits(RING, "RING"),
        gzipped(flat_fits(RING, "RING", row=1024)),
        flat_fits(RING, "RING", name="PROBABILITY"),
    ],
)
def test_flat_maps_are_the_same_regions_in_fewer_pixels(data: bytes) -> None:
    read = read_skymap(data).skymap
    wanted = read_skymap(multi_order_fits(MAP)).skymap
    assert len(read.uniq) <= len(wanted.uniq)
    for level in (0.3, 0.5, 0.9):
        assert read.area(level) == pytest.approx(wanted.area(level), rel=0.02)
    for pixel in wanted.first[:: len(wanted.first) // 50].tolist():
        assert read.place_of(pixel).density == pytest.approx(wanted.place_of(pixel).density)


@pytest.mark.parametrize("unit", ["deg-2", "1 / sr", None, "probability"])
def test_the_unit_of_the_density_is_heeded(unit: str | None) -> None:
    found, wanted = (read_skymap(multi_order_fits(MAP, one)).skymap for one in (unit, "sr-1"))
    assert found.area(0.9) == pytest.approx(wanted.area(0.9))


def test_the_header_s_facts_are_told() -> None:
    header = {
        "OBJECT": "S251126a",
        "DATE-OBS": "2025-11-26T03:04:05.678",
        "INSTRUME": "H1,L1",
        "DISTMEAN": 141.5,
        "DISTSTD": 39.25,
    }
    facts = read_skymap(multi_order_fits(MAP, **header)).facts
    assert (facts.event, facts.instruments) == ("S251126a", "H1,L1")
    assert (facts.distance_mpc, facts.distance_error_mpc) == (141.5, 39.25)
    assert facts.observed_at is not None
    assert facts.observed_at.isoformat() == "2025-11-26T03:04:05.678000+00:00"
    assert read_skymap(multi_order_fits(MAP, **{"DATE-OBS": "soon"})).facts == (None,) * 5


def table(**columns: object) -> bytes:
    written = io.BytesIO()
    made = fits.BinTableHDU.from_columns(
        [
            fits.Column(name, "A8" if isinstance(values, list) else "D", array=values)
            for name, values in columns.items()
        ]
    )
    fits.HDUList([fits.PrimaryHDU(), made]).writeto(written)
    return written.getvalue()


def image() -> bytes:
    written = io.BytesIO()
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "this is no FITS file"),
        (b"<html>", "this is no FITS file"),
        (gzipped(b"hello"), "this is no FITS file"),
        (gzipped(flat_fits(FLAT))[:100] + b"x", "cut short|damaged"),
        (b"\x1f\x8bgarbage", "the gzipped file is damaged"),
        (gzipped(flat_fits(FLAT))[:-12], "the gzipped file is cut short"),
        (flat_fits(FLAT)[:9000], "FITS file cannot be read|pixels"),
        (image(), "has no binary table"),
        (table(FLUX=np.ones(12)), "neither UNIQ and PROBDENSITY nor PROB; it has FLUX"),
        (table(UNIQ=np.arange(4, 16), PROB=np.ones(12)), "no column PROBDENSITY beside UNIQ"),
        (table(PROB=np.ones(12) / 12), "ORDERING must be NESTED or RING"),
        (table(UNIQ=["a"] * 12, PROBDENSITY=np.ones(12)), "holds no numbers"),
        (flat_fits(FLAT, "NUNIQ"), "ORDERING must be NESTED or RING"),
        (flat_fits(FLAT, COORDSYS="G"), "coordinates of the kind 'G'"),
        (flat_fits(FLAT, NSIDE=32), "a map of NSIDE 32 has 12288 pixels, this one has 3072"),
        (flat_fits(FLAT, NSIDE=17), "NSIDE must be a power of 2"),
        (flat_fits(FLAT, NSIDE=4096), "NSIDE must be a power of 2, at most 2048"),
        (flat_fits(FLAT / 2), "sum to 0.5"),
        (flat_fits(-FLAT), "negative"),
        (flat_fits(np.where(FLAT.max() == FLAT, np.nan, FLAT)), "no finite probability"),
    ],
)
def test_what_is_no_map_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(InvalidSkymap, match=message):
        read_skymap(data)


def test_a_file_that_grows_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skymap_file, "MAX_PLAIN_BYTES", 100_000)
    with pytest.raises(InvalidSkymap, match="larger than 100000 bytes without its compression"):
        read_skymap(gzipped(b"SIMPLE" + b" " * 10_000_000))
