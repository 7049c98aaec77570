"""The state of the streams."""

import strawberry

from graphql_schema.context import Info
from graphql_schema.types.dead_letter import DeadLetterCount
from graphql_schema.types.publisher import Publisher
from graphql_schema.types.survey_status import SurveyStatus
from storage.dead_letters import waiting_letters
from storage.publishers import list_publishers
from storage.surveys import survey_statuses


@strawberry.type
class SurveyQueries:
    @strawberry.field(description="What has come of every survey.")
    async def surveys(self, info: Info) -> list[SurveyStatus]:
        return [SurveyStatus.from_row(row) for row in await survey_statuses(info.context.reader)]

    @strawberry.field(
        description="Packets that could not be stored and wait for a retry, by survey and reason, the most "
        "frequent first."
    )
    async def dead_letters(self, info: Info) -> list[DeadLetterCount]:
        return [DeadLetterCount.from_row(row) for row in await waiting_letters(info.context.reader)]

    @strawberry.field(description="Who sends events on to topics of Kafka, and how far they have come.")
    async def publishers(self, info: Info) -> list[Publisher]:
        return [Publisher.from_row(row) for row in await list_publishers(info.context.reader)]
