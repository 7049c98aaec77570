"""Regions of the sky of every kind, and the pixels that hold them."""

from domain.moc import Moc
from domain.polygon import Polygon, polygon_cover
from domain.sky import NOWHERE, Box, Cone, Coverage, box_ranges, cone_cover
from domain.skymap import InvalidSkymap, SkymapLevel

Region = Cone | Box | Polygon | Moc | SkymapLevel
"""A region of a sky map is known by the map's name only: storage.skymaps draws it, as a MOC."""


def coverage_of(region: Region) -> Coverage:
    """The pixels that hold a region. Raises InvalidSkymap for one of a sky map that has not been drawn."""
    if isinstance(region, SkymapLevel):
        raise InvalidSkymap("the region of a sky map cannot be asked for here: give it as a MOC")
    if isinstance(region, Moc):
        return Coverage(region.ranges, NOWHERE)
    if isinstance(region, Polygon):
        return polygon_cover(region)
    return cone_cover(region) if isinstance(region, Cone) else Coverage(NOWHERE, box_ranges(region))
