"""Questions whose answers are files: read by the inputs of the schema, so that they mean and refuse the same."""

from collections.abc import Mapping
from typing import Any, NamedTuple, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from domain.errors import ArrayanError
from domain.light_curve import Window
from domain.object_filter import NEWEST_FIRST, ObjectFilter, ObjectOrder
from domain.table_format import LightCurveTable
from graphql_schema.document_shape import check_variables
from graphql_schema.errors import InvalidInput, labelled
from graphql_schema.inputs.arguments import OrderBy, Where
from graphql_schema.inputs.object_filter import domain_filter
from graphql_schema.limits import MAX_DOWNLOADED, at_most
from graphql_schema.schema import Schema
from graphql_schema.types.enums import Band


class ObjectsAsked(NamedTuple):
    """Objects that pass a filter, sorted, and how many at most."""

    where: ObjectFilter
    order: list[ObjectOrder]
    limit: int


class LightCurveAsked(NamedTuple):
    """A light curve in a window; one of its tables, or as many as the format can hold."""

    window: Window
    table: LightCurveTable | None


class Refused(ArrayanError):
    """A question that cannot be answered, with the errors that GraphQL has for it."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


Question = TypeVar("Question", ObjectsAsked, LightCurveAsked)
Asked = NewType("Asked", object)
ASKED = strawberry.scalar(name="Asked", serialize=lambda value: value, parse_value=lambda value: value)

OBJECTS = (
    "query($where: ObjectFilter, $orderBy: [ObjectOrder!], $maxRows: Int) "
    "{ asked: objects(where: $where, orderBy: $orderBy, maxRows: $maxRows) }"
)
LIGHT_CURVE = (
    "query($bands: [Band!], $afterMjd: Float, $beforeMjd: Float, $table: LightCurveTable) "
    "{ asked: lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd, table: $table) }"
)


@strawberry.type
class _Questions:
    """Fields that answer with what they were asked."""

    @strawberry.field
    def objects(self, where: Where = None, order_by: OrderBy = None, max_rows: int | None = None) -> Asked:
        limit = MAX_DOWNLOADED if max_rows is None else max_rows
        if limit < 0:
            raise InvalidInput(f"maxRows must not be negative, got {limit}")
        at_most("maxRows", limit, MAX_DOWNLOADED)
        order = [key.to_domain() for key in order_by or ()] or list(NEWEST_FIRST)
        return Asked(ObjectsAsked(domain_filter(where), order, limit))

    @strawberry.field
    def light_curve(
        self,
        bands: list[Band] | None = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
        table: LightCurveTable | None = None,
    ) -> Asked:
        window = Window(None if bands is None else tuple(bands), after_mjd, before_mjd)
        return Asked(LightCurveAsked(window, table))


_SCHEMA = Schema(query=_Questions, config=StrawberryConfig(scalar_map={Asked: ASKED}))


async def objects_asked(variables: Mapping[str, Any]) -> ObjectsAsked:
    """The question in variables named as the arguments of `objects`, and `maxRows`. Raises Refused,
    LimitExceeded."""
    return await _asked(OBJECTS, variables, ("where", "orderBy", "maxRows"), ObjectsAsked)


async def light_curve_asked(variables: Mapping[str, Any]) -> LightCurveAsked:
    """The question in variables named as the arguments of `lightCurve`, and `table`. Raises Refused,
    LimitExceeded."""
    names = ("bands", "afterMjd", "beforeMjd", "table")
    return await _asked(LIGHT_CURVE, variables, names, LightCurveAsked)


async def _asked(
    document: str, variables: Mapping[str, Any], names: tuple[str, ...], kind: type[Question]
) -> Question:
    if unknown := [name for name in variables if name not in names]:
        raise refused(InvalidInput(f"there is no parameter {unknown[0][:40]!r}: {', '.join(names)} are known"))
    check_variables(dict(variables))
    result = await _SCHEMA.execute(document, variable_values=dict(variables))
    if result.errors:
        raise Refused(result.errors)
    asked = (result.data or {})["asked"]
    assert isinstance(asked, kind)
    return asked


def refused(error: Exception) -> Refused:
    """An error outside of GraphQL, in its form."""
    return Refused([labelled(GraphQLError(str(error), original_error=error), has_run=True)])
