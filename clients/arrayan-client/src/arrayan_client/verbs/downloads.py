"""Tables as files, as the server makes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from arrayan_client.answers import failure_of
from arrayan_client.errors import IncompleteDownload, InvalidInput, ServerUnreachable
from arrayan_client.filters import survey_name
from arrayan_client.records import Download
from arrayan_client.session import Session, as_json
from arrayan_client.steps import Request, Steps

ENDINGS = {"csv": "csv", "vot": "vot", "votable": "vot", "xml": "vot", "fits": "fits", "parquet": "parquet"}
TABLES = ("detections", "non_detections", "forced_photometry")
DOWNLOAD_SECONDS = 120.0


def download_objects(
    session: Session, path: str | Path, form: str | None, question: Mapping[str, Any]
) -> Steps[Download]:
    ending = _ending(path, form)
    body = as_json({name: value for name, value in question.items() if value is not None})
    return (yield from _download(session, Path(path), Request("POST", f"/objects.{ending}", json=body)))


def download_lightcurve(
    session: Session,
    name: str,
    path: str | Path,
    form: str | None,
    survey: str | None,
    table: str | None,
    window: Mapping[str, Any],
) -> Steps[Download]:
    if table is not None and table not in TABLES:
        raise InvalidInput(f"there is no table {table!r}", hint=f"Take one of {', '.join(TABLES)}.")
    parameters = {key: str(value) for key, value in {"table": table, **window}.items() if value is not None}
    address = f"/lightcurve/{survey_name(survey) or 'ZTF'}/{quote(str(name), safe='')}.{_ending(path, form)}"
    return (yield from _download(session, Path(path), Request("GET", address, parameters=parameters)))


def _download(session: Session, path: Path, request: Request) -> Steps[Download]:
    """Into a file beside it first, so that a file of that name is always whole."""
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent} for the file")
    part = path.with_name(path.name + ".part")
    try:
        answer = yield from session.answered(
            Request(
                request.method,
                request.path,
                json=request.json,
                parameters=request.parameters,
                into=part,
                read_seconds=DOWNLOAD_SECONDS,
            )
        )
        if answer.status != 200:
            raise failure_of(answer)
        part.replace(path)
    except ServerUnreachable as error:
        if not session.has_answered:
            raise
        raise IncompleteDownload(f"{path} could not be had whole: {error.message}") from error
    finally:
        part.unlink(missing_ok=True)
    rows = answer.headers.get("arrayan-rows", "")
    is_cut = answer.headers.get("arrayan-truncated") == "true"
    return Download(path, int(rows) if rows.isdigit() else None, not is_cut)


def _ending(path: str | Path, form: str | None) -> str:
    wanted = form or Path(path).suffix.lstrip(".")
    if wanted.lower() not in ENDINGS:
        raise InvalidInput(
            f"there is no format {wanted!r}",
            hint="Take csv, vot, fits or parquet, as the file's ending or format=.",
        )
    return ENDINGS[wanted.lower()]
