from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Classification


class ClassificationHistory(BaseModel):
    object_: Optional["ClassificationHistoryObject"] = Field(alias="object")


class ClassificationHistoryObject(BaseModel):
    classification_history: "ClassificationHistoryObjectClassificationHistory" = Field(
        alias="classificationHistory"
    )


class ClassificationHistoryObjectClassificationHistory(BaseModel):
    edges: list["ClassificationHistoryObjectClassificationHistoryEdges"]
    page_info: "ClassificationHistoryObjectClassificationHistoryPageInfo" = Field(
        alias="pageInfo"
    )


class ClassificationHistoryObjectClassificationHistoryEdges(BaseModel):
    node: "ClassificationHistoryObjectClassificationHistoryEdgesNode"


ClassificationHistoryObjectClassificationHistoryEdgesNode = Classification


class ClassificationHistoryObjectClassificationHistoryPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
