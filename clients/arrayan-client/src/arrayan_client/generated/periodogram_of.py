from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class PeriodogramOf(BaseModel):
    object_: Optional["PeriodogramOfObject"] = Field(alias="object")


class PeriodogramOfObject(BaseModel):
    periodogram: Optional["PeriodogramOfObjectPeriodogram"]


class PeriodogramOfObjectPeriodogram(BaseModel):
    periods: list[float | None]
    powers: list[float | None]
    peaks: list["PeriodogramOfObjectPeriodogramPeaks"]


class PeriodogramOfObjectPeriodogramPeaks(BaseModel):
    period: float
    power: float
