"""What a table is made of: columns with kinds, units and meanings."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

Row = Sequence[Any]
"""Values in the order of the columns; None where there is none."""


class Kind(StrEnum):
    """What the values of a column are. A NaN is taken for a value that is not there."""

    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BOOLEAN = "boolean"
    TEXT = "text"


class Column(NamedTuple):
    """A column. `unit` as VOUnits writes it, `ucd` of IVOA's UCD1+ words; None where there is none."""

    name: str
    kind: Kind
    description: str
    unit: str | None = None
    ucd: str | None = None
    nullable: bool = False
    ascii: bool = True
    """Whether a text has letters of ASCII alone, as identifiers do."""

    @property
    def is_place(self) -> bool:
        """Whether it is a coordinate, ICRS."""
        return self.ucd is not None and self.ucd.lower().startswith(("pos.eq", "pos_eq"))

    @property
    def is_time(self) -> bool:
        """Whether it is an MJD (UTC)."""
        return self.ucd is not None and self.ucd.startswith("time.epoch")


class Table(NamedTuple):
    """A table to be: its name, what a row of it is, and its columns."""

    name: str
    description: str
    columns: Sequence[Column]


class Extent(NamedTuple):
    """What is known of a table's rows before they come: how many, whether there would be more but for a limit, and
    how many letters the longest text of a column has."""

    rows: int
    truncated: bool
    widths: Mapping[str, int]
