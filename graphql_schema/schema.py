"""The schema, assembled."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from graphql_schema.documents import CheckDocuments, DocumentCache
from graphql_schema.errors import labelled
from graphql_schema.execution import LeafExecutor
from graphql_schema.queries.catalogs import CatalogQueries
from graphql_schema.queries.classifiers import ClassifierQueries
from graphql_schema.queries.detections import DetectionQueries
from graphql_schema.queries.nights import NightQueries
from graphql_schema.queries.nodes import NodeQueries
from graphql_schema.queries.objects import ObjectQueries
from graphql_schema.queries.surveys import SurveyQueries
from graphql_schema.scalars import FLOAT_ARRAY, FloatArray
from graphql_schema.types.detection import Detection
from graphql_schema.types.object import Object


@strawberry.type(
    description="All questions. Angles are degrees ICRS unless a name says otherwise, radii are arcseconds, times "
    "MJD (UTC); 64-bit identifiers travel as text."
)
class Query(
    NodeQueries,
    ObjectQueries,
    DetectionQueries,
    CatalogQueries,
    ClassifierQueries,
    SurveyQueries,
    NightQueries,
):
    pass


class Schema(strawberry.Schema):
    """Gives every error its code, at whatever stage it came up, and logs only those that nobody foresaw."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        has_run = execution_context is not None and execution_context.result is not None
        errors[:] = [labelled(error, has_run=has_run) for error in errors]


def make_schema(execution: type[StrawberryGraphQLCoreExecutionContext] = LeafExecutor) -> Schema:
    """The schema that the endpoint serves."""
    cache = DocumentCache()
    return Schema(
        query=Query,
        types=[Object, Detection],
        extensions=[lambda: CheckDocuments(cache)],
        execution_context_class=execution,
        config=StrawberryConfig(scalar_map={FloatArray: FLOAT_ARRAY}),
    )
