"""Matches of the positions of a table."""

from collections.abc import Sequence

import strawberry

from domain.sky import Position
from graphql_schema.types.object import Neighbor
from storage.objects import Placed


@strawberry.type(description="A position that was asked for, and the objects around it.")
class CrossmatchRow:
    name: str | None = strawberry.field(description="The name that was given with the position; null without one.")
    ra: float = strawberry.field(description="Right ascension that was asked for, degrees ICRS, in [0, 360).")
    dec: float = strawberry.field(description="Declination that was asked for, degrees ICRS.")
    matches: list[Neighbor] = strawberry.field(
        description="The objects within the radius, nearest first; empty when there are none."
    )

    @classmethod
    def from_matches(cls, name: str | None, place: Position, matches: Sequence[Placed]) -> "CrossmatchRow":
        return cls(name=name, ra=place.ra, dec=place.dec, matches=list(map(Neighbor.from_placed, matches)))
