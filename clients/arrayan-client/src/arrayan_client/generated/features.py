from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Feature


class Features(BaseModel):
    object_: Optional["FeaturesObject"] = Field(alias="object")


class FeaturesObject(BaseModel):
    features: list["FeaturesObjectFeatures"]


FeaturesObjectFeatures = Feature
