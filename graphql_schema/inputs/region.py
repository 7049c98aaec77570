"""Regions of the sky."""

import strawberry

from domain.moc import parse_moc
from domain.polygon import MAX_VERTICES, Polygon, polygon
from domain.region import Region
from domain.sky import Box, Cone, box, cone
from domain.skymap import SkymapLevel, skymap_level
from graphql_schema.errors import InvalidInput, LimitExceeded
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.inputs.position import PositionInput, all_positions, center_of


@strawberry.input(description="Everything within a radius of a centre, given as ra and dec or as text.")
class ConeInput:
    ra: float | None = strawberry.field(default=None, description="Right ascension of the centre, degrees ICRS.")
    dec: float | None = strawberry.field(default=None, description="Declination of the centre, degrees ICRS.")
    position: str | None = strawberry.field(
        default=None,
        description="The centre as text: decimal degrees `150.1 -2.2`, or hours and degrees `10:00:24 -02:12:00`.",
    )
    radius: float = strawberry.field(description="Radius, arcsec; at most 648000 (the whole sky).")

    def to_domain(self) -> Cone:
        return cone(center_of(self.ra, self.dec, self.position), self.radius)


@strawberry.input(description="Everything between two right ascensions and two declinations, edges included.")
class BoxInput:
    ra_min: float = strawberry.field(
        description="Lower right ascension, degrees; above `raMax`, the box crosses RA 0."
    )
    ra_max: float = strawberry.field(description="Upper right ascension, degrees.")
    dec_min: float = strawberry.field(description="Lower declination, degrees.")
    dec_max: float = strawberry.field(description="Upper declination, degrees.")

    def to_domain(self) -> Box:
        return box(self.ra_min, self.ra_max, self.dec_min, self.dec_max)


@strawberry.input(
    description="The smallest region of a sky map that holds a probability: its pixels by probability per area, "
    "until it is reached."
)
class SkymapInput:
    id: strawberry.ID = strawberry.field(description="What `POST /skymaps` answered when the map was sent.")
    credible_level: float = strawberry.field(
        default=0.9, description="The probability, greater than 0 and at most 1."
    )

    def to_domain(self) -> SkymapLevel:
        """The region in our own terms. Raises InvalidInput, InvalidSkymap."""
        return skymap_level(parse_name(self.id), self.credible_level)


@strawberry.input(one_of=True, description="A region of the sky: exactly one of the fields.")
class RegionInput:
    cone: strawberry.Maybe[ConeInput] = strawberry.field(default=None, description="A cone.")
    polygon: strawberry.Maybe[list[PositionInput]] = strawberry.field(
        default=None,
        description="A polygon by its 3 to 500 vertices, one after the other, either way round. Edges are arcs "
        "of great circles, each the shorter way. Of the two parts of the sky that it makes, the smaller one is "
        "inside. It may hold RA 0 and a pole, and must not cross or touch itself. Right on an edge, either may be "
        "the case.",
    )
    box: strawberry.Maybe[BoxInput] = strawberry.field(
        default=None, description="A box in right ascension and declination."
    )
    moc: strawberry.Maybe[str] = strawberry.field(
        default=None,
        description="A multi-order coverage map (MOC) in the ASCII form of IVOA's standard: orders and nested "
        "HEALPix pixels, such as `3/10-12,14 5/2000`. At most 2,000,000 letters.",
    )

    skymap: strawberry.Maybe[SkymapInput] = strawberry.field(
        default=None,
        description="A credible region of a HEALPix probability map (of a gravitational wave, a neutrino, a "
        "gamma-ray burst), sent before to `POST /skymaps`.",
    )

    def to_domain(self) -> Region:
        """The region in our own terms. Raises InvalidInput, InvalidPosition, LimitExceeded."""
        for shape in (self.cone, self.box, self.skymap):
            if shape is not None:
                return shape.value.to_domain()
        if self.polygon is not None:
            return _polygon(self.polygon.value)
        if self.moc is not None:
            return parse_moc(self.moc.value)
        raise InvalidInput("a region needs one of cone, polygon, box, moc and skymap")


def _polygon(vertices: list[PositionInput]) -> Polygon:
    if len(vertices) > MAX_VERTICES + 1:
        raise LimitExceeded(f"polygon may have at most {MAX_VERTICES} vertices, got {len(vertices)}")
    return polygon(all_positions("polygon", vertices))
