"""The catalogues that the whole archive is taken out as."""

from domain.table_format import LightCurveTable
from takeout.column import Table
from takeout.hats import Catalog, Nested
from takeout.light_curve_tables import LIGHT_CURVE_TABLES
from takeout.object_table import OBJECT_COLUMNS, OBJECT_TABLE

OBJECT_KEY = OBJECT_COLUMNS[0]
_DETECTIONS = LIGHT_CURVE_TABLES[LightCurveTable.DETECTIONS]

OBJECTS = Catalog("object", OBJECT_TABLE)
DETECTIONS = Catalog(
    "source",
    Table("detections", "All detections, each with the key of its object.", (OBJECT_KEY, *_DETECTIONS.columns)),
)
LIGHT_CURVES = Catalog(
    "object",
    Table(
        "light_curves",
        "Objects with their light curves: detections, non-detections and forced photometry in every row, by time.",
        OBJECT_COLUMNS,
    ),
    tuple(Nested(table.name, table) for table in LIGHT_CURVE_TABLES.values()),
)
CATALOGS = {catalog.table.name: catalog for catalog in (OBJECTS, DETECTIONS, LIGHT_CURVES)}
