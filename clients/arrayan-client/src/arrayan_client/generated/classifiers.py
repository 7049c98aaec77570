from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Classifiers(BaseModel):
    classifiers: list["ClassifiersClassifiers"]


class ClassifiersClassifiers(BaseModel):
    name: str
    version: str
    is_current: bool = Field(alias="isCurrent")
    kind: str
    description: str
    classes: list["ClassifiersClassifiersClasses"]


class ClassifiersClassifiersClasses(BaseModel):
    name: str
    description: str
    parent: Optional[str]
    children: list[str]
