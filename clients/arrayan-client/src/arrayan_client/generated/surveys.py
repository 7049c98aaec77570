from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Survey


class Surveys(BaseModel):
    surveys: list["SurveysSurveys"]


class SurveysSurveys(BaseModel):
    survey: Survey
    object_count: int = Field(alias="objectCount")
    last_alert_time: Optional[datetime] = Field(alias="lastAlertTime")
    last_ingested_at: Optional[datetime] = Field(alias="lastIngestedAt")
    dead_letter_count: int = Field(alias="deadLetterCount")
