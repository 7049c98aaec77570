"""The schema, assembled."""

from collections.abc import Iterable
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import GraphQLError, execute
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES, StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_schema.documents import CheckDocuments, DocumentCache, unpaid
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
from graphql_schema.subscriptions.events import Subscription
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
    """Gives every error its code, at whatever stage it came up, and logs only those that nobody foresaw.

    A document that was checked before is run at once, without the stations at which extensions may step in.
    """

    documents: DocumentCache | None = None
    """The documents that its extension CheckDocuments keeps."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        has_run = execution_context is not None and execution_context.result is not None
        errors[:] = [labelled(error, has_run=has_run) for error in errors]

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        allowed = DEFAULT_ALLOWED_OPERATION_TYPES if allowed_operation_types is None else allowed_operation_types
        known = None if self.documents is None else self.documents.get(query or "")
        asked = ExecutionContext(
            query,
            self,
            allowed,
            context_value,
            variable_values,
            root_value=root_value,
            provided_operation_name=operation_name,
            operation_extensions=operation_extensions,
        )
        if known is not None:
            asked.graphql_document = known.document
        if known is None or not _may_run(asked):
            return await super().execute(
                query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
            )
        if problems := unpaid(asked, known):
            return self._result(asked, None, problems)
        running = execute(
            self._schema,
            known.document,
            root_value,
            context_value,
            variable_values,
            operation_name,
            executor_class=self.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=operation_extensions,
        )
        done = await running if isawaitable(running) else running
        asked.result = done
        return self._result(asked, done.data, done.errors)

    def _result(
        self, asked: ExecutionContext, data: dict[str, Any] | None, errors: list[GraphQLError] | None
    ) -> ExecutionResult:
        if errors:
            self.process_errors(errors, asked)
        return ExecutionResult(data, errors, asked.extensions_results)


def _may_run(asked: ExecutionContext) -> bool:
    """Whether the operation is there and may be asked for in this way; if not, the long way says why."""
    try:
        return asked.operation_type in asked.allowed_operations
    except RuntimeError:
        return False


def make_schema(execution: type[StrawberryGraphQLCoreExecutionContext] = LeafExecutor) -> Schema:
    """The schema that the endpoint serves."""
    cache = DocumentCache()
    schema = Schema(
        query=Query,
        subscription=Subscription,
        types=[Object, Detection],
        extensions=[lambda: CheckDocuments(cache)],
        execution_context_class=execution,
        config=StrawberryConfig(scalar_map={FloatArray: FLOAT_ARRAY}),
    )
    schema.documents = cache
    return schema
