"""Where a page lies in its list."""

from collections.abc import Sequence

import strawberry

from graphql_schema.inputs.paging import PageAsked


@strawberry.type(description="Where a page lies in its list (Relay's cursor connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether there is more behind this page; true where the page ends in front of a cursor."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there is more in front of this page; true where the page begins behind a cursor."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first row, to give to `before`; null for an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last row, to give to `after`; null for an empty page."
    )


def page_info(
    cursors: Sequence[str],
    *,
    more: bool,
    after: str | None,
    before: str | None = None,
    backwards: bool = False,
) -> PageInfo:
    """Of a page with these cursors, asked for between `after` and `before`; `more` were found in the direction of
    the walk."""
    return PageInfo(
        has_next_page=before is not None or (more and not backwards),
        has_previous_page=after is not None or (more and backwards),
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def page_info_of(cursors: Sequence[str], read: int, asked: PageAsked) -> PageInfo:
    """Of a page with these cursors, for which so many rows were read."""
    return page_info(
        cursors,
        more=read > asked.size,
        after=asked.after,
        before=asked.before,
        backwards=asked.backwards,
    )
