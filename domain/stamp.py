"""Stamps: the small images around a detection.

ZTF sends each as a gzipped FITS file of one image, with a first card that strict readers refuse; LSST sends
plain FITS with the image first and its uncertainty and point spread function after it. Here both become
pixels and a FITS file that every reader takes.
"""

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.errors import ArrayanError
from domain.survey import SurveyName

MAX_FITS_BYTES = 16 * 1024 * 1024
"""Surveys send some 20 to 150 kB; more than this is a mistake or an attack."""

BLOCK = 2880
CARD = 80
PIXEL_BYTES = 4

GZIP_SIGNATURE = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
JPEG_SIGNATURE = b"\xff\xd8"
FITS_SIGNATURE = b"SIMPLE  ="

STANDARD_SIMPLE = b"SIMPLE  =                    T".ljust(CARD)
MISPLACED_SIMPLE = re.compile(rb"SIMPLE  = *T *")

AXIS = rb"( {19}[1-9]| {18}[1-9][0-9]| {17}[1-9][0-9]{2}| {16}[1-9][0-9]{3})"
ONE_FLOAT_IMAGE = re.compile(
    STANDARD_SIMPLE
    + rb"BITPIX  =                  -32 {50}"
    + rb"NAXIS   =                    2 {50}"
    + rb"NAXIS1  = "
    + AXIS
    + rb" {50}"
    + rb"NAXIS2  = "
    + AXIS
    + rb" {50}"
    + rb"(?:BUNIT   = [ -~]{70})?"
    + rb"END +"
)
"""The whole header block of a ZTF stamp. Whatever says more is left to astropy."""


NORTH_AT_ROW_ZERO = frozenset({SurveyName.ZTF})
"""Surveys whose stamps have row 0 in the north and column 0 in the east. ZTF does not say so; the places of
nearby reference sources in its templates do. Others follow FITS: the first row is the lowest of the picture."""


class Orientation(NamedTuple):
    """How a stamp lies on the sky, in the picture that is shown of it: row 0 on top where NORTH_AT_ROW_ZERO, else
    lowest."""

    north_degrees: float
    """Where north is, from up towards the left (counter-clockwise)."""
    east_is_left: bool
    """Whether east is to the left when north is up, as on the sky; else the picture is mirrored."""
    pixel_arcsec: float
    is_measured: bool
    """Whether the file's own world coordinates say so; else the survey's rule."""


ORIENTATION_OF_SURVEY: Mapping[SurveyName, Orientation] = {
    SurveyName.ZTF: Orientation(north_degrees=0.0, east_is_left=True, pixel_arcsec=1.01, is_measured=False),
}
"""Of stamps that carry no world coordinates. ZTF's camera may be turned a little against the sky, which its packets
do not tell."""
MIN_PIXEL_ARCSEC, MAX_PIXEL_ARCSEC = 0.001, 600.0
"""A scale outside of these is no pixel of a camera, but a header that was never filled."""


class StampError(ArrayanError, ValueError):
    """Bytes that hold no image we can read; the message says why."""


class StampKind(StrEnum):
    """The three images of an alert: of the night, of the past, and the one less the other."""

    SCIENCE = "SCIENCE"
    TEMPLATE = "TEMPLATE"
    DIFFERENCE = "DIFFERENCE"


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A stamp, decoded."""

    kind: StampKind
    pixels: NDArray[np.float32]
    """Height x width, in the survey's flux unit; row 0 is the bottom row, as in FITS. NaN: no data. Read-only."""
    fits: bytes
    """The whole FITS file, not compressed."""


def decode_stamp(kind: StampKind, data: bytes) -> Stamp:
    """The stamp in the bytes of a packet: FITS with a two-dimensional first image, gzipped or plain.

    Stamps cut off at a detector's edge, NaN pixels and constant images are taken as they are.
    Raises StampError.
    """
    fits = _mended(_unzipped(data))
    stamp = _one_float_image(kind, fits) or _any_image(kind, fits)
    stamp.pixels.flags.writeable = False
    return stamp


def _unzipped(data: bytes) -> bytes:
    """The FITS file itself, checked to be one by its first bytes and to have a sane size."""
    fits = _gunzip(data) if data.startswith(GZIP_SIGNATURE) else data
    if len(fits) > MAX_FITS_BYTES:
        raise StampError(f"the stamp is larger than {MAX_FITS_BYTES // 1024**2} MB")
    if not fits.startswith(FITS_SIGNATURE):
        raise StampError(_not_fits(fits))
    return fits


def _gunzip(data: bytes) -> bytes:
    """At most one byte more than a stamp may have, so that a small file cannot fill the memory."""
    stream = zlib.decompressobj(GZIP_WINDOW)
    try:
        fits = stream.decompress(data, MAX_FITS_BYTES + 1)
    except zlib.error as error:
        raise StampError(f"the stamp's gzip stream is damaged: {error}") from error
    if not stream.eof and len(fits) <= MAX_FITS_BYTES:
        raise StampError("the stamp's gzip stream ends too early")
    return fits


def _not_fits(data: bytes) -> str:
    if not data:
        return "the stamp is empty"
    if data.startswith(JPEG_SIGNATURE):
        return "the stamp is a JPEG picture, which holds no fluxes; only FITS can be read"
    return f"the stamp is not a FITS file: it begins with the bytes {data[:8].hex(' ')}"


def _mended(fits: bytes) -> bytes:
    """The file with the T of its first card in column 30, where the standard wants it and ZTF has it not."""
    if MISPLACED_SIMPLE.fullmatch(fits, 0, CARD):
        return STANDARD_SIMPLE + fits[CARD:]
    return fits


def _padded_size(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _one_float_image(kind: StampKind, fits: bytes) -> Stamp | None:
    """The usual ZTF stamp, read directly (four times faster than astropy); None when it is not quite that."""
    header = ONE_FLOAT_IMAGE.fullmatch(fits, 0, BLOCK)
    if header is None:
        return None
    width, height = int(header[1]), int(header[2])
    if len(fits) != _padded_size(BLOCK + width * height * PIXEL_BYTES):
        return None
    pixels = np.frombuffer(fits, ">f4", width * height, BLOCK).reshape(height, width)
    return Stamp(kind, pixels.astype(np.float32), fits)


def _any_image(kind: StampKind, fits: bytes) -> Stamp:
    """A stamp of any other standard form, by astropy."""
    try:
        return _by_astropy(kind, fits)
    except StampError:
        raise
    except Exception as error:  # astropy raises nearly anything for a damaged header
        raise StampError(f"the stamp's FITS file cannot be read: {error or type(error).__name__}") from error


def _by_astropy(kind: StampKind, fits: bytes) -> Stamp:
    from astropy.io import fits as astropy_fits  # slow to import, and most stamps do without

    with astropy_fits.open(io.BytesIO(fits), memmap=False, lazy_load_hdus=False) as hdus:
        end = max(hdu.fileinfo()["datLoc"] + hdu.size for hdu in hdus)
        if end > len(fits):
            raise StampError(f"the stamp's FITS file ends too early: {len(fits)} bytes of {end}")
        hdus.verify("exception")
        primary = hdus[0]
        if primary.header["NAXIS"] != 2 or primary.size == 0:
            axes = [primary.header[f"NAXIS{axis + 1}"] for axis in range(primary.header["NAXIS"])]
            raise StampError(f"the stamp has axes {axes}; an image of width and height is wanted")
        with np.errstate(over="ignore"):
            pixels = np.array(primary.data, dtype=np.float32)
    return Stamp(kind, pixels, fits[: _padded_size(end)].ljust(_padded_size(end), b"\0"))


def orientation_of(survey: SurveyName, stamp: Stamp) -> Orientation | None:
    """How a stamp lies on the sky: by its world coordinates, else by the survey's rule; None when neither tells.

    LSST writes CRVAL (the place of the source), CRPIX and a matrix in the plane that touches the sky, but no CTYPE.
    """
    measured = _measured_orientation(stamp.fits) if b"CRVAL1  =" in stamp.fits[: 10 * BLOCK] else None
    return measured or ORIENTATION_OF_SURVEY.get(survey)


def _measured_orientation(fits: bytes) -> Orientation | None:
    from astropy.io import fits as astropy_fits  # slow to import, and most stamps do without

    try:
        header = astropy_fits.Header.fromstring(fits[: _header_end(fits)].decode("ascii"))
        matrix = _degrees_per_pixel(header)
        to_pixels = np.linalg.inv(matrix)
    except (KeyError, ValueError, TypeError, np.linalg.LinAlgError, astropy_fits.VerifyError):
        return None
    pixel_arcsec = 3600 * sqrt(abs(float(np.linalg.det(matrix))))
    if not MIN_PIXEL_ARCSEC < pixel_arcsec < MAX_PIXEL_ARCSEC:
        return None
    # Columns: where one degree to the east and one to the north lead, in pixels to the right and up.
    (east_x, north_x), (east_y, north_y) = to_pixels.tolist()
    return Orientation(
        north_degrees=degrees(atan2(-north_x, north_y)) + 0.0,
        east_is_left=north_x * east_y - north_y * east_x > 0,
        pixel_arcsec=pixel_arcsec,
        is_measured=True,
    )


def _degrees_per_pixel(header: Mapping[str, Any]) -> NDArray[np.float64]:
    """Degrees to the east and to the north for a pixel to the right and one up (Greisen & Calabretta 2002, A&A 395
    1061). Raises KeyError, ValueError where they are not told."""
    if not str(header.get("CTYPE1", "RA")).startswith("RA"):
        raise ValueError("the first axis is no right ascension")
    if "CD1_1" in header or "CD1_2" in header:
        rows = [[float(header.get(f"CD{i}_{j}", 0.0)) for j in (1, 2)] for i in (1, 2)]
    else:
        rows = [
            [float(header[f"CDELT{i}"]) * float(header.get(f"PC{i}_{j}", float(i == j))) for j in (1, 2)]
            for i in (1, 2)
        ]
    return np.array(rows)


def _header_end(fits: bytes) -> int:
    """Where the first header ends; the whole when it does not."""
    for start in range(0, len(fits), BLOCK):
        cards = range(start, min(start + BLOCK, len(fits)), CARD)
        if any(fits[card : card + 8] == b"END     " for card in cards):
            return start + BLOCK
    return len(fits)
