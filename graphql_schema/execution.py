"""Execution that does not resolve leaves one by one.

GraphQL's ordinary execution takes some 3 microseconds a field. Here, fields that only hand out an attribute are
read at once for each object, and rows of leaves (graphql_schema.leaf_rows) are answered by columns. Whatever is out
of the ordinary (a null where none may be, a number that JSON lacks, a field with a resolver) goes the ordinary way,
so that answers and errors are the same: tests/graphql_schema/test_execution.py compares them.

The methods overridden are those of graphql-core 3.3, which promises no stability for them.
"""

from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_schema.leaf_rows import LeafRows
from graphql_schema.plain_fields import PlainField, Unusual, converter_of, leaf_of, plain_field

TYPENAME = "__typename"


class Selected(NamedTuple):
    """The fields chosen of a type: those that can be read at once, and the others. Keys are the answer's."""

    chosen: GroupedFieldSet
    plain: Mapping[str, PlainField]
    typenames: Sequence[str]
    others: GroupedFieldSet


class LeafExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._selections: dict[int, Selected] = {}
        # Middleware wants to see every field.
        self._sees_all = bool(self.middleware_manager and self.middleware_manager.middlewares)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        selected = self._selected(parent_type, grouped_field_set)
        if source_value is None or not selected.plain:
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
            if isinstance(result, LeafRows):
                return self._by_columns(return_type.of_type, field_details_list, result)
            if isinstance(result, list) and (leaves := _leaves(return_type.of_type, result)) is not None:
                return leaves
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _by_columns(
        self, item_type: GraphQLOutputType, field_details_list: FieldDetailsList, rows: LeafRows[Any, Any]
    ) -> list[Any]:
        """Rows with the chosen fields. Raises for whatever is not plain."""
        row_type = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        if not is_object_type(row_type):
            raise Unusual
        selected = self._selected(row_type, self.collect_subfields(row_type, field_details_list).grouped_field_set)
        if selected.others:
            raise Unusual
        if not selected.plain:
            return [dict.fromkeys(selected.typenames, row_type.name) for _ in range(len(rows))]
        columns = [
            (row_type.name,) * len(rows) if key in selected.typenames else _column(selected.plain[key], rows)
            for key in selected.chosen
        ]
        keys = tuple(selected.chosen)
        return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]

    def _selected(self, parent_type: GraphQLObjectType, chosen: GroupedFieldSet) -> Selected:
        """Remembered for as long as the set of fields lives, which this keeps alive."""
        known = self._selections.get(id(chosen))
        if known is not None:
            return known
        plain: dict[str, PlainField] = {}
        typenames: list[str] = []
        others: GroupedFieldSet = {}
        for key, details in chosen.items():
            name = details[0].node.name.value
            field = None if self._sees_all else plain_field(parent_type, name)
            if field is not None:
                plain[key] = field
            elif name == TYPENAME and not self._sees_all:
                typenames.append(key)
            else:
                others[key] = details
        selected = self._selections[id(chosen)] = Selected(chosen, plain, typenames, others)
        return selected


async def _completed(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer


def _column(field: PlainField, rows: LeafRows[Any, Any]) -> Sequence[Any]:
    values = rows.column(field.name)
    if values is None:
        raise Unusual
    return field.values_of(values)


def _leaves(item_type: GraphQLOutputType, values: Sequence[Any]) -> list[Any] | None:
    """A list of scalars or names as it is answered; None for other lists. Raises whatever a bad value raises."""
    leaf, _ = leaf_of(item_type)
    if leaf is None or None in values:
        return None
    return list(converter_of(leaf)(values)) if values else []
