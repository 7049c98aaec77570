"""Arguments that fields share, with their descriptions."""

from typing import Annotated

import strawberry

from graphql_schema.inputs.object_filter import ObjectFilter, ObjectOrderInput
from graphql_schema.types.enums import Survey

AfterCursor = Annotated[
    str | None,
    strawberry.argument(description="Go on behind this cursor: `endCursor` of the page before, or any edge's."),
]
BeforeCursor = Annotated[
    str | None,
    strawberry.argument(
        description="Go no farther than to this cursor, which is left out: `startCursor` of the page behind, or "
        "any edge's."
    ),
]
LastRows = Annotated[
    int | None,
    strawberry.argument(
        description="In place of `first`: so many rows from the end of the list, or the last ones in front of "
        "`before`. They come in the order of the list."
    ),
]
FirstObjects = Annotated[
    int | None, strawberry.argument(description="How many objects a page holds, 0 to 500; 20 when null.")
]
FirstDetections = Annotated[
    int | None, strawberry.argument(description="How many detections a page holds, 0 to 5000; 100 when null.")
]
OfSurvey = Annotated[
    Survey | None, strawberry.argument(description="The survey that gave the name; ZTF when null.")
]
Where = Annotated[
    ObjectFilter | None, strawberry.argument(description="Only objects that pass this filter; all when null.")
]
OrderBy = Annotated[
    list[ObjectOrderInput] | None,
    strawberry.argument(description="What to sort by, the most important key first."),
]
