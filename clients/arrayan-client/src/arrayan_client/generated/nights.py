from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Survey


class Nights(BaseModel):
    nights: "NightsNights"


class NightsNights(BaseModel):
    edges: list["NightsNightsEdges"]
    page_info: "NightsNightsPageInfo" = Field(alias="pageInfo")


class NightsNightsEdges(BaseModel):
    node: "NightsNightsEdgesNode"


class NightsNightsEdgesNode(BaseModel):
    survey: Survey
    night: str
    alerts: int
    stored: int
    dead_letters: int = Field(alias="deadLetters")
    classified: int
    latency_p_50: Optional[float] = Field(alias="latencyP50")
    latency_p_95: Optional[float] = Field(alias="latencyP95")


class NightsNightsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
