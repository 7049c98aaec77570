"""Machine code from Python functions, made at their first call and kept for the next process.

Numba by itself looks at the time of a function's own file, and would go on with the old code of functions that it
calls. So the code is kept in a folder whose name follows from all files here: a change anywhere makes all of it
anew, and nothing is ever stale.
"""

import os
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kept_in() -> Path:
    """The folder of the machine code: below NUMBA_CACHE_DIR or the user's cache, or a temporary one where neither
    can be written."""
    digest = blake2b(numba.__version__.encode(), digest_size=8)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or _users_cache()) / f"features-{digest.hexdigest()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="arrayan-features-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="arrayan-features-"))


def _users_cache() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - Path.home may raise
    return Path(cache) / "arrayan"


vars(numba.config)["CACHE_DIR"] = str(kept_in())


def compiled(function: Function) -> Function:
    """The function as machine code. Runs without the interpreter's lock. Divided by zero, a number is infinite or
    NaN, as in numpy."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_loosely(function: Function) -> Function:
    """As `compiled`, where sums may be reordered: for long sums in single precision."""
    return cast(Function, numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function))
