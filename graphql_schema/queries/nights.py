"""The state of the streams, night by night."""

from typing import Annotated

import strawberry

from graphql_schema.context import Info
from graphql_schema.inputs.arguments import AfterCursor
from graphql_schema.limits import MAX_NIGHTS, page_size
from graphql_schema.types.enums import Survey
from graphql_schema.types.night import NightConnection
from storage.nights import list_nights


@strawberry.type
class NightQueries:
    @strawberry.field(
        description="What has been ingested and classified, by observing night, newest first. `first` at most 366."
    )
    async def nights(
        self,
        info: Info,
        survey: Annotated[
            Survey | None, strawberry.argument(description="Nights of this survey only; of all when null.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many nights a page holds, 0 to 366.")
        ] = 30,
        after: AfterCursor = None,
    ) -> NightConnection:
        size = page_size(30 if first is None else first, MAX_NIGHTS)
        rows = await list_nights(info.context.reader, survey, limit=size + 1, after=after)
        return NightConnection.from_rows(rows, first=size, after=after)
