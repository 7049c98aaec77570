"""Places on the sky."""

from collections.abc import Sequence

import strawberry

from domain.errors import InvalidPosition
from domain.sky import Position, parse_position, position
from graphql_schema.errors import InvalidInput


@strawberry.input(description="A place on the sky, given as ra and dec or as text.")
class PositionInput:
    name: str | None = strawberry.field(
        default=None, description="A name of yours for it, given back as it is; it has no other use."
    )
    ra: float | None = strawberry.field(
        default=None, description="Right ascension, degrees ICRS; taken modulo 360."
    )
    dec: float | None = strawberry.field(default=None, description="Declination, degrees ICRS.")
    position: str | None = strawberry.field(
        default=None,
        description="The place as text: decimal degrees `150.1 -2.2`, or hours and degrees `10:00:24 -02:12:00`.",
    )

    def to_domain(self) -> Position:
        return center_of(self.ra, self.dec, self.position)


def center_of(ra: float | None, dec: float | None, text: str | None) -> Position:
    """A place given as numbers or as text. Raises InvalidInput for neither or both, InvalidPosition."""
    if text is not None and ra is None and dec is None:
        return parse_position(text)
    if text is None and ra is not None and dec is not None:
        return position(ra, dec)
    raise InvalidInput("give a place either as ra and dec (degrees) or as position (text)")


def all_positions(argument: str, given: Sequence[PositionInput]) -> list[Position]:
    """Every position. Raises InvalidPosition that names the first one that cannot be."""
    places = []
    for number, item in enumerate(given):
        try:
            places.append(item.to_domain())
        except (InvalidPosition, InvalidInput) as error:
            raise InvalidPosition(f"{argument}[{number}]: {error}") from error
    return places
