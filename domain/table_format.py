"""The formats that tables are taken out in."""

from enum import StrEnum


class TableFormat(StrEnum):
    """A file format for tables."""

    CSV = "CSV"
    VOTABLE = "VOTABLE"
    FITS = "FITS"
    PARQUET = "PARQUET"

    @property
    def extension(self) -> str:
        """How file names and addresses end, without the dot."""
        return _EXTENSIONS[self]

    @property
    def media_type(self) -> str:
        """What HTTP calls it."""
        return _MEDIA_TYPES[self]

    @property
    def holds_several_tables(self) -> bool:
        """Whether one file may hold more than one table."""
        return self in (TableFormat.VOTABLE, TableFormat.FITS)


_EXTENSIONS = {
    TableFormat.CSV: "csv",
    TableFormat.VOTABLE: "vot",
    TableFormat.FITS: "fits",
    TableFormat.PARQUET: "parquet",
}
_MEDIA_TYPES = {
    TableFormat.CSV: "text/csv",
    TableFormat.VOTABLE: "application/x-votable+xml",
    TableFormat.FITS: "application/fits",
    TableFormat.PARQUET: "application/vnd.apache.parquet",
}


class LightCurveTable(StrEnum):
    """One of the tables that make a light curve."""

    DETECTIONS = "DETECTIONS"
    NON_DETECTIONS = "NON_DETECTIONS"
    FORCED_PHOTOMETRY = "FORCED_PHOTOMETRY"
