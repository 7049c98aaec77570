"""Machine code from Python functions."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function as machine code, made at its first call and kept beside its file, or in the user's cache where
    that folder cannot be written. Runs without the interpreter's lock. Divided by zero, a number is infinite or
    NaN, as in numpy.

    Numba looks at the function's own file only: after a change in a function that others call, remove the
    `__pycache__` folders here, or the callers keep the old one.
    """
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_loosely(function: Function) -> Function:
    """As `compiled`, where sums may be reordered: for long sums in single precision."""
    return cast(Function, numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function))
