from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class Objects(BaseModel):
    objects: "ObjectsObjects"


class ObjectsObjects(BaseModel):
    nodes: list["ObjectsObjectsNodes"]
    page_info: "ObjectsObjectsPageInfo" = Field(alias="pageInfo")


ObjectsObjectsNodes = SkyObject


class ObjectsObjectsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
