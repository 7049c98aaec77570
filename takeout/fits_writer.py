"""FITS: a binary table per table, behind an empty primary HDU.

What is not there is NaN, a TNULL or a blank text. Few readers know a boolean that is neither true nor false, so one
that may be missing is a byte: 0, 1, or its TNULL. Texts are ASCII; other letters become escapes such as \\u00e9.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from takeout.column import Column, Extent, Kind, Row, Table

BLOCK = 2880
NULL_INT32, NULL_INT64, NULL_BOOLEAN = -(2**31), -(2**63), 255


class FitsWriter:
    """Writes tables, each an HDU."""

    def __init__(self) -> None:
        self._table = Table("", "", ())
        self._dtype = np.dtype([])
        self._written = 0

    def begin(self) -> bytes:
        return _as_bytes(fits.PrimaryHDU().header)

    def begin_table(self, table: Table, extent: Extent) -> bytes:
        self._table, self._written = table, 0
        self._dtype = np.dtype([(column.name, _stored_type(column, extent)) for column in table.columns])
        return _as_bytes(_header(table, extent, self._dtype))

    def rows(self, batch: Sequence[Row]) -> bytes:
        stored = np.empty(len(batch), self._dtype)
        for column, values in zip(self._table.columns, zip(*batch, strict=True), strict=False):
            stored[column.name] = _stored(column, values)
        self._written += stored.nbytes
        return stored.tobytes()

    def end_table(self) -> bytes:
        return b"\0" * (-self._written % BLOCK)

    def end(self) -> bytes:
        return b""


def _stored_type(column: Column, extent: Extent) -> str:
    if column.kind is Kind.TEXT:
        return f"S{max(1, extent.widths[column.name])}"
    return {
        Kind.INT32: ">i4",
        Kind.INT64: ">i8",
        Kind.FLOAT32: ">f4",
        Kind.FLOAT64: ">f8",
        Kind.BOOLEAN: "u1",
    }[column.kind]


def _stored(column: Column, values: Sequence[Any]) -> NDArray[Any] | list[Any]:
    match column.kind:
        case Kind.INT32:
            return [NULL_INT32 if value is None else value for value in values]
        case Kind.INT64:
            return [NULL_INT64 if value is None else value for value in values]
        case Kind.BOOLEAN if column.nullable:
            return [NULL_BOOLEAN if value is None else int(value) for value in values]
        case Kind.BOOLEAN:
            return [ord("T") if value else ord("F") for value in values]
        case Kind.TEXT:
            return [b"" if value is None else ascii_of(value) for value in values]
        case _:
            return np.array(values, dtype=np.float64)


def ascii_of(text: str) -> bytes:
    """A text as FITS may hold it."""
    return text.encode("ascii", "backslashreplace")


def _header(table: Table, extent: Extent, dtype: np.dtype[Any]) -> fits.Header:
    header = fits.Header()
    header["XTENSION"] = ("BINTABLE", "binary table")
    header["BITPIX"] = 8
    header["NAXIS"] = 2
    header["NAXIS1"] = (dtype.itemsize, "bytes of a row")
    header["NAXIS2"] = (extent.rows, "rows")
    header["PCOUNT"] = 0
    header["GCOUNT"] = 1
    header["TFIELDS"] = (len(table.columns), "columns")
    header["EXTNAME"] = table.name
    header["RADESYS"] = ("ICRS", "of the coordinates")
    header["TIMESYS"] = ("UTC", "scale of the times")
    header["MJDREF"] = (0.0, "times are MJD")
    header["TREFPOS"] = ("TOPOCENT", "where times are taken")
    header["TRUNCATE"] = (extent.truncated, "whether a limit left rows out")
    for number, column in enumerate(table.columns, 1):
        _describe(header, number, column, dtype)
    header["COMMENT"] = ascii_of(table.description).decode()
    return header


def _describe(header: fits.Header, number: int, column: Column, dtype: np.dtype[Any]) -> None:
    header[f"TTYPE{number}"] = column.name
    header[f"TFORM{number}"] = _form(column, dtype)
    if (null := _null(column)) is not None:
        header[f"TNULL{number}"] = null
    if column.unit is not None:
        header[f"TUNIT{number}"] = column.unit
    if column.ucd is not None:
        header[f"TUCD{number}"] = column.ucd
    header[f"TCOMM{number}"] = ascii_of(column.description).decode()


def _form(column: Column, dtype: np.dtype[Any]) -> str:
    match column.kind:
        case Kind.TEXT:
            return f"{dtype[column.name].itemsize}A"
        case Kind.BOOLEAN:
            return "B" if column.nullable else "L"
        case kind:
            return {Kind.INT32: "J", Kind.INT64: "K", Kind.FLOAT32: "E", Kind.FLOAT64: "D"}[kind]


def _null(column: Column) -> int | None:
    if not column.nullable:
        return None
    return {Kind.INT32: NULL_INT32, Kind.INT64: NULL_INT64, Kind.BOOLEAN: NULL_BOOLEAN}.get(column.kind)


def _as_bytes(header: fits.Header) -> bytes:
    return bytes(header.tostring(), "ascii")
