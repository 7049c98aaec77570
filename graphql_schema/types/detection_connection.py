"""Lists of detections of many objects."""

from collections.abc import Sequence

import strawberry

from graphql_schema.context import Info
from graphql_schema.inputs.paging import PageAsked
from graphql_schema.types.detection import DETECTIONS, Detection
from graphql_schema.types.object import Object
from graphql_schema.types.page_info import PageInfo, page_info_of
from storage.light_curves import PlacedDetection


@strawberry.type(description="A detection in a list, with its object.")
class DetectionEdge:
    object_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Mark of this place in the list, to give to `after` or `before`.")
    node: Detection = strawberry.field(description="The detection.")

    @strawberry.field(description="The object that was detected.")
    async def object(self, info: Info) -> Object:
        row = await info.context.loaders.objects.load(self.object_id)
        assert row is not None
        return Object.from_row(row)


@strawberry.type(description="A page of detections, by time.")
class DetectionConnection:
    edges: list[DetectionEdge] = strawberry.field(description="The detections with their objects.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @classmethod
    def from_rows(cls, rows: Sequence[PlacedDetection], asked: PageAsked) -> "DetectionConnection":
        """Of the rows that were read for a page."""
        page = asked.rows(rows)
        nodes = DETECTIONS.of_rows([row.detection for row in page])
        edges = [
            DetectionEdge(object_id=row.detection.object_id, cursor=row.cursor, node=node)
            for row, node in zip(page, nodes, strict=True)
        ]
        return cls(edges=edges, page_info=page_info_of([row.cursor for row in page], len(rows), asked))
