"""Photometric bands, by letter."""

from enum import StrEnum


class Band(StrEnum):
    """A survey's filter. The letter alone does not fix the passband: ZTF's g is not LSST's g."""

    u = "u"
    g = "g"
    r = "r"
    i = "i"
    z = "z"
    y = "y"
