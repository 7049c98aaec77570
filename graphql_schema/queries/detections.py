"""Detections by place and time."""

from typing import Annotated

import strawberry

from graphql_schema.context import Info
from graphql_schema.errors import InvalidInput
from graphql_schema.inputs.arguments import AfterCursor, BeforeCursor, FirstDetections, LastRows
from graphql_schema.inputs.paging import page_asked
from graphql_schema.inputs.region import RegionInput
from graphql_schema.limits import MAX_DETECTIONS
from graphql_schema.types.detection_connection import DetectionConnection
from storage.light_curves import detections_in_region


@strawberry.type
class DetectionQueries:
    @strawberry.field(
        description="Detections in a region and a time window (MJD, limits included), whatever their object, by "
        "time. `first` or `last` at most 5000."
    )
    async def detections(
        self,
        info: Info,
        region: Annotated[
            RegionInput, strawberry.argument(description="Where: the position of the detection itself counts.")
        ],
        after_mjd: Annotated[float, strawberry.argument(description="Not before this time, MJD (UTC).")],
        before_mjd: Annotated[float, strawberry.argument(description="Not after this time, MJD (UTC).")],
        first: FirstDetections = 100,
        after: AfterCursor = None,
        last: LastRows = None,
        before: BeforeCursor = None,
    ) -> DetectionConnection:
        if after_mjd > before_mjd:
            raise InvalidInput(f"afterMjd ({after_mjd}) must not be later than beforeMjd ({before_mjd})")
        page = page_asked(first, after, last, before, default=100, cap=MAX_DETECTIONS)
        rows = await detections_in_region(
            info.context.reader,
            region.to_domain(),
            after_mjd=after_mjd,
            before_mjd=before_mjd,
            limit=page.limit,
            after=after,
            before=before,
            backwards=page.backwards,
        )
        return DetectionConnection.from_rows(rows, page)
