from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import BandStatistics


class Magstats(BaseModel):
    object_: Optional["MagstatsObject"] = Field(alias="object")


class MagstatsObject(BaseModel):
    band_statistics: list["MagstatsObjectBandStatistics"] = Field(
        alias="bandStatistics"
    )


MagstatsObjectBandStatistics = BandStatistics
