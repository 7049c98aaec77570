"""Stamps read by us and by astropy must agree, and whatever cannot be read must say so."""

import gzip
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pytest
from astropy.io import fits as astropy_fits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from domain.errors import ArrayanError
from domain.stamp import BLOCK, MAX_FITS_BYTES, Stamp, StampError, StampKind, decode_stamp, orientation_of
from domain.survey import SurveyName

IMAGES = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=70),
    elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    fill=st.floats(width=32, allow_nan=True),
)
ZTF_FIRST_CARD = b"SIMPLE  =  T".ljust(80)

pytestmark = pytest.mark.filterwarnings("ignore")  # astropy remarks on the damage that we do on purpose

CUTOUT_FIELDS = ("cutoutScience", "cutoutTemplate", "cutoutDifference")


def decode(data: bytes) -> Stamp:
    return decode_stamp(StampKind.SCIENCE, data)


def fits_file(*hdus: Any) -> bytes:
    out = io.BytesIO()
    with np.errstate(all="ignore"):
        astropy_fits.HDUList(list(hdus)).writeto(out)
    return out.getvalue()


def ztf_file(pixels: NDArray[np.float32]) -> bytes:
    """FITS as ZTF writes it, before the gzip."""
    height, width = pixels.shape
    cards = [
        ZTF_FIRST_CARD,
        *(
            f"{name:8}= {number:>20}".encode().ljust(80)
            for name, number in (("BITPIX", -32), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", height))
        ),
        b"BUNIT   = 'DN      '".ljust(80),
        b"END",
    ]
    pixel_bytes = pixels.astype(">f4").tobytes()
    return b"".join(cards).ljust(BLOCK) + pixel_bytes.ljust(-(-len(pixel_bytes) // BLOCK) * BLOCK, b"\0")


def same(ours: NDArray[np.float32], theirs: NDArray[Any]) -> bool:
    """Equal bit for bit, NaN payloads and signs of zero included."""
    return ours.shape == theirs.shape and ours.tobytes() == theirs.astype(np.float32).tobytes()


def read_by_astropy(fits: bytes, *, strict: bool) -> NDArray[Any]:
    with warnings.catch_warnings(), astropy_fits.open(io.BytesIO(fits), lazy_load_hdus=False) as hdus:
        warnings.simplefilter("error" if strict else "ignore")
        if strict:
            hdus.verify("exception")
        return np.array(hdus[0].data)


def packet_stamps(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*.avro")):
        with path.open("rb") as file:
            for record in fastavro.reader(file):
                assert isinstance(record, dict)
                for field in CUTOUT_FIELDS:
                    cutout = record.get(field)
                    data = cutout["stampData"] if isinstance(cutout, dict) else cutout
                    if data:
                        yield data


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_every_real_stamp_equals_what_astropy_reads(shared_alerts: Path, survey: str) -> None:
    shapes = set()
    count = 0
    for data in packet_stamps(shared_alerts / survey):
        count += 1
        stamp = decode(data)
        plain = gzip.decompress(data) if survey == "ztf" else data
        assert same(stamp.pixels, read_by_astropy(plain, strict=False))
        assert same(stamp.pixels, read_by_astropy(stamp.fits, strict=True))
        assert stamp.fits[80:] == plain[80:]
        shapes.add(stamp.pixels.shape)
    assert count > {"ztf": 3500, "lsst": 200}[survey]
    assert {(63, 63)} < shapes if survey == "ztf" else {(30, 30)} < shapes


def test_jpeg_stamps_of_the_test_stream_are_refused_by_name(shared_alerts: Path) -> None:
    stamps = list(packet_stamps(shared_alerts / "odd" / "v1_jpeg_stamps"))
    assert stamps
    for data in stamps:
        with pytest.raises(StampError, match="JPEG"):
            decode(data)


@given(IMAGES)
def test_ztf_stamps_come_back_bit_for_bit(pixels: NDArray[np.float32]) -> None:
    stamp = decode(gzip.compress(ztf_file(pixels), 1))
    assert same(stamp.pixels, pixels)
    assert same(read_by_astropy(stamp.fits, strict=True).astype(np.float32), pixels)


@given(IMAGES)
def test_plain_fits_with_more_images_gives_the_first_and_keeps_all(pixels: NDArray[np.float32]) -> None:
    data = fits_file(
        astropy_fits.PrimaryHDU(pixels),
        astropy_fits.ImageHDU(pixels * 0, name="UNCERT"),
        astropy_fits.ImageHDU(np.zeros((41, 41)), name="PSFIMAGE"),
    )
    stamp = decode(data)
    assert same(stamp.pixels, pixels)
    assert stamp.fits == data


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "i8", "f8"])
def test_other_pixel_types_become_float32(dtype: str) -> None:
    pixels = np.arange(12, dtype=dtype).reshape(3, 4)
    assert same(decode(fits_file(astropy_fits.PrimaryHDU(pixels))).pixels, pixels)


def test_scaled_pixels_are_physical_values() -> None:
    hdu = astropy_fits.PrimaryHDU(np.array([[0.0, 50.0], [100.0, 150.0]]))
    hdu.scale("int16", bscale=0.5, bzero=10)
    assert decode(fits_file(hdu)).pixels.tolist() == [[0.0, 50.0], [100.0, 150.0]]


def test_row_zero_is_the_first_row_of_the_file_and_pixels_cannot_be_changed() -> None:
    stamp = decode(gzip.compress(ztf_file(np.array([[1, 2, 3], [4, 5, 6]], np.float32))))
    assert stamp.pixels[0].tolist() == [1, 2, 3]
    assert not stamp.pixels.flags.writeable


@pytest.mark.parametrize("fill", [np.nan, 0.0, 7.5])
def test_constant_and_empty_looking_images_are_data(fill: float) -> None:
    pixels = np.full((41, 63), fill, np.float32)
    assert same(decode(gzip.compress(ztf_file(pixels))).pixels, pixels)


def _truncated(pixels_shape: tuple[int, ...] = (63, 63)) -> bytes:
    return ztf_file(np.zeros(pixels_shape, np.float32))[: BLOCK + 63 * 60 * 4]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (b"<html>", "not a FITS file: it begins with the bytes 3c 68 74 6d"),
        (gzip.compress(gzip.compress(b"SIMPLE")), "not a FITS file"),
        (b"\xff\xd8\xff\xe0JFIF", "JPEG"),
        (gzip.compress(ztf_file(np.ones((63, 63), np.float32)))[:-60], "ends too early"),
        (gzip.compress(ztf_file(np.ones((63, 63), np.float32)))[:-8] + bytes(8), "damaged"),
        (gzip.compress(_truncated()), "ends too early"),
        (_truncated(), "ends too early"),
        (gzip.compress(bytes(MAX_FITS_BYTES + 1)), "larger than 16 MB"),
        (b"SIMPLE  =" + bytes(MAX_FITS_BYTES), "larger than 16 MB"),
        (b"SIMPLE  =", "cannot be read"),
        (b"SIMPLE  =                    T".ljust(2880), "cannot be read"),
        (fits_file(astropy_fits.PrimaryHDU()), r"axes \[\]"),
        (fits_file(astropy_fits.PrimaryHDU(np.zeros(5))), r"axes \[5\]"),
        (fits_file(astropy_fits.PrimaryHDU(np.zeros((2, 3, 4)))), r"axes \[4, 3, 2\]"),
        (ztf_file(np.zeros((0, 63), np.float32)), r"axes \[63, 0\]"),
        (fits_file(astropy_fits.PrimaryHDU(), astropy_fits.ImageHDU(np.zeros((3, 3)))), r"axes \[\]"),
    ],
)
def test_unreadable_bytes_say_why(data: bytes, message: str) -> None:
    with pytest.raises(StampError, match=message):
        decode(data)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    with pytest.raises(StampError, match="larger than 16 MB"):
        decode(bomb)


def test_an_image_that_is_larger_than_its_file_is_refused_without_making_room_for_it() -> None:
    data = ztf_file(np.zeros((63, 63), np.float32)).replace(
        b"NAXIS1  =                   63", b"NAXIS1  =            999999999"
    )
    with pytest.raises(StampError, match="ends too early"):
        decode(data)


@given(st.binary(max_size=3000), st.sampled_from([b"", b"SIMPLE  =  T", b"\x1f\x8b\x08"]))
def test_garbage_raises_nothing_but_stamp_error(garbage: bytes, start: bytes) -> None:
    with pytest.raises(StampError):
        decode(start + garbage)


@given(st.integers(0, 2879), st.integers(0, 255))
def test_a_changed_byte_in_the_header_gives_an_image_or_a_stamp_error(offset: int, byte: int) -> None:
    data = bytearray(ztf_file(np.ones((9, 9), np.float32)))
    data[offset] = byte
    try:
        stamp = decode(bytes(data))
    except StampError:
        return
    assert stamp.pixels.ndim == 2
    assert same(stamp.pixels, read_by_astropy(stamp.fits, strict=False))


def test_stamp_error_is_one_of_ours_and_a_value_error() -> None:
    assert issubclass(StampError, ArrayanError)
    assert issubclass(StampError, ValueError)


def with_world_coordinates(turn: float, *, mirrored: bool = False, scale: float = 0.2) -> Stamp:
    """A stamp whose first axis is turned so many degrees against west, counter-clockwise."""
    angle, side = np.radians(turn), -1.0 if mirrored else 1.0
    header = astropy_fits.Header(
        {
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRVAL1": 150.0,
            "CRVAL2": -2.0,
            "CRPIX1": 15.0,
            "CRPIX2": 15.0,
            "CD1_1": -side * scale / 3600 * np.cos(angle),
            "CD1_2": -side * scale / 3600 * np.sin(angle),
            "CD2_1": -scale / 3600 * np.sin(angle),
            "CD2_2": scale / 3600 * np.cos(angle),
        }
    )
    return decode(fits_file(astropy_fits.PrimaryHDU(np.zeros((30, 30), np.float32), header)))


@given(st.floats(-179, 179), st.booleans())
def test_world_coordinates_tell_where_north_and_east_are(turn: float, mirrored: bool) -> None:
    """Beside astropy: a step to the north, in pixels."""
    from astropy.wcs import WCS

    stamp = with_world_coordinates(turn, mirrored=mirrored)
    lies = orientation_of(SurveyName.LSST, stamp)
    assert lies is not None
    assert lies.is_measured
    assert lies.pixel_arcsec == pytest.approx(0.2)
    assert lies.east_is_left is not mirrored
    wcs = WCS(astropy_fits.Header.fromstring(stamp.fits[:BLOCK].decode("ascii")))
    x, y = np.subtract(wcs.world_to_pixel_values(150.0, -2.0 + 1e-4), wcs.world_to_pixel_values(150.0, -2.0))
    assert lies.north_degrees == pytest.approx(np.degrees(np.arctan2(-x, y)), abs=1e-2)


def test_without_world_coordinates_the_survey_s_rule_holds_or_nobody_tells() -> None:
    stamp = decode(fits_file(astropy_fits.PrimaryHDU(np.zeros((5, 5), np.float32))))
    assert orientation_of(SurveyName.LSST, stamp) is None
    lies = orientation_of(SurveyName.ZTF, stamp)
    assert lies is not None
    assert (lies.north_degrees, lies.east_is_left, lies.is_measured) == (0.0, True, False)


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CD1_1": 0.0, "CD2_2": 0.0},
        {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "CD1_1": -1e-4, "CD2_2": 1e-4},
        {"PC1_1": -1e-4, "PC2_2": 1e-4},
        {"CDELT1": 1.0, "CDELT2": 1.0},
        {"CDELT1": "wide", "CDELT2": 1.0},
    ],
)
def test_world_coordinates_that_cannot_be_told_by_tell_nothing(cards: dict[str, Any]) -> None:
    header = astropy_fits.Header({"CRVAL1": 10.0, "CRVAL2": 10.0, **cards})
    stamp = decode(fits_file(astropy_fits.PrimaryHDU(np.zeros((5, 5), np.float32), header)))
    assert orientation_of(SurveyName.LSST, stamp) is None


def test_real_lsst_stamps_say_how_they_lie(shared_alerts: Path) -> None:
    """Without CTYPE, but with CRVAL where the source is."""
    found = 0
    for path in sorted((shared_alerts / "lsst" / "fink_avro").rglob("*.avro"))[::5]:
        with path.open("rb") as file:
            record: Any = next(fastavro.reader(file))
        if record.get("cutoutScience") is None:
            continue
        stamp = decode(record["cutoutScience"])
        header = astropy_fits.Header.fromstring(stamp.fits[:BLOCK].decode("ascii"))
        assert header["CRVAL1"] == pytest.approx(record["diaSource"]["ra"], abs=1e-9)
        lies = orientation_of(SurveyName.LSST, stamp)
        assert lies is not None
        assert lies.is_measured
        assert lies.east_is_left
        assert 0.15 < lies.pixel_arcsec < 0.3
        found += 1
    assert found > 3
