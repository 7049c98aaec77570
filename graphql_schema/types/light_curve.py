"""Light curves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from domain.light_curve import StoredForcedPhotometry, StoredNonDetection, Window
from graphql_schema.context import Info
from graphql_schema.leaf_rows import ColumnLeaves, Computed
from graphql_schema.links import LightCurveLink
from graphql_schema.loaders.light_curves import LightCurveKey
from graphql_schema.scalars import FloatArray
from graphql_schema.types.detection import DETECTIONS, Detection, numbers_as_text, times
from graphql_schema.types.enums import Band, LightCurveTable, TableFormat
from storage.reader import Columns


@strawberry.type(description="An epoch at which the object was looked for and not detected.")
class NonDetection:
    mjd: float = strawberry.field(description="Time: MJD (UTC).")
    time: datetime = strawberry.field(description="The same time, UTC, rounded to the microsecond.")
    band: Band = strawberry.field(description="Filter of the exposure.")
    limiting_magnitude: float = strawberry.field(
        description="5-sigma limit of the difference image, mag (AB), as the survey gives it."
    )


@strawberry.type(description="Difference flux measured at the object's place, whether there is a signal or not.")
class ForcedPhotometry:
    mjd: float = strawberry.field(description="Time: MJD (UTC).")
    time: datetime = strawberry.field(description="The same time, UTC, rounded to the microsecond.")
    band: Band = strawberry.field(description="Filter of the exposure.")
    flux: float | None = strawberry.field(
        description="Signed difference flux, nJy; null when the survey could not measure it."
    )
    flux_error: float | None = strawberry.field(description="1-sigma error of `flux`, nJy.")
    magnitude: float | None = strawberry.field(description="Difference magnitude (AB) of the size of `flux`.")
    magnitude_error: float | None = strawberry.field(description="1-sigma error of `magnitude`, mag.")
    is_positive: bool | None = strawberry.field(description="Whether `flux` is 0 or positive; null without a flux.")
    apparent_magnitude: float | None = strawberry.field(
        description="Magnitude (AB) of reference source and difference together; null when it cannot be formed."
    )
    apparent_magnitude_error: float | None = strawberry.field(
        description="1-sigma error of `apparentMagnitude` for a point source, mag."
    )
    limiting_magnitude: float | None = strawberry.field(
        description="5-sigma limit of the difference image, mag (AB)."
    )


NON_DETECTION_LEAVES = ColumnLeaves(NonDetection, StoredNonDetection._fields, time=Computed(("mjd",), times))
FORCED_LEAVES = ColumnLeaves(ForcedPhotometry, StoredForcedPhotometry._fields, time=Computed(("mjd",), times))


@strawberry.type(description="Detections as arrays of the same length and order, one leaf per column.")
class DetectionColumns:
    candid: list[strawberry.ID] = strawberry.field(description="The survey's identifiers, as text.")
    band: list[Band] = strawberry.field(description="Filters.")
    mjd: FloatArray = strawberry.field(description="MJD (UTC), ascending.")
    magnitude: FloatArray = strawberry.field(description="Difference magnitudes (AB).")
    magnitude_error: FloatArray = strawberry.field(description="Their errors, mag.")
    apparent_magnitude: FloatArray = strawberry.field(
        description="Apparent magnitudes (AB), null where there is none."
    )
    apparent_magnitude_error: FloatArray = strawberry.field(description="Their errors for point sources, mag.")
    flux: FloatArray = strawberry.field(description="Signed difference fluxes, nJy.")
    flux_error: FloatArray = strawberry.field(description="Their errors, nJy.")

    @classmethod
    def from_columns(cls, columns: Columns) -> "DetectionColumns":
        """Of the columns that were read; the others are empty."""

        def floats(name: str) -> FloatArray:
            return FloatArray(columns.get(name, []))  # type: ignore[arg-type]  # a list or an array of numpy

        return cls(
            candid=numbers_as_text(columns.get("candid", ())),  # type: ignore[arg-type]
            band=list(columns.get("band", ())),
            mjd=floats("mjd"),
            magnitude=floats("magnitude"),
            magnitude_error=floats("magnitude_error"),
            apparent_magnitude=floats("apparent_magnitude"),
            apparent_magnitude_error=floats("apparent_magnitude_error"),
            flux=floats("flux"),
            flux_error=floats("flux_error"),
        )


@strawberry.type(description="All that was measured of an object in a window of time, sorted by time.")
class LightCurve:
    object_id: strawberry.Private[int]
    window: strawberry.Private[Window]
    link: strawberry.Private[LightCurveLink]

    def _key(self, columns: frozenset[str] | None) -> LightCurveKey:
        return LightCurveKey(self.object_id, self.window, columns)

    @strawberry.field(description="Significant measurements.")
    async def detections(self, info: Info) -> Sequence[Detection]:
        key = self._key(DETECTIONS.needed(info.leaves))
        return DETECTIONS.of(await info.context.loaders.detections.load(key))

    @strawberry.field(description="Epochs with a limit only.")
    async def non_detections(self, info: Info) -> Sequence[NonDetection]:
        key = self._key(NON_DETECTION_LEAVES.needed(info.leaves))
        return NON_DETECTION_LEAVES.of(await info.context.loaders.non_detections.load(key))

    @strawberry.field(description="Fluxes at the object's place, detected or not.")
    async def forced_photometry(self, info: Info) -> Sequence[ForcedPhotometry]:
        key = self._key(FORCED_LEAVES.needed(info.leaves))
        return FORCED_LEAVES.of(await info.context.loaders.forced_photometry.load(key))

    @strawberry.field(description="The detections as arrays, for plotting and analysis.")
    async def columns(self, info: Info) -> DetectionColumns:
        key = self._key(info.leaves)._replace(may_be_arrays=info.context.takes_arrays)
        return DetectionColumns.from_columns(await info.context.loaders.detections.load(key))

    @strawberry.field(
        description="Where to get it as a file, relative to this server. VOTABLE and FITS hold the three tables, "
        "CSV and PARQUET the one that is asked for, detections when none is."
    )
    def download(
        self,
        format: Annotated[TableFormat, strawberry.argument(description="The format of the file.")],  # noqa: A002
        table: Annotated[
            LightCurveTable | None,
            strawberry.argument(description="This table alone; when null, all that the format can hold."),
        ] = None,
    ) -> str:
        return self.link.address(format, table)
