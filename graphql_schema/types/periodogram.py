"""How periodic a light curve is."""

import numpy as np
import strawberry

from domain.periodogram import Measured
from domain.periodogram import Periodogram as Computed
from graphql_schema.scalars import FloatArray
from storage.reader import Columns


@strawberry.type(description="A period that stands out.")
class PeriodPeak:
    period: float = strawberry.field(description="The period, days.")
    power: float = strawberry.field(description="Its power, 0 to 1.")


@strawberry.type(
    description="The generalised Lomb-Scargle periodogram of all bands together (Zechmeister & Kürster 2009), 0.05 "
    "to 500 days, each band less its mean: of the apparent magnitudes where the object is corrected, else of the "
    "difference magnitudes. "
    "An apparent magnitude without an error for point sources counts with that for extended ones. "
    "Errors below 0.005 mag count as 0.005. Power is the part of chi-squared that a sine explains, 0 to 1."
)
class Periodogram:
    periods: FloatArray = strawberry.field(
        description="Periods, days, ascending: of each of 600 bins even in the logarithm, the one with most power."
    )
    powers: FloatArray = strawberry.field(description="Their powers, 0 to 1.")
    peaks: list[PeriodPeak] = strawberry.field(description="The ten highest peaks, the highest first.")

    @classmethod
    def from_domain(cls, computed: Computed) -> "Periodogram":
        return cls(
            periods=FloatArray(computed.period_days.tolist()),
            powers=FloatArray(computed.power.tolist()),
            peaks=[PeriodPeak(period=peak.period_days, power=peak.power) for peak in computed.peaks],
        )


CORRECTED_COLUMNS = (
    "mjd",
    "band",
    "apparent_magnitude",
    "apparent_magnitude_error",
    "apparent_magnitude_error_extended",
)
COLUMNS = ("mjd", "band", "magnitude", "magnitude_error")


def needed_columns(*, corrected: bool) -> frozenset[str]:
    """Columns of detections that `measured` goes by."""
    return frozenset(CORRECTED_COLUMNS if corrected else COLUMNS)


def measured(columns: Columns, *, corrected: bool) -> Measured:
    """What is searched for periods: apparent magnitudes when the object is corrected, else the differences. Their
    errors are those of a point source; that of the difference alone where the reference is noisier than the
    difference."""
    names = CORRECTED_COLUMNS if corrected else COLUMNS
    found = [
        (mjd, magnitude, error, band)
        for mjd, band, magnitude, *errors in zip(*(columns.get(name, ()) for name in names), strict=True)
        for error in [next((error for error in errors if error is not None), None)]
        if magnitude is not None and error is not None
    ]
    mjd, magnitude, error, band = zip(*found, strict=True) if found else ((), (), (), ())
    return Measured(
        np.array(mjd, dtype=float),
        np.array(magnitude, dtype=float),
        np.array(error, dtype=float),
        np.array(band, dtype=str),
    )
