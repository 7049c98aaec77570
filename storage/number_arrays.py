"""Arrays of numbers from the database, as lists: numpy reads those without nulls in half of the driver's time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

HEADER = 20
"""Bytes before the values: dimensions, whether there are nulls, the type, how many there are, the first index."""
ONE_DIMENSION_WITHOUT_NULLS = bytes([0, 0, 0, 1, 0, 0, 0, 0])
NUMBERS: Mapping[str, str] = {"bool": "?", "int8": ">i8", "float4": ">f4", "float8": ">f8"}
"""How a value is written, by the name of its type."""


class NumberArrayLoader(Loader):
    """Reads arrays of one type of numbers; whatever is out of the ordinary is left to the driver's own loader."""

    format = Format.BINARY
    value: np.dtype[Any]

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        of_driver = psycopg.adapters.get_loader(oid, Format.BINARY)
        assert of_driver is not None
        self._otherwise = of_driver(oid, context)

    def load(self, data: Buffer) -> list[Any]:
        if bytes(data[:8]) != ONE_DIMENSION_WITHOUT_NULLS:
            otherwise: list[Any] = self._otherwise.load(data)
            return otherwise
        values: list[Any] = np.frombuffer(data, self.value, offset=HEADER)["value"].tolist()
        return values


class FloatArrayLoader(NumberArrayLoader):
    """Gives arrays of floats without nulls as arrays of numpy: who writes them out needs no object for each."""

    def load(self, data: Buffer) -> Any:
        if bytes(data[:8]) != ONE_DIMENSION_WITHOUT_NULLS:
            return super().load(data)
        return np.frombuffer(data, self.value, offset=HEADER)["value"].astype(np.float64)


def read_arrays_quickly(cursor: AdaptContext, *, floats: type[NumberArrayLoader] = NumberArrayLoader) -> None:
    """Let a cursor read arrays of numbers by numpy, those of floats by a loader of their own."""
    for name, written in NUMBERS.items():
        value = np.dtype([("length", ">i4"), ("value", written)])
        kind = floats if name.startswith("float") else NumberArrayLoader
        cursor.adapters.register_loader(
            psycopg.adapters.types[name].array_oid, type(kind.__name__, (kind,), {"value": value})
        )
