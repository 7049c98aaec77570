"""Detections."""

from datetime import datetime

import strawberry

from domain.light_curve import StoredDetection
from domain.time import MICROSECONDS_PER_DAY, datetime_from_mjd
from graphql_schema.leaf_rows import Leaves
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
        return cls(
            id=_node_id(row),
            candid=_candid(row),
            mjd=row.mjd,
            time=datetime_from_mjd(row.mjd),
            band=Band(row.band),
            ra=row.ra,
            dec=row.dec,
            is_positive=row.is_positive,
            magnitude=row.magnitude,
            magnitude_error=row.magnitude_error,
            apparent_magnitude=row.apparent_magnitude,
            apparent_magnitude_error=row.apparent_magnitude_error,
            apparent_magnitude_error_extended=row.apparent_magnitude_error_extended,
            flux=row.flux,
            flux_error=row.flux_error,
            limiting_magnitude=row.limiting_magnitude,
            real_bogus=row.real_bogus,
            deep_real_bogus=row.deep_real_bogus,
            corrected=row.corrected,
            dubious=row.dubious,
            has_stamps=row.has_stamps,
        )


def _node_id(row: StoredDetection) -> strawberry.ID:
    microseconds = round(row.mjd * MICROSECONDS_PER_DAY)
    return strawberry.ID(encode_node_id(DETECTION, row.object_id, row.candid, microseconds))


def _candid(row: StoredDetection) -> strawberry.ID:
    return strawberry.ID(str(row.candid))


DETECTIONS = Leaves(
    StoredDetection,
    Detection.from_row,
    id=_node_id,
    candid=_candid,
    time=lambda row: datetime_from_mjd(row.mjd),
)
