from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class ObjectsByName(BaseModel):
    objects_by_name: list[Optional["ObjectsByNameObjectsByName"]] = Field(
        alias="objectsByName"
    )


ObjectsByNameObjectsByName = SkyObject
