from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class ConeSearch(BaseModel):
    cone_search: "ConeSearchConeSearch" = Field(alias="coneSearch")


class ConeSearchConeSearch(BaseModel):
    edges: list["ConeSearchConeSearchEdges"]
    page_info: "ConeSearchConeSearchPageInfo" = Field(alias="pageInfo")


class ConeSearchConeSearchEdges(BaseModel):
    separation: float
    node: "ConeSearchConeSearchEdgesNode"


ConeSearchConeSearchEdgesNode = SkyObject


class ConeSearchConeSearchPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
