"""Places in sky maps."""

import strawberry

from domain.skymap import SkymapPlace as Place


@strawberry.type(description="Where an object lies in a sky map.")
class SkymapPlace:
    probability_density: float = strawberry.field(
        description="Probability per square degree in the pixel of its mean position; 0 off the map."
    )
    credible_level: float = strawberry.field(
        description="Probability of all pixels that are as dense or denser, its own included, 0 to 1: the object "
        "lies in the credible regions of this level and above. It may exceed the level that was asked for by a "
        "part of its own pixel. 1 off the map."
    )

    @classmethod
    def from_place(cls, place: Place) -> "SkymapPlace":
        return cls(probability_density=place.density, credible_level=place.credible_level)
