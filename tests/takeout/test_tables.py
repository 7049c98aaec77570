"""The columns are those of the stored rows and of the schema, with units and meanings that standards know."""

import warnings
from collections.abc import Sequence

import astropy.units as u
import pytest
from astropy.io.votable.ucd import check_ucd
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from domain.light_curve import StoredDetection, StoredForcedPhotometry, StoredNonDetection
from domain.sky_object import SkyObject
from domain.table_format import LightCurveTable
from graphql_schema.types.detection import Detection
from graphql_schema.types.light_curve import ForcedPhotometry, NonDetection
from graphql_schema.types.object import Object
from takeout.column import Column, Table
from takeout.light_curve_tables import LIGHT_CURVE_TABLES
from takeout.object_table import OBJECT_COLUMNS, OBJECT_TABLE, SEPARATION

TABLES = [OBJECT_TABLE, *LIGHT_CURVE_TABLES.values()]
COLUMNS = [SEPARATION, *(column for table in TABLES for column in table.columns)]


def names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def test_columns_are_the_fields_of_the_rows() -> None:
    assert names(OBJECT_COLUMNS) == [name for name in SkyObject._fields if name != "hpx"]
    for table, row in (
        (LightCurveTable.DETECTIONS, StoredDetection),
        (LightCurveTable.NON_DETECTIONS, StoredNonDetection),
        (LightCurveTable.FORCED_PHOTOMETRY, StoredForcedPhotometry),
    ):
        assert names(LIGHT_CURVE_TABLES[table].columns) == list(row._fields[1:])


@pytest.mark.parametrize(
    ("table", "kind"), list(zip(TABLES, [Object, Detection, NonDetection, ForcedPhotometry], strict=True))
)
def test_columns_are_fields_of_the_schema(table: Table, kind: type) -> None:
    definition = get_object_definition(kind, strict=True)
    fields = {field.graphql_name or to_camel_case(field.python_name) for field in definition.fields}
    assert {to_camel_case(name) for name in names(table.columns)} - fields <= {"objectId"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_units_and_ucds_are_those_of_the_standards(column: Column) -> None:
    if column.ucd is not None:
        assert check_ucd(column.ucd, check_controlled_vocabulary=True), column.ucd
    if column.unit is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            u.Unit(column.unit, format="vounit")
    assert column.description.endswith(".")
