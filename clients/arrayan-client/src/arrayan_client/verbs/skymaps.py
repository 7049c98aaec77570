"""Probability maps of the sky: sent, looked up, searched."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from arrayan_client.answers import document_of, failure_of
from arrayan_client.columns import SKYMAP_COLUMNS
from arrayan_client.errors import InvalidInput, NotArrayan
from arrayan_client.generated import operations as texts
from arrayan_client.generated.skymap_objects import SkymapObjects
from arrayan_client.paging import Page, Pages, Progress, collected, page_of, rows_of
from arrayan_client.records import PlacedObject, Skymap
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Answer, Request, Steps
from arrayan_client.verbs.objects import PAGE, values_of

OBJECTS = Operation(texts.SKYMAP_OBJECTS_GQL, SkymapObjects)
BY_PROBABILITY = [{"field": "SKYMAP_PROBABILITY", "direction": "DESC"}]
INSTANT = TypeAdapter(datetime)


def upload_skymap(session: Session, file: bytes | str | Path) -> Steps[Skymap]:
    request = Request("POST", "/skymaps", content=_content(file), headers={"Content-Type": "application/fits"})
    return _read((yield from session.answered(request)))


def get_skymap(session: Session, skymap_id: str) -> Steps[Skymap]:
    return _read((yield from session.answered(Request("GET", f"/skymaps/{skymap_id}"))))


def search_skymap(
    session: Session, where: dict[str, Any], limit: int | None, progress: Progress
) -> Steps[Rows[PlacedObject]]:
    def read(answer: SkymapObjects) -> Page[PlacedObject]:
        return page_of([_placed(edge) for edge in answer.objects.edges], answer.objects.page_info)

    variables = {"where": where, "orderBy": BY_PROBABILITY}
    pages = Pages(session, OBJECTS, variables, read, size=PAGE, limit=limit)
    records = yield from collected(pages, limit, progress)
    return rows_of(records, SKYMAP_COLUMNS, OBJECTS, variables, not pages.was_cut)


def region_of(skymap: Skymap | str, credible_level: float) -> dict[str, Any]:
    """A credible region, as the schema's RegionInput."""
    skymap_id = skymap.id if isinstance(skymap, Skymap) else str(skymap)
    return {"skymap": {"id": skymap_id, "credibleLevel": float(credible_level)}}


def _content(file: bytes | str | Path) -> bytes:
    if isinstance(file, bytes):
        return file
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(f"the sky map {file} cannot be read: {error.strerror}") from error


def _read(answer: Answer) -> Skymap:
    if answer.status not in {200, 201}:
        raise failure_of(answer)
    facts = document_of(answer)
    try:
        return Skymap(
            id=facts["id"],
            event=facts["event"],
            observed_at=facts["observedAt"] and INSTANT.validate_python(facts["observedAt"]),
            instruments=facts["instruments"],
            distance=facts["distance"],
            distance_error=facts["distanceError"],
            pixels=facts["pixels"],
            area50=facts["area50"],
            area90=facts["area90"],
            uploaded_at=INSTANT.validate_python(facts["uploadedAt"]),
            expires_at=INSTANT.validate_python(facts["expiresAt"]),
        )
    except (KeyError, ValidationError) as error:
        raise NotArrayan(f"the answer says too little of the sky map: {error}") from error


def _placed(edge: Any) -> PlacedObject:
    return PlacedObject.model_construct(
        **values_of(edge.node),
        probability_density=edge.skymap.probability_density,
        credible_level=edge.skymap.credible_level,
    )
