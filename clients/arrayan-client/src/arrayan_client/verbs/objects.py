"""Objects: by conditions, by name, and those beside one."""

from collections.abc import Iterable
from typing import Any

from arrayan_client.columns import CLASSIFIED_COLUMNS, CONE_COLUMNS, OBJECT_COLUMNS
from arrayan_client.errors import ObjectNotFound
from arrayan_client.filters import survey_name
from arrayan_client.generated import operations as texts
from arrayan_client.generated.classified_objects import ClassifiedObjects
from arrayan_client.generated.count_objects import CountObjects
from arrayan_client.generated.neighbors import Neighbors
from arrayan_client.generated.object_by_name import ObjectByName
from arrayan_client.generated.objects import Objects
from arrayan_client.generated.objects_by_name import ObjectsByName
from arrayan_client.paging import Page, Pages, Progress, collected, page_of, rows_of, told_to
from arrayan_client.positions import AngleLike, arcseconds
from arrayan_client.records import ClassifiedObject, FoundObject, SkyObject
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Steps

OBJECTS = Operation(texts.OBJECTS_GQL, Objects)
CLASSIFIED = Operation(texts.CLASSIFIED_OBJECTS_GQL, ClassifiedObjects)
COUNT = Operation(texts.COUNT_OBJECTS_GQL, CountObjects)
BY_NAME = Operation(texts.OBJECT_BY_NAME_GQL, ObjectByName)
BY_NAMES = Operation(texts.OBJECTS_BY_NAME_GQL, ObjectsByName)
NEIGHBORS = Operation(texts.NEIGHBORS_GQL, Neighbors)

PAGE, NAMES = 500, 1000
DEFAULT_LIMIT = 100

Variables = dict[str, Any]


def object_pages(session: Session, variables: Variables, limit: int | None) -> Pages[SkyObject]:
    """Objects that pass a filter."""

    def read(answer: Objects) -> Page[SkyObject]:
        return page_of(list[SkyObject](answer.objects.nodes), answer.objects.page_info)

    return Pages(session, OBJECTS, variables, read, size=PAGE, limit=limit)


def query_objects(
    session: Session, variables: Variables, limit: int | None, progress: Progress
) -> Steps[Rows[SkyObject]]:
    pages = object_pages(session, variables, limit)
    records = yield from collected(pages, limit, progress)
    return rows_of(records, OBJECT_COLUMNS, OBJECTS, variables, not pages.was_cut)


def query_classified(
    session: Session, variables: Variables, classifier: str, limit: int | None, progress: Progress
) -> Steps[Rows[ClassifiedObject]]:
    """Objects, each with the latest answer of a classifier."""

    def read(answer: ClassifiedObjects) -> Page[ClassifiedObject]:
        nodes = answer.objects.nodes
        return page_of([_classified(node, classifier) for node in nodes], answer.objects.page_info)

    asked = {**variables, "classifier": classifier}
    pages = Pages(session, CLASSIFIED, asked, read, size=PAGE, limit=limit)
    records = yield from collected(pages, limit, progress)
    return rows_of(records, CLASSIFIED_COLUMNS, CLASSIFIED, asked, not pages.was_cut)


def count_objects(session: Session, variables: Variables, cap: int) -> Steps[int]:
    answer = yield from session.ask(COUNT, {"where": variables.get("where"), "cap": cap})
    return answer.objects.total_count.value


def query_object(session: Session, name: str, survey: str | None) -> Steps[SkyObject]:
    answer = yield from session.ask(BY_NAME, named(name, survey))
    node: SkyObject = found(answer.object_, name, survey)
    return node


def query_objects_by_name(
    session: Session, names: Iterable[str], survey: str | None, progress: Progress
) -> Steps[list[SkyObject | None]]:
    told = told_to(progress)
    wanted = [str(name) for name in ([names] if isinstance(names, str) else names)]
    given: list[SkyObject | None] = []
    for start in range(0, len(wanted), NAMES):
        part = wanted[start : start + NAMES]
        answer = yield from session.ask(BY_NAMES, {"names": part, "survey": survey_name(survey)})
        given += answer.objects_by_name
        told(len(given), len(wanted))
    return given


def query_neighbors(session: Session, name: str, survey: str | None, radius: AngleLike) -> Steps[Rows[FoundObject]]:
    variables = {**named(name, survey), "radius": arcseconds(radius)}
    answer = yield from session.ask(NEIGHBORS, variables)
    near = found(answer.object_, name, survey).neighbors
    records = [at_distance(neighbor.object_, neighbor.separation) for neighbor in near]
    return rows_of(records, CONE_COLUMNS, NEIGHBORS, variables)


def named(name: str, survey: str | None) -> Variables:
    """The variables that name an object."""
    return {"name": str(name), "survey": survey_name(survey)}


def found(answer: Any, name: str, survey: str | None) -> Any:
    """What an object's field gave. Raises ObjectNotFound when there is no such object."""
    if answer is None:
        raise ObjectNotFound(
            f"there is no object {name!r} of {survey_name(survey) or 'ZTF'}",
            hint='Capitals matter. Name the survey, or look with query_objects(where={"nameLike": "ZTF26aa*"}).',
            code="NOT_FOUND",
        )
    return answer


def at_distance(node: SkyObject, separation: float) -> FoundObject:
    """An object with an angle, arcsec."""
    return FoundObject.model_construct(**values_of(node), separation=separation)


def values_of(node: SkyObject) -> dict[str, Any]:
    """The fields of an object."""
    return {field: getattr(node, field) for field in SkyObject.model_fields}


def _classified(node: Any, classifier: str) -> ClassifiedObject:
    answers = [answer for answer in node.classifications if answer.classifier == classifier]
    return ClassifiedObject.model_construct(**values_of(node), classification=answers[0] if answers else None)
