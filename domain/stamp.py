"""Stamps: the small images around a detection.

ZTF sends each as a gzipped FITS file of one image, with a first card that strict readers refuse; LSST sends
plain FITS with the image first and its uncertainty and point spread function after it. Here both become
pixels and a FITS file that every reader takes.
"""

import io
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum

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
