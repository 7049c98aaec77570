"""A stamp as ZTF sends it: one FITS image in a gzip stream.

The gzip header is written by hand, without a time, so that equal pixels give equal bytes.
"""

import struct
import zlib

import numpy as np

from simulate.arrays import Image

_BLOCK = 2880
_COMPRESSION = 1
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


def gzip_fits(stamp: Image) -> bytes:
    """A primary HDU of big-endian float32, in DN; the header is a correct one, which ZTF's is not quite."""
    content = _header(stamp.shape[1], stamp.shape[0]) + _padded(stamp.astype(">f4").tobytes())
    packer = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, -15)
    body = packer.compress(content) + packer.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(content), len(content))


def read_gzip_fits(packed: bytes) -> Image:
    """The pixels of a stamp that `gzip_fits` wrote."""
    content = zlib.decompress(packed, wbits=31)
    cards = {content[k : k + 8].strip(): content[k + 10 : k + 80] for k in range(0, _BLOCK, 80)}
    columns, rows = int(cards[b"NAXIS1"].split(b"/")[0]), int(cards[b"NAXIS2"].split(b"/")[0])
    pixels = np.frombuffer(content, ">f4", rows * columns, _BLOCK)
    return pixels.reshape(rows, columns).astype(np.float32)


def _header(columns: int, rows: int) -> bytes:
    numbers = {"BITPIX": -32, "NAXIS": 2, "NAXIS1": columns, "NAXIS2": rows}
    cards = [f"{'SIMPLE':8}= {'T':>20}", *(f"{name:8}= {number:>20}" for name, number in numbers.items())]
    cards += [f"{'BUNIT':8}= 'DN      '", "END"]
    return "".join(f"{card:80}" for card in cards).ljust(_BLOCK).encode("ascii")


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % _BLOCK)
