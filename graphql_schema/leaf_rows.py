"""Lists of rows that hold nothing but leaves: detections, limits, statistics, probabilities.

A resolver that returns such a list lets graphql_schema.execution answer by columns. To everybody else it is a
sequence of objects, made when they are looked at.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar, overload

from storage.reader import Columns

Item = TypeVar("Item")
Row = TypeVar("Row", bound=tuple[Any, ...])

FromRow = Callable[[Row], Any]


class LeafList(Sequence[Item]):
    """Objects of a type that hold nothing but leaves."""

    @abstractmethod
    def column(self, name: str) -> Sequence[Any] | None:
        """Values of a field, named as in Python; None for a field that only an object can answer for."""

    @abstractmethod
    def _item(self, index: int) -> Item: ...

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequence[Item]": ...
    def __getitem__(self, index: int | slice) -> "Item | Sequence[Item]":
        if isinstance(index, slice):
            return list(map(self._item, range(len(self))[index]))
        return self._item(index)


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


class LeafRows(LeafList[Item], Generic[Row, Item]):
    """Rows, as objects of a type."""

    def __init__(self, leaves: Leaves[Row, Item], rows: Sequence[Row]) -> None:
        self._leaves = leaves
        self._rows = rows

    def column(self, name: str) -> Sequence[Any] | None:
        if (place := self._leaves.place(name)) is not None:
            return [row[place] for row in self._rows]
        if (compute := self._leaves.computation(name)) is not None:
            return list(map(compute, self._rows))
        return None

    def _item(self, index: int) -> Item:
        return self._leaves.make(self._rows[index])

    def __len__(self) -> int:
        return len(self._rows)


class Computed(NamedTuple):
    """A field that follows from columns: the columns that are needed, and how."""

    needed: tuple[str, ...]
    of: Callable[..., Sequence[Any]]


class ColumnLeaves(Generic[Item]):
    """How columns become objects of a type.

    A field has the values of the column of the same name, unless `computed` says how it follows from columns.
    """

    def __init__(self, item: type[Item], columns: Collection[str], **computed: Computed) -> None:
        self.item = item
        direct = {name: Computed((name,), lambda values: values) for name in columns}
        self._fields = {
            name: (direct | computed)[name] for name in item.__annotations__ if name in direct or name in computed
        } | computed

    def needed(self, names: Collection[str] | None) -> frozenset[str] | None:
        """The columns that some fields need; None is all of them."""
        if names is None:
            return None
        return frozenset(column for name in names for column in self._fields[name].needed)

    def of(self, columns: Columns) -> "LeafColumns[Item]":
        """Rows of which these columns were read; no rows when there are no columns."""
        return LeafColumns(self, columns)

    def of_rows(self, rows: Sequence[Row]) -> "LeafColumns[Item]":
        """Rows that were read whole: named tuples with all columns."""
        names: tuple[str, ...] = rows[0]._fields if rows else ()  # type: ignore[attr-defined]
        return LeafColumns(self, dict(zip(names, zip(*rows, strict=True), strict=True)))

    def column(self, name: str, columns: Columns) -> Sequence[Any]:
        """Values of a field. Raises KeyError when a column was not read."""
        field = self._fields[name]
        return field.of(*(columns[column] for column in field.needed))

    def all_told(self, columns: Columns) -> Columns:
        """Values of every field of which all columns were read."""
        return {
            name: self.column(name, columns)
            for name, field in self._fields.items()
            if all(column in columns for column in field.needed)
        }


class LeafColumns(LeafList[Item]):
    """Columns, as objects of a type. The objects have the fields of which all columns were read."""

    def __init__(self, leaves: ColumnLeaves[Item], columns: Columns) -> None:
        self._leaves = leaves
        self._columns = columns

    def column(self, name: str) -> Sequence[Any] | None:
        return self._leaves.column(name, self._columns) if self._columns else []

    @cached_property
    def _told(self) -> Columns:
        return self._leaves.all_told(self._columns)

    def _item(self, index: int) -> Item:
        item = object.__new__(self._leaves.item)
        for name, values in self._told.items():
            setattr(item, name, values[index])
        return item

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))
