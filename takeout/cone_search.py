"""What a Simple Cone Search answers: its columns, and the VOTable in which the words of its standard are right.

SCS 1.03 marks the identifier and the position with words of UCD1, which VOTable gave up after version 1.1. So it is
answered in 1.1: there a number that is not there is a NaN, such a boolean a `?`, and what a limit cut short is told
before the table. Of UCD1 there is no more than the standard asks for.
"""

from collections.abc import Callable, Sequence
from typing import Any

from takeout.column import Column, Extent, Kind, Row, Table
from takeout.object_table import OBJECT_COLUMNS, SEPARATION
from takeout.votable_writer import CELLS, VOTableWriter, attribute, table_head

UCD1 = {"name": "ID_MAIN", "ra": "POS_EQ_RA_MAIN", "dec": "POS_EQ_DEC_MAIN"}
EVERYTHING = (
    *(column._replace(ucd=UCD1.get(column.name)) for column in OBJECT_COLUMNS),
    SEPARATION._replace(ucd=None),
)
FEW = tuple(UCD1)
SOME = ("survey", *FEW, "detection_count", "first_mjd", "last_mjd", "separation")

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.1" xmlns="http://www.ivoa.net/xml/VOTable/v1.1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.ivoa.net/xml/VOTable/v1.1 http://www.ivoa.net/xml/VOTable/v1.1">\n'
)


def cone_table(verbosity: int) -> Table:
    """Objects in a cone: with identifier and position alone (1), with what most want (2), with everything (3)."""
    names = {1: FEW, 2: SOME}.get(verbosity)
    columns = [column for column in EVERYTHING if names is None or column.name in names]
    return Table("objects", "Objects in the cone, nearest first.", columns)


def columns_of(table: Table) -> Callable[[Row], Row]:
    """Takes the columns of a table out of a row that has all."""
    places = [place for place, column in enumerate(EVERYTHING) if column in table.columns]
    return lambda row: [row[place] for place in places]


class ConeSearchWriter(VOTableWriter):
    """Writes one table as a VOTable 1.1."""

    def begin(self) -> bytes:
        return f'{HEAD}<COOSYS ID="icrs" equinox="J2000" system="ICRS"/>\n<RESOURCE type="results">\n'.encode()

    def begin_table(self, table: Table, extent: Extent) -> bytes:
        status = "OVERFLOW" if extent.truncated else "OK"
        self._cells = [_cells(column) for column in table.columns]
        head = table_head(table, extent.rows)
        return f'<INFO name="QUERY_STATUS" value="{status}"/>\n{head}<DATA>\n<TABLEDATA>\n'.encode()


def votable_of_error(message: str) -> bytes:
    """A VOTable that says what went wrong."""
    return f'{HEAD}<INFO ID="Error" name="Error" value={attribute(message)}/>\n<RESOURCE/>\n</VOTABLE>\n'.encode()


def _cells(column: Column) -> Callable[[Sequence[Any]], list[str]]:
    empty = {Kind.FLOAT32: "NaN", Kind.FLOAT64: "NaN", Kind.BOOLEAN: "?"}.get(column.kind)
    cells = CELLS[column.kind]
    if empty is None:
        return cells
    return lambda values: [text or empty for text in cells(values)]
