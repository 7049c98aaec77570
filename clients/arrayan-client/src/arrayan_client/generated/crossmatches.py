from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import CatalogSource


class Crossmatches(BaseModel):
    object_: Optional["CrossmatchesObject"] = Field(alias="object")


class CrossmatchesObject(BaseModel):
    crossmatches: list["CrossmatchesObjectCrossmatches"]


CrossmatchesObjectCrossmatches = CatalogSource
