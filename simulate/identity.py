"""Names and numbers of objects, images and candidates, in ZTF's patterns.

The year of every simulated object is 00, which no real ZTF object has.
"""

from typing import NamedTuple

NIGHT_ZERO_MJD = 57754
"""ZTF's night number `nid` counts from here: jd = 2457754.5 + nid + fraction of the day."""
JD_OF_MJD_ZERO = 2400000.5
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAMES = 26**7
_STRIDE = 3_141_592_651
"""Odd and no multiple of 13, so without a factor in common with 26^7: every slot gets a name of its own."""
_IMAGE_KIND = 15
_POSITIVE, _NEGATIVE = 15_000, 10_000
MAX_TBLID = 1000
"""Position of a candidate in its image's table: three digits."""


def object_id(seed: int, slot: int) -> str:
    """ZTF00 and seven letters, different for every slot of one seed."""
    number = (slot * _STRIDE + seed * 7_919_777) % _NAMES
    letters = []
    for _ in range(7):
        number, letter = divmod(number, 26)
        letters.append(_LETTERS[letter])
    return "ZTF00" + "".join(reversed(letters))


class ImageNumber(NamedTuple):
    """One quadrant of one exposure."""

    nid: int
    fraction: int
    """Hundred-thousandths of the day: five digits."""
    rcid: int

    @property
    def pid(self) -> int:
        return ((self.nid * 10**5 + self.fraction) * 100 + self.rcid) * 100 + _IMAGE_KIND

    def candid(self, tblid: int, *, positive: bool) -> int:
        """Number of a candidate; its leading digits are the time of exposure, which readers check against jd."""
        return self.pid * 10**6 + (_POSITIVE if positive else _NEGATIVE) + tblid


def image_number(mjd: float, rcid: int) -> ImageNumber:
    nid = int(mjd) - NIGHT_ZERO_MJD
    return ImageNumber(nid, int((mjd - int(mjd)) * 1e5 + 1e-4), rcid)
