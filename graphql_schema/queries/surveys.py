"""The state of the streams."""

import strawberry

from graphql_schema.context import Info
from graphql_schema.types.survey_status import SurveyStatus
from storage.surveys import survey_statuses


@strawberry.type
class SurveyQueries:
    @strawberry.field(description="What has come of every survey.")
    async def surveys(self, info: Info) -> list[SurveyStatus]:
        return [SurveyStatus.from_row(row) for row in await survey_statuses(info.context.reader)]
