from pydantic import Field

from .base_model import BaseModel


class CountObjects(BaseModel):
    objects: "CountObjectsObjects"


class CountObjectsObjects(BaseModel):
    total_count: "CountObjectsObjectsTotalCount" = Field(alias="totalCount")


class CountObjectsObjectsTotalCount(BaseModel):
    value: int
    exact: bool
