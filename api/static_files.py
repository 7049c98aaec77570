"""Files that pages load: kept by browsers for ever, under addresses that change with their content."""

import hashlib
from functools import cache
from os import PathLike, stat_result
from pathlib import Path

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
KEEP_FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
VERSION = "v"
"""Query parameter that names a file's content, so that the file can be kept for ever."""


def static_address(name: str) -> str:
    """The address of a file of the folder `static`, below the server's root, without a leading slash."""
    return f"static/{name}?{VERSION}={_version(FOLDER / name)}"


@cache
def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


class VersionedFiles(StaticFiles):
    """Files that are kept for ever when asked for by their content, and checked by ETag when not."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        asked = QueryParams(scope["query_string"]).get(VERSION)
        response.headers["Cache-Control"] = KEEP_FOR_EVER if asked == _version(Path(full_path)) else ASK_AGAIN
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
