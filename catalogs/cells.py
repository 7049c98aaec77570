"""Cells of columns that come as arrays, as plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray


def cells_of_array(array: NDArray[Any]) -> Sequence[Any]:
    """Plain values of an array of any kind. 32-bit floats become the numbers of their shortest texts."""
    if array.ndim > 1:
        return [cells_of_array(row) for row in array]
    if array.dtype.kind == "f" and array.dtype.itemsize == 4:
        plain = np.ascontiguousarray(array, dtype=np.float32)
        return list(orjson.loads(orjson.dumps(plain, option=orjson.OPT_SERIALIZE_NUMPY)))
    if array.dtype.kind == "S":
        return [cell.decode("utf-8", "replace").rstrip() for cell in array.tolist()]
    if array.dtype.kind == "U":
        return [cell.rstrip() for cell in array.tolist()]
    return list(array.tolist())
