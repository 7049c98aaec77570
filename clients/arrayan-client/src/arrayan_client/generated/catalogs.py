from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Catalogs(BaseModel):
    catalogs: list["CatalogsCatalogs"]


class CatalogsCatalogs(BaseModel):
    name: str
    description: str
    rows: int
    default_radius: float = Field(alias="defaultRadius")
    columns: list["CatalogsCatalogsColumns"]


class CatalogsCatalogsColumns(BaseModel):
    name: str
    unit: Optional[str]
    description: Optional[str]
