"""The schema, assembled."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from graphql import OperationType as GraphQLOperationType
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES, StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_schema.context import Info
from graphql_schema.documents import (
    MAX_REFUSED_BYTES,
    CheckDocuments,
    CheckedDocument,
    DocumentCache,
    RefusedDocument,
    unpaid,
)
from graphql_schema.errors import labelled
from graphql_schema.execution import LeafExecutor, run_query
from graphql_schema.plan import OperationPlan
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

    A document that was checked before is run at once, without the stations at which extensions may step in; one
    that was found to be wrong is refused at once.
    """

    documents: DocumentCache[CheckedDocument] | None = None
    """The documents that its extension CheckDocuments keeps."""
    refused: DocumentCache[RefusedDocument] | None = None
    """Those that it refused."""

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
        plan = None if known is None else known.plan(operation_name)
        if known is None and OperationType.QUERY in allowed and self.refused is not None:
            wrong = self.refused.get(query or "")
            if wrong is not None and wrong.refuses(operation_name):
                return ExecutionResult(None, list(wrong.errors), {})
        if known is None or plan is None or not _is_query(plan) or OperationType.QUERY not in allowed:
            return await super().execute(
                query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
            )
        told: dict[str, Any] = {}
        context: Any = context_value
        if problems := unpaid(known, operation_name, variable_values, context.allowance, told):
            return ExecutionResult(None, [labelled(error, has_run=False) for error in problems], told)
        done = await run_query(
            self._schema,
            plan,
            variable_values or {},
            root_value=root_value,
            context=context,
            extensions=operation_extensions,
        )
        errors = done.errors and [labelled(error, has_run=True) for error in done.errors]
        return ExecutionResult(done.data, errors, told)


def _is_query(plan: OperationPlan) -> bool:
    return plan.operation.operation is GraphQLOperationType.QUERY


def make_schema(execution: type[StrawberryGraphQLCoreExecutionContext] = LeafExecutor) -> Schema:
    """The schema that the endpoint serves."""
    cache: DocumentCache[CheckedDocument] = DocumentCache()
    refused: DocumentCache[RefusedDocument] = DocumentCache(size=MAX_REFUSED_BYTES)
    schema = Schema(
        query=Query,
        subscription=Subscription,
        types=[Object, Detection],
        extensions=[lambda: CheckDocuments(cache, refused)],
        execution_context_class=execution,
        config=StrawberryConfig(scalar_map={FloatArray: FLOAT_ARRAY}, info_class=Info),
    )
    schema.documents, schema.refused = cache, refused
    return schema
