"""Conditions on the statistics of one band."""

import strawberry

from domain import object_filter as domain
from graphql_schema.inputs.ranges import FloatRange, IntRange, range_of
from graphql_schema.types.enums import Band


@strawberry.input(
    description="The object was detected in a band, and its statistics there are within limits, all of which must "
    "hold. Magnitudes are difference magnitudes (AB) unless named apparent; a condition on one that is null does "
    "not hold. For two bands, give one in `where` and one in `where.and`. It is looked up row by row: join it with "
    "other conditions."
)
class BandFilter:
    band: Band = strawberry.field(description="The band.")
    magnitude_mean: FloatRange | None = strawberry.field(default=None, description="Mean magnitude, mag.")
    magnitude_min: FloatRange | None = strawberry.field(
        default=None, description="Smallest magnitude, mag, that is the largest change."
    )
    magnitude_last: FloatRange | None = strawberry.field(
        default=None, description="Magnitude at the last detection, mag."
    )
    apparent_magnitude_mean: FloatRange | None = strawberry.field(
        default=None, description="Mean apparent magnitude, mag."
    )
    detection_count: IntRange | None = strawberry.field(
        default=None, description="Number of detections in the band."
    )
    rise_rate: FloatRange | None = strawberry.field(
        default=None, description="Rise before the first detection, mag/day, positive when brightening."
    )

    def to_domain(self) -> domain.BandFilter:
        """The same filter in our own terms."""
        return domain.BandFilter(
            band=self.band,
            magnitude_mean=range_of(self.magnitude_mean),
            magnitude_min=range_of(self.magnitude_min),
            magnitude_last=range_of(self.magnitude_last),
            apparent_magnitude_mean=range_of(self.apparent_magnitude_mean),
            detection_count=range_of(self.detection_count),
            rise_rate=range_of(self.rise_rate),
        )
