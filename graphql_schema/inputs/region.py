"""Regions of the sky."""

import strawberry

from domain.sky import Box, Cone, Position, Region, box, cone, parse_position, position
from graphql_schema.errors import InvalidInput


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


@strawberry.input(one_of=True, description="A region of the sky: exactly one of the fields.")
class RegionInput:
    cone: strawberry.Maybe[ConeInput] = strawberry.field(default=None, description="A cone.")
    box: strawberry.Maybe[BoxInput] = strawberry.field(
        default=None, description="A box in right ascension and declination."
    )

    def to_domain(self) -> Region:
        for shape in (self.cone, self.box):
            if shape is not None:
                return shape.value.to_domain()
        raise InvalidInput("a region needs one of cone and box")


def center_of(ra: float | None, dec: float | None, text: str | None) -> Position:
    """A centre given as numbers or as text. Raises InvalidInput for neither or both, InvalidPosition."""
    if text is not None and ra is None and dec is None:
        return parse_position(text)
    if text is None and ra is not None and dec is not None:
        return position(ra, dec)
    raise InvalidInput("give a centre either as ra and dec (degrees) or as position (text)")
