"""Lists that come in pages."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from arrayan_client.errors import InvalidInput
from arrayan_client.rows import Rows
from arrayan_client.session import Model, Operation, Session
from arrayan_client.steps import Steps

Record = TypeVar("Record")
Progress = bool | Callable[[int, int | None], None] | None
"""Called with the number of rows that are there, and of those that will be (None: unknown). True: a line on
stderr."""


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Some rows, and where the list goes on; None at its end."""

    records: list[Record]
    end: str | None


def page_of(records: list[Record], info: Any) -> Page[Record]:
    """A page of a connection."""
    return Page(records, info.end_cursor if info.has_next_page else None)


class Pages(Generic[Record]):
    """A list on the server, page by page. It goes on behind the last row that it gave, whatever happens between."""

    def __init__(
        self,
        session: Session,
        operation: Operation[Model],
        variables: Mapping[str, Any],
        read: Callable[[Model], Page[Record]],
        *,
        size: int,
        limit: int | None,
    ) -> None:
        self._session, self._operation, self._variables = session, operation, dict(variables)
        self._read: Callable[[Any], Page[Record]] = read
        self._size, self._left = size, checked_limit(limit)
        self._after: str | None = None
        self.has_ended = self._left == 0
        self.was_cut = False
        """Whether the limit left rows out."""

    def next(self) -> Steps[list[Record]]:
        """The next rows. Raises ArrayanError; after that it can be asked again."""
        first = self._size if self._left is None else min(self._size, self._left)
        variables = {**self._variables, "first": first, "after": self._after}
        page = self._read((yield from self._session.ask(self._operation, variables)))
        self._after = page.end
        if self._left is not None:
            self._left -= len(page.records)
        self.has_ended = page.end is None or self._left == 0
        self.was_cut = self.has_ended and page.end is not None
        return page.records


def collected(pages: Pages[Record], limit: int | None, progress: Progress) -> Steps[list[Record]]:
    """All rows of a list."""
    told = told_to(progress)
    records: list[Record] = []
    while not pages.has_ended:
        records += yield from pages.next()
        told(len(records), limit)
    return records


def told_to(progress: Progress) -> Callable[[int, int | None], None]:
    """A function that tells how far it is."""
    if callable(progress):
        return progress
    return _print if progress else _be_silent


def checked_limit(limit: int | None) -> int | None:
    """Raises InvalidInput."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise InvalidInput(f"limit must be a whole number from 0, or None for all, got {limit!r}")
    return limit


def rows_of(
    records: list[Record],
    columns: Any,
    operation: Operation[Any],
    variables: Mapping[str, Any],
    complete: bool = True,
) -> Rows[Record]:
    """Records with the question that they answer."""
    return Rows(records, columns, query=operation.shown_with(variables), complete=complete)


def _be_silent(_: int, __: int | None) -> None:
    pass


def _print(done: int, total: int | None) -> None:
    of = "" if total is None else f" of {total}"
    sys.stderr.write(f"\r{done}{of} rows")
    sys.stderr.flush()
