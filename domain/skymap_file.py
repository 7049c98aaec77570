"""Sky maps as observatories send them: FITS tables, multi-order or of one order, compressed or not.

LIGO, Virgo and KAGRA send multi-order maps (columns UNIQ and PROBDENSITY, per steradian) and flat ones (a column
PROB, nested or ring); Fermi and IceCube send flat ones.
"""

import io
import zlib
from datetime import UTC, datetime
from math import pi
from typing import Any, NamedTuple

import astropy.units as u
import numpy as np
from astropy.io import fits
from astropy_healpix.core import ring_to_nested
from numpy.typing import NDArray

from domain.skymap import InvalidSkymap, Skymap, SkymapFacts, orders_of, skymap

MAX_FILE_BYTES = 32_000_000
MAX_PLAIN_BYTES = 256_000_000
MAX_FLAT_ORDER = 11

_GZIP = b"\x1f\x8b"
_PROBABILITY_NAMES = ("PROB", "PROBABILITY", "PROBDENSITY")


class ReadSkymap(NamedTuple):
    """A map, and what its file says of it."""

    skymap: Skymap
    facts: SkymapFacts


def read_skymap(data: bytes) -> ReadSkymap:
    """A map from the bytes of a file, gzipped or not. Raises InvalidSkymap with what was expected."""
    plain = _unzipped(data)
    if not plain.startswith(b"SIMPLE"):
        raise InvalidSkymap("this is no FITS file: send a HEALPix map as FITS, gzipped or not")
    try:
        with fits.open(io.BytesIO(plain), memmap=False) as file:
            table = next((part for part in file if isinstance(part, fits.BinTableHDU)), None)
            if table is None:
                raise InvalidSkymap("the FITS file has no binary table, where the map should be")
            return ReadSkymap(_map_of(table), _facts_of(table.header))
    except (OSError, ValueError, TypeError, KeyError, IndexError, fits.VerifyError) as error:
        raise InvalidSkymap(f"the FITS file cannot be read: {str(error)[:200]}") from error


def _unzipped(data: bytes) -> bytes:
    """What is in the file, no more than a limit of it."""
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unpacking.decompress(data, MAX_PLAIN_BYTES)
    except zlib.error as error:
        raise InvalidSkymap(f"the gzipped file is damaged: {error}") from error
    if not unpacking.eof and not unpacking.unconsumed_tail:
        raise InvalidSkymap("the gzipped file is cut short: fetch it again")
    if unpacking.unconsumed_tail:
        raise InvalidSkymap(
            f"the file is larger than {MAX_PLAIN_BYTES} bytes without its compression: send the multi-order file"
        )
    return plain


def _map_of(table: fits.BinTableHDU) -> Skymap:
    header = table.header
    frame = str(header.get("COORDSYS", "C")).strip().upper()
    if frame not in {"C", "EQUATORIAL", "CELESTIAL", "RADEC", "ICRS"}:
        raise InvalidSkymap(f"the map has coordinates of the kind {frame!r}: only equatorial ones (C) are read")
    names = {name.upper(): name for name in table.columns.names}
    if "UNIQ" in names:
        if "PROBDENSITY" not in names:
            raise InvalidSkymap(f"the map has no column PROBDENSITY beside UNIQ; it has {', '.join(names)}")
        density = _column(table, names["PROBDENSITY"]) * _per_steradian(table.columns[names["PROBDENSITY"]].unit)
        return _multi_order(_column(table, names["UNIQ"]), density)
    found = next((name for name in _PROBABILITY_NAMES[:2] if name in names), None)
    if found is None:
        raise InvalidSkymap(f"the map has neither UNIQ and PROBDENSITY nor PROB; it has {', '.join(names)}")
    probability = _column(table, names[found]).astype(np.float64)
    pixels = _column(table, names["PIXEL"]).astype(np.int64) if "PIXEL" in names else None
    return _flat(header, probability, pixels)


def _column(table: fits.BinTableHDU, name: str) -> NDArray[Any]:
    """All values of a column; maps of one order may hold many in a row."""
    values = np.asarray(table.data[name]).ravel()
    if values.dtype.kind not in "iuf":
        raise InvalidSkymap(f"the column {name} holds no numbers")
    return values


def _per_steradian(unit: str | None) -> float:
    """What makes values of a unit values per steradian, which they are taken for where it says nothing of an area:
    their sum shows whether they are."""
    try:
        return float(u.Unit(unit or "sr-1").to(u.sr**-1))
    except (ValueError, TypeError):
        return 1.0


def _multi_order(uniq: NDArray[Any], density: NDArray[Any]) -> Skymap:
    """Of pixels with probability per steradian."""
    pixels = uniq.astype(np.int64)
    if pixels.size and pixels.min() < 4:
        raise InvalidSkymap("UNIQ numbers must be 4 x 4^order + pixel, with orders 0 to 29")
    area = 4 * pi / (12 * 4.0 ** orders_of(pixels))
    return skymap(pixels, density.astype(np.float64) * area)


def _flat(header: fits.Header, probability: NDArray[np.float64], pixels: NDArray[np.int64] | None) -> Skymap:
    """Of the pixels of one order, all of them or those in the column PIXEL."""
    ordering = str(header.get("ORDERING", "")).strip().upper()
    if ordering not in {"NESTED", "NEST", "RING"}:
        raise InvalidSkymap(f"ORDERING must be NESTED or RING in the header of a map with PROB, got {ordering!r}")
    nside = int(header.get("NSIDE", 0)) or round((probability.size / 12) ** 0.5)
    order = nside.bit_length() - 1
    if nside != 1 << order or order > MAX_FLAT_ORDER:
        raise InvalidSkymap(f"NSIDE must be a power of 2, at most {1 << MAX_FLAT_ORDER}, got {nside}")
    count = 12 * nside * nside
    if pixels is None:
        if probability.size != count:
            raise InvalidSkymap(f"a map of NSIDE {nside} has {count} pixels, this one has {probability.size}")
        pixels = np.arange(count, dtype=np.int64)
    elif pixels.size != probability.size or pixels.min() < 0 or pixels.max() >= count:
        raise InvalidSkymap(f"numbers in the column PIXEL must lie between 0 and {count - 1}")
    if ordering == "RING":
        pixels = np.asarray(ring_to_nested(pixels, nside), dtype=np.int64)
    by_pixel = np.argsort(pixels, kind="stable")
    return skymap(*_coarsened(pixels[by_pixel], probability[by_pixel], order))


def _coarsened(
    pixels: NDArray[np.int64], probability: NDArray[np.float64], order: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """UNIQ numbers and probabilities of sorted nested pixels, four that are alike taken together as one: flat maps
    are often multi-order ones written out, a hundred times as long."""
    uniq: list[NDArray[np.int64]] = []
    kept: list[NDArray[np.float64]] = []
    while order > 0 and pixels.size >= 4:
        first = np.flatnonzero((pixels[:-3] % 4 == 0) & (pixels[3:] - pixels[:-3] == 3))
        first = first[
            (probability[first] == probability[first + 1]) & (probability[first] == probability[first + 2])
        ]
        first = first[probability[first] == probability[first + 3]]
        single = np.ones(pixels.size, dtype=bool)
        single[(first[:, None] + np.arange(4)).ravel()] = False
        uniq.append(pixels[single] + 4 * 4**order)
        kept.append(probability[single])
        pixels, probability, order = pixels[first] // 4, probability[first] * 4, order - 1
    return np.concatenate([*uniq, pixels + 4 * 4**order]), np.concatenate([*kept, probability])


def _facts_of(header: fits.Header) -> SkymapFacts:
    return SkymapFacts(
        event=_text(header, "OBJECT"),
        observed_at=_instant(header),
        instruments=_text(header, "INSTRUME"),
        distance_mpc=_number(header, "DISTMEAN"),
        distance_error_mpc=_number(header, "DISTSTD"),
    )


def _text(header: fits.Header, name: str) -> str | None:
    text = str(header.get(name, "")).replace("\x00", "").strip()
    return text[:200] or None


def _number(header: fits.Header, name: str) -> float | None:
    value = header.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) else None


def _instant(header: fits.Header) -> datetime | None:
    """DATE-OBS, UTC."""
    try:
        found = datetime.fromisoformat(str(header.get("DATE-OBS", "")).strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
