from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Classification, SkyObject


class ClassifiedObjects(BaseModel):
    objects: "ClassifiedObjectsObjects"


class ClassifiedObjectsObjects(BaseModel):
    nodes: list["ClassifiedObjectsObjectsNodes"]
    page_info: "ClassifiedObjectsObjectsPageInfo" = Field(alias="pageInfo")


class ClassifiedObjectsObjectsNodes(SkyObject):
    classifications: list["ClassifiedObjectsObjectsNodesClassifications"]


ClassifiedObjectsObjectsNodesClassifications = Classification


class ClassifiedObjectsObjectsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
