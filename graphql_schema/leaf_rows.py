"""Lists of rows that hold nothing but leaves: detections, limits, statistics, probabilities.

A resolver that returns LeafRows lets graphql_schema.execution answer by columns. To everybody else it is a sequence
of objects, made when they are looked at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

Item = TypeVar("Item")
Row = TypeVar("Row", bound=tuple[Any, ...])

FromRow = Callable[[Row], Any]


class Leaves(Generic[Row, Item]):
    """How rows of one kind become objects of a type.

    A field has the value of the row's field of the same name, unless `computed` says how it follows from the row.
    """

    def __init__(self, row: type[Row], make: Callable[[Row], Item], **computed: FromRow[Row]) -> None:
        self.make = make
        self._computed: Mapping[str, FromRow[Row]] = computed
        fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]  # a named tuple
        self._places = {name: place for place, name in enumerate(fields) if name not in computed}

    def of(self, rows: Sequence[Row]) -> "LeafRows[Row, Item]":
        return LeafRows(self, rows)

    def place(self, name: str) -> int | None:
        """Where in a row the value of a field is."""
        return self._places.get(name)

    def computation(self, name: str) -> FromRow[Row] | None:
        """How the value of a field follows from a row."""
        return self._computed.get(name)


class LeafRows(Sequence[Item], Generic[Row, Item]):
    """Rows, as objects of a type."""

    def __init__(self, leaves: Leaves[Row, Item], rows: Sequence[Row]) -> None:
        self._leaves = leaves
        self._rows = rows

    def column(self, name: str) -> Sequence[Any] | None:
        """Values of a field, named as in Python; None for a field that only an object can answer for."""
        if (place := self._leaves.place(name)) is not None:
            return [row[place] for row in self._rows]
        if (compute := self._leaves.computation(name)) is not None:
            return list(map(compute, self._rows))
        return None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Item]:
        return map(self._leaves.make, self._rows)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> "LeafRows[Row, Item]": ...
    def __getitem__(self, index: int | slice) -> "Item | LeafRows[Row, Item]":
        if isinstance(index, slice):
            return LeafRows(self._leaves, self._rows[index])
        return self._leaves.make(self._rows[index])
