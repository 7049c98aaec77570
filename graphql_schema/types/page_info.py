"""Where a page lies in its list."""

from collections.abc import Sequence

import strawberry


@strawberry.type(description="Where a page lies in its list (Relay's cursor connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether the page began behind a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; null for an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last row, to give to `after`; null for an empty page."
    )


def page_info(cursors: Sequence[str], *, more: bool, after: str | None) -> PageInfo:
    """Of a page with these cursors, asked for from behind `after`."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
