from pydantic import Field

from .base_model import BaseModel
from .fragments import CatalogSource


class CatalogSearch(BaseModel):
    catalog_search: list["CatalogSearchCatalogSearch"] = Field(alias="catalogSearch")


CatalogSearchCatalogSearch = CatalogSource
