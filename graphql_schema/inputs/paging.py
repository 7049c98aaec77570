"""Which page of a list is asked for, as Relay's cursor connections have it."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from graphql_schema.errors import InvalidInput
from graphql_schema.limits import page_size

Row = TypeVar("Row")


class PageAsked(NamedTuple):
    """So many rows between two cursors: the first ones, or, when `backwards`, the last ones."""

    size: int
    after: str | None
    before: str | None
    backwards: bool

    @property
    def limit(self) -> int:
        """Rows to read: one more than asked for, to know whether there are others."""
        return self.size + 1

    def rows(self, read: Sequence[Row]) -> list[Row]:
        """The rows of the page in the order of the list, of those read in the direction of the walk."""
        page = list(read[: self.size])
        return page[::-1] if self.backwards else page


def page_asked(
    first: int | None, after: str | None, last: int | None, before: str | None, *, default: int, cap: int
) -> PageAsked:
    """A checked page: `last` rows if that is given, else `first`, else the default.

    Raises InvalidInput for both and for negative numbers, LimitExceeded above the cap.
    """
    if last is None:
        return PageAsked(page_size(default if first is None else first, cap), after, before, backwards=False)
    if first not in (None, default):  # the default is what comes when nobody says `first`
        raise InvalidInput(f"give either first or last, got first: {first} and last: {last}")
    return PageAsked(page_size(last, cap, name="last"), after, before, backwards=True)
