"""Summaries per band."""

import strawberry

from domain.statistics import BandStatistics as Row
from graphql_schema.context import Info
from graphql_schema.leaf_rows import Leaves
from graphql_schema.types.enums import Band


@strawberry.type(
    description="Summary of an object's detections in one band. Magnitudes are difference magnitudes (AB), "
    "of both signs, unless named apparent; null when no detection has one."
)
class BandStatistics:
    object_id: strawberry.Private[int]
    band: Band = strawberry.field(description="The band.")
    detection_count: int = strawberry.field(description="Number of detections.")
    dubious_count: int = strawberry.field(description="How many of them have a doubtful correction.")
    first_mjd: float = strawberry.field(description="Time of the first detection, MJD (UTC).")
    last_mjd: float = strawberry.field(description="Time of the last detection, MJD (UTC).")
    magnitude_mean: float | None = strawberry.field(description="Mean magnitude, mag.")
    magnitude_min: float | None = strawberry.field(
        description="Smallest magnitude, that is the largest change, mag."
    )
    magnitude_max: float | None = strawberry.field(
        description="Largest magnitude, that is the smallest change, mag."
    )
    magnitude_sigma: float | None = strawberry.field(description="Population standard deviation, mag.")
    magnitude_first: float | None = strawberry.field(description="Magnitude at the first detection, mag.")
    magnitude_last: float | None = strawberry.field(description="Magnitude at the last detection, mag.")
    apparent_magnitude_mean: float | None = strawberry.field(description="Mean apparent magnitude, mag.")
    apparent_magnitude_min: float | None = strawberry.field(description="Brightest apparent magnitude, mag.")
    apparent_magnitude_max: float | None = strawberry.field(description="Faintest apparent magnitude, mag.")
    rise_rate: float | None = strawberry.field(
        description="How fast the object must have risen before its first detection, mag/day, positive when "
        "brightening: the largest (limit - (first magnitude + its error)) / (time between) over the limits more "
        "than half a day before. Null without such a limit. (ALeRCE's dmdt_first is its negative.)"
    )
    saturation_rate: float | None = strawberry.field(
        description="Fraction of the corrected detections brighter than 13.2 mag, where ZTF saturates; null "
        "without corrected detections."
    )

    @classmethod
    def from_row(cls, row: Row) -> "BandStatistics":
        return cls(**{**row._asdict(), "band": Band(row.band)})

    @strawberry.field(description="Median magnitude, mag.")
    async def magnitude_median(self, info: Info) -> float | None:
        medians = await info.context.loaders.medians.load((self.object_id, self.band.value))
        return None if medians is None else medians.magnitude

    @strawberry.field(description="Median apparent magnitude, mag.")
    async def apparent_magnitude_median(self, info: Info) -> float | None:
        medians = await info.context.loaders.medians.load((self.object_id, self.band.value))
        return None if medians is None else medians.apparent_magnitude


BAND_STATISTICS = Leaves(Row, BandStatistics.from_row)
