from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class ObjectByName(BaseModel):
    object_: Optional["ObjectByNameObject"] = Field(alias="object")


ObjectByNameObject = SkyObject
