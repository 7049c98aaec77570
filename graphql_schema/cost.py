"""What an operation costs, told from its text and variables before it is run.

A document is read once into a `Price`, where all that does not depend on variables is a number already;
`Price.points` then takes microseconds. Directives are not looked at: what `@skip` leaves out is paid for.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)
from graphql.utilities import value_from_ast_untyped

from graphql_schema.cost_weights import (
    CONNECTION,
    FREE,
    LEAF,
    LIST,
    WEIGHTS,
    Weight,
    cost_of_arguments,
    counts,
    rows_of,
)

LEAST = 1
"""What every operation costs at least."""
ROWS_OF_CONNECTION = ("edges", "nodes")

Variables = Mapping[str, Any]
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
"""Types of which fields are selected."""


class Price(NamedTuple):
    """Points of a selection: a number, and fields whose cost depends on variables."""

    fixed: float = 0.0
    fields: tuple["PricedField", ...] = ()

    def points(self, variables: Variables) -> float:
        return self.fixed + sum([field.points(variables) for field in self.fields]) if self.fields else self.fixed

    @staticmethod
    def together(prices: Iterable["Price"]) -> "Price":
        fixed = 0.0
        fields: list[PricedField] = []
        for price in prices:
            fixed += price.fixed
            fields += price.fields
        return Price(fixed, tuple(fields))


class PricedField(NamedTuple):
    """A field whose cost, or that of what is selected of it, depends on variables."""

    weight: Weight
    arguments: tuple[tuple[str, ValueNode], ...]
    once: Price
    of_each: Price

    def points(self, variables: Variables) -> float:
        arguments = {name: _value(node, variables) for name, node in self.arguments}
        return (
            self.weight.base
            + cost_of_arguments(arguments)
            + self.once.points(variables)
            + rows_of(self.weight, arguments) * (self.weight.each + self.of_each.points(variables))
        )


class Selected(NamedTuple):
    """What a selection costs once, and for every row of the connection that it is selected of."""

    once: Price = Price()
    of_each: Price = Price()


class OperationPrices:
    """The prices of a document's operations. The document must be valid."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        pricing = _Pricing(schema, document)
        self._prices: dict[str | None, Price] = {}
        self._defaults: dict[str | None, dict[str, Any]] = {}
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                name = operation.name.value if operation.name else None
                self._prices[name] = pricing.operation(operation)
                self._defaults[name] = {
                    variable.variable.name.value: _value(variable.default_value, {})
                    for variable in operation.variable_definitions or ()
                    if variable.default_value is not None
                }

    def points(self, operation_name: str | None, variables: Variables | None) -> int:
        """What an operation costs, rounded up; a name that there is not costs nothing."""
        price = self._prices.get(operation_name)
        if price is None:
            return LEAST
        if not price.fields:
            return _whole(price.fixed)
        return _whole(price.points({**self._defaults[operation_name], **(variables or {})}))


def _whole(points: float) -> int:
    return max(LEAST, math.ceil(points - 1e-9)) if math.isfinite(points) else 2**31


class _Pricing:
    """Reads one document. Each fragment is read once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Selected] = {}

    def operation(self, operation: OperationDefinitionNode) -> Price:
        root = self._schema.get_root_type(operation.operation)
        return Price() if root is None else self._selection(root, operation.selection_set).once

    def _selection(self, of: Composite, selected: SelectionSetNode) -> Selected:
        parts = [self._one(of, one) for one in selected.selections]
        return Selected(Price.together(part.once for part in parts), Price.together(part.of_each for part in parts))

    def _one(self, of: Composite, one: SelectionNode) -> Selected:
        if isinstance(one, FieldNode):
            price = self._field(of, one)
            return Selected(of_each=price) if _is_row(of, one) else Selected(once=price)
        if isinstance(one, FragmentSpreadNode):
            return self._fragment(one.name.value)
        assert isinstance(one, InlineFragmentNode)
        condition = one.type_condition
        return self._selection(of if condition is None else self._named(condition.name.value), one.selection_set)

    def _fragment(self, name: str) -> Selected:
        if name not in self._known:
            fragment = self._fragments[name]
            self._known[name] = self._selection(
                self._named(fragment.type_condition.name.value), fragment.selection_set
            )
        return self._known[name]

    def _field(self, of: Composite, node: FieldNode) -> Price:
        field = self._schema.get_field(of, node.name.value)
        if field is None:
            return Price()
        inner_type = get_named_type(field.type)
        inner = Selected()
        if node.selection_set is not None:
            inner = self._selection(_composite(inner_type), node.selection_set)
        if not _is_connection(inner_type):
            inner = Selected(of_each=inner.once)
        weight = FREE if _is_row(of, node) else _weight(f"{of.name}.{node.name.value}", field)
        arguments = tuple(
            (argument.name.value, argument.value)
            for argument in node.arguments or ()
            if counts(weight, argument.name.value)
        )
        whole = PricedField(weight, arguments, *inner)
        if inner.once.fields or inner.of_each.fields or any(_has_variable(value) for _, value in arguments):
            return Price(fields=(whole,))
        return Price(whole.points({}))

    def _named(self, name: str) -> Composite:
        return _composite(self._schema.type_map[name])


def _composite(of: GraphQLNamedType) -> Composite:
    assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return of


def _weight(name: str, field: GraphQLField) -> Weight:
    known = WEIGHTS.get(name)
    if known is not None:
        return known
    of = get_named_type(field.type)
    if is_leaf_type(of):
        return FREE if name.startswith("__") else LEAF
    if _is_connection(of):
        return CONNECTION
    return LIST if isinstance(get_nullable_type(field.type), GraphQLList) else FREE


def _is_connection(of: GraphQLNamedType) -> bool:
    return isinstance(of, GraphQLObjectType) and of.name.endswith("Connection") and "edges" in of.fields


def _is_row(of: Composite, node: FieldNode) -> bool:
    """Whether a field is the rows of a connection, which were counted where the connection was."""
    return node.name.value in ROWS_OF_CONNECTION and _is_connection(of)


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def _value(node: ValueNode, variables: Variables) -> Any:
    """The value as JSON would have it. None for a variable that is not given."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, ListValueNode):
        return [_value(one, variables) for one in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value, variables) for field in node.fields}
    return value_from_ast_untyped(node)
