from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class Neighbors(BaseModel):
    object_: Optional["NeighborsObject"] = Field(alias="object")


class NeighborsObject(BaseModel):
    neighbors: list["NeighborsObjectNeighbors"]


class NeighborsObjectNeighbors(BaseModel):
    separation: float
    object_: "NeighborsObjectNeighborsObject" = Field(alias="object")


NeighborsObjectNeighborsObject = SkyObject
