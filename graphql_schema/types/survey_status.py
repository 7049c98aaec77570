"""The state of a survey's stream."""

from datetime import datetime

import strawberry

from domain.time import datetime_from_mjd
from graphql_schema.types.enums import Survey
from storage.surveys import SurveyStatus as Row


@strawberry.type(description="What has come of a survey.")
class SurveyStatus:
    survey: Survey = strawberry.field(description="The survey.")
    object_count: int = strawberry.field(description="Number of objects.")
    last_alert_time: datetime | None = strawberry.field(
        description="When the newest detection was observed, UTC; null when there is none."
    )
    last_ingested_at: datetime | None = strawberry.field(
        description="When we last stored a new alert, UTC; null when there is none."
    )
    dead_letter_count: int = strawberry.field(
        description="Packets known to be the survey's that could not be stored and wait for a retry."
    )

    @classmethod
    def from_row(cls, row: Row) -> "SurveyStatus":
        return cls(
            survey=Survey(row.survey),
            object_count=row.object_count,
            last_alert_time=None if row.last_mjd is None else datetime_from_mjd(row.last_mjd),
            last_ingested_at=row.last_ingested_at,
            dead_letter_count=row.dead_letter_count,
        )
