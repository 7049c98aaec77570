"""Detections."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from domain.light_curve import StoredDetection
from domain.time import MICROSECONDS_PER_DAY, datetime_from_mjd
from graphql_schema.leaf_rows import ColumnLeaves, Computed
from graphql_schema.node_id import DETECTION, encode_node_id
from graphql_schema.types.enums import Band
from graphql_schema.types.node import Node


@strawberry.type(description="One significant measurement on a difference image.")
class Detection(Node):
    candid: strawberry.ID = strawberry.field(
        description="The survey's identifier of the measurement: a 64-bit number, as text."
    )
    mjd: float = strawberry.field(description="Time: MJD (UTC), as the survey gives it (ZTF: start of exposure).")
    time: datetime = strawberry.field(description="The same time, UTC, rounded to the microsecond.")
    band: Band = strawberry.field(description="Filter of the exposure.")
    ra: float = strawberry.field(description="Right ascension of this measurement, degrees ICRS.")
    dec: float = strawberry.field(description="Declination of this measurement, degrees ICRS.")
    is_positive: bool = strawberry.field(
        description="True when the source is brighter than in the reference image, false when fainter."
    )
    magnitude: float | None = strawberry.field(
        description="PSF difference magnitude (AB): of the size of the change, whatever its sign."
    )
    magnitude_error: float | None = strawberry.field(description="1-sigma error of `magnitude`, mag.")
    apparent_magnitude: float | None = strawberry.field(
        description="Magnitude (AB) of reference source and difference together; null when there is no "
        "reference source within 1.4 (survey units) or when nothing would be left of it."
    )
    apparent_magnitude_error: float | None = strawberry.field(
        description="1-sigma error of `apparentMagnitude` for a point source, mag; null when the reference's "
        "noise exceeds the difference's."
    )
    apparent_magnitude_error_extended: float | None = strawberry.field(
        description="1-sigma error of `apparentMagnitude` for an extended source, mag: of the difference alone."
    )
    flux: float | None = strawberry.field(description="Signed difference flux, nJy (AB = 31.4 - 2.5 log10 nJy).")
    flux_error: float | None = strawberry.field(description="1-sigma error of `flux`, nJy.")
    limiting_magnitude: float | None = strawberry.field(
        description="5-sigma limit of the difference image, mag (AB)."
    )
    real_bogus: float | None = strawberry.field(
        description="The survey's real-bogus score, 0 (bogus) to 1 (real); null when it gave none."
    )
    deep_real_bogus: float | None = strawberry.field(
        description="The survey's deep-learning real-bogus score, 0 to 1; null when it gave none, as in the "
        "history of an alert."
    )
    corrected: bool = strawberry.field(
        description="Whether the measurement sits on a reference source, so that `apparentMagnitude` means it."
    )
    dubious: bool = strawberry.field(
        description="Whether the correction is in doubt: a negative difference without a reference source, or a "
        "detection that is corrected while the first of its band is not, or the reverse."
    )
    has_stamps: bool = strawberry.field(
        description="Whether there are stamps: only the measurement that caused an alert has them."
    )

    @classmethod
    def from_row(cls, row: StoredDetection) -> "Detection":
        return DETECTIONS.of_rows([row])[0]


def node_ids(object_ids: Sequence[int], candids: Sequence[int], mjds: Sequence[float]) -> list[str]:
    """Global identifiers of detections."""
    return [
        encode_node_id(DETECTION, object_id, candid, round(mjd * MICROSECONDS_PER_DAY))
        for object_id, candid, mjd in zip(object_ids, candids, mjds, strict=True)
    ]


def numbers_as_text(numbers: Sequence[int]) -> list[str]:
    """64-bit identifiers as they travel."""
    return list(map(str, numbers))


def times(mjds: Sequence[float]) -> list[datetime]:
    """MJD (UTC) as datetimes."""
    return list(map(datetime_from_mjd, mjds))


DETECTIONS = ColumnLeaves(
    Detection,
    StoredDetection._fields,
    id=Computed(("object_id", "candid", "mjd"), node_ids),
    candid=Computed(("candid",), numbers_as_text),
    time=Computed(("mjd",), times),
)
