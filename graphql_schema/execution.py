"""Execution that goes by a plan and does not resolve leaves one by one.

GraphQL's ordinary execution takes some 3 microseconds a field. Here, fields that only hand out an attribute are
read at once for each object, rows of leaves (graphql_schema.leaf_rows) are answered by columns, and what does not
depend on the request is found out once (graphql_schema.plan). Whatever is out of the ordinary (a null where none
may be, a number that JSON lacks, an argument that is more than a leaf) goes the ordinary way, so that answers and
errors are the same: tests/graphql_schema/test_execution.py compares them.

The methods overridden are those of graphql-core 3.3, which promises no stability for them.
"""

from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_field_resolver,
    default_type_resolver,
    get_named_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.pyutils import AwaitableOrValue, Path, UndefinedType
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_schema.context import Info
from graphql_schema.leaf_rows import LeafList
from graphql_schema.plain_fields import PlainField, Unusual, converter_of, leaf_of, leaves_of
from graphql_schema.plan import OperationPlan, PlannedField, Shape
from graphql_schema.row_making import rows_of


class LeafExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation."""

    def __init__(self, *arguments: Any, shape: Shape | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._shape = Shape() if shape is None else shape
        self._relevant_sub_fields = self._shape.subfields
        # Middleware wants to see every field.
        self._sees_all = bool(self.middleware_manager and self.middleware_manager.middlewares)

    async def run(self) -> ExecutionResult:
        """Execute a query: its errors are in the result."""
        data: dict[str, Any] | None = None
        try:
            root = self.schema.query_type
            assert root is not None
            running = self.execute_fields(root, self.root_value, None, self._root_fields(root), None)
            data = await running if self.is_awaitable(running) else running  # type: ignore[assignment]
        except GraphQLError as error:
            self.collected_errors.add(error, None)
        finally:
            del self.async_helpers  # they name this object, which only Python's collector could then take away
        return ExecutionResult(data, self.collected_errors.errors or None)

    def _root_fields(self, root: GraphQLObjectType) -> GroupedFieldSet:
        if self._shape.root is None:
            self._shape.root = collect_fields(
                self.schema, self.fragments, self.variable_values, root, self.operation
            )
        return self._shape.root.grouped_field_set

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        selected = self._shape.selected(parent_type, grouped_field_set)
        if self._sees_all or source_value is None or not selected.plain:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        answer: dict[str, Any] = dict.fromkeys(grouped_field_set)
        try:
            for key, field in selected.plain.items():
                answer[key] = field.value_of(source_value)
        except Exception:  # the ordinary way meets it again, and says where
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        for key in selected.typenames:
            answer[key] = parent_type.name
        if not selected.others:
            return answer
        rest = super().execute_fields(parent_type, source_value, path, selected.others, position_context)
        if self.is_awaitable(rest):
            return _completed(answer, rest)
        answer.update(rest)  # type: ignore[arg-type]
        return answer

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> AwaitableOrValue[Any] | UndefinedType:
        planned = self._planned(parent_type, field_details_list)
        arguments = None if planned is None else planned.arguments(self.variable_values.coerced)
        if planned is None or arguments is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(planned.definition, planned.nodes, parent_type, path)
        if planned.info_name is not None:
            arguments[planned.info_name] = Info(info, planned.field, planned.leaves)
        return_type = planned.definition.type
        try:
            result = planned.function(*((source,) if planned.takes_self else ()), **arguments)
            if not self.is_awaitable(result):
                result = self.complete_value(return_type, field_details_list, info, path, result, position_context)
                if not self.is_awaitable(result):
                    return result
                return self._awaited(return_type, field_details_list, path, result)
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None
        return self._resolved(return_type, field_details_list, info, path, result, position_context)

    async def _awaited(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        path: Path,
        completed: Awaitable[Any],
    ) -> Any:
        try:
            return await completed
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None

    async def _resolved(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Awaitable[Any],
        position_context: Any,
    ) -> Any:
        try:
            completed = self.complete_value(
                return_type, field_details_list, info, path, await result, position_context
            )
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None

    def _planned(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> PlannedField | None:
        if self._sees_all:
            return None
        return self._shape.field(parent_type, details, lambda: self._leaves(parent_type, details))

    def _leaves(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> frozenset[str] | None:
        """What is chosen of a field, by the names in Python, where it is nothing but leaves."""
        of = get_named_type(parent_type.fields[details[0].node.name.value].type)
        if not is_object_type(of):
            return None
        selected = self._shape.selected(of, self.collect_subfields(of, details).grouped_field_set)
        return None if selected.others else frozenset(field.name for field in selected.plain.values())

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        with suppress(Exception):  # the ordinary way meets it again, and says where
            if isinstance(result, LeafList):
                return self._by_columns(return_type.of_type, field_details_list, result)
            if isinstance(result, list) and (leaves := _leaves(return_type.of_type, result)) is not None:
                return leaves
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _by_columns(
        self, item_type: GraphQLOutputType, field_details_list: FieldDetailsList, rows: LeafList[Any]
    ) -> list[Any]:
        """Rows with the chosen fields. Raises for whatever is not plain."""
        row_type = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        if self._sees_all or not is_object_type(row_type):
            raise Unusual
        chosen = self.collect_subfields(row_type, field_details_list).grouped_field_set
        selected = self._shape.selected(row_type, chosen)
        if selected.others:
            raise Unusual
        typename = (row_type.name,) * len(rows)
        columns = [
            typename if key in selected.typenames else _column(selected.plain[key], rows) for key in selected.chosen
        ]
        return rows_of(tuple(selected.chosen), columns) if columns else [{} for _ in range(len(rows))]


async def _completed(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer


def _column(field: PlainField, rows: LeafList[Any]) -> Sequence[Any]:
    values = rows.column(field.name)
    if values is None:
        raise Unusual
    return field.values_of(values)


def _leaves(item_type: GraphQLOutputType, values: Sequence[Any]) -> list[Any] | None:
    """A list of scalars or names as it is answered; None for other lists. Raises whatever a bad value raises."""
    leaf, _ = leaf_of(item_type)
    return None if leaf is None else leaves_of(values, converter_of(leaf))


async def run_query(
    schema: GraphQLSchema,
    plan: OperationPlan,
    variables: Mapping[str, Any],
    *,
    root_value: Any,
    context: Any,
    extensions: Mapping[str, Any] | None,
) -> ExecutionResult:
    """Execute a query that was planned."""
    bound = plan.variables(variables)
    if isinstance(bound, list):
        return ExecutionResult(None, bound)
    executor = LeafExecutor(
        schema,
        plan.fragment_definitions,
        plan.fragments,
        root_value,
        context,
        plan.operation,
        bound,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,
        operation_extensions=extensions,
        shape=plan.shape(bound),
    )
    return await executor.run()
