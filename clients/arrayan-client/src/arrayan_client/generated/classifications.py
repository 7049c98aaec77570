from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Classification


class Classifications(BaseModel):
    object_: Optional["ClassificationsObject"] = Field(alias="object")


class ClassificationsObject(BaseModel):
    classifications: list["ClassificationsObjectClassifications"]


ClassificationsObjectClassifications = Classification
