"""What is found out about an operation once, for all requests that send it.

graphql-core finds out anew with every request, and much of it with every row, which fields are chosen of a type,
what their arguments are and how they are resolved. None of this depends on the request, except by the variables of
directives and arguments. A plan belongs to a checked document (graphql_schema.documents) and is forgotten with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, FragmentDetails, GroupedFieldSet
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, coerce_argument, get_variable_values
from graphql.utilities import coerce_input_value
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graphql_schema.plain_fields import PlainField, plain_field, python_name

MAX_SHAPES = 16
"""Of one operation: variables of directives are seldom many."""
MAX_VARIABLE_ERRORS = 50
TYPENAME = "__typename"

Resolve = Callable[..., Any]


class Selected(NamedTuple):
    """The fields chosen of a type: those that can be read at once, and the others. Keys are the answer's."""

    chosen: GroupedFieldSet
    plain: Mapping[str, PlainField]
    typenames: tuple[str, ...]
    others: GroupedFieldSet


@dataclass(frozen=True, slots=True)
class Given:
    """An argument that a variable gives. `default` is Undefined where there is none."""

    name: str
    """In Python."""
    variable: str
    is_required: bool
    default: Any


@dataclass(frozen=True, slots=True)
class PlannedField:
    """A field with a resolver that can be called at once: its arguments are leaves, and nothing is around it."""

    definition: GraphQLField
    field: StrawberryField
    nodes: list[FieldNode]
    function: Resolve
    takes_self: bool
    info_name: str | None
    fixed: Mapping[str, Any]
    given: tuple[Given, ...]
    leaves: frozenset[str] | None
    """What is chosen of it, as graphql_schema.context.Info tells it."""

    def arguments(self, variables: Mapping[str, Any]) -> dict[str, Any] | None:
        """Of a request, for Python; None when one is out of the ordinary."""
        arguments = dict(self.fixed)
        for given in self.given:
            value = variables.get(given.variable, given.default)
            if value is None and given.is_required:
                return None
            if value is not Undefined:
                arguments[given.name] = value
            elif given.is_required:
                return None
        return arguments


class Shape:
    """What follows from a document and the variables of its directives. Fields are known by the lists of nodes that
    they were collected in, which this keeps alive."""

    def __init__(self) -> None:
        self.root: CollectedFields | None = None
        self.subfields: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = {}
        self._selections: dict[int, Selected] = {}
        self._fields: dict[int, tuple[FieldDetailsList, PlannedField | None]] = {}

    def selected(self, parent: GraphQLObjectType, chosen: GroupedFieldSet) -> Selected:
        """The fields chosen of a type, told apart."""
        known = self._selections.get(id(chosen))
        if known is None:
            known = self._selections[id(chosen)] = _selected(parent, chosen)
        return known

    def field(
        self, parent: GraphQLObjectType, details: FieldDetailsList, leaves: Callable[[], frozenset[str] | None]
    ) -> PlannedField | None:
        """How a field is resolved; None when graphql-core must look at it. `leaves` tells what is chosen of it."""
        known = self._fields.get(id(details))
        if known is None:
            known = self._fields[id(details)] = (details, _planned(parent, details, leaves))
        return known[1]


def _selected(parent: GraphQLObjectType, chosen: GroupedFieldSet) -> Selected:
    plain: dict[str, PlainField] = {}
    typenames: list[str] = []
    others: GroupedFieldSet = {}
    for key, details in chosen.items():
        name = details[0].node.name.value
        field = plain_field(parent, name)
        if field is not None:
            plain[key] = field
        elif name == TYPENAME:
            typenames.append(key)
        else:
            others[key] = details
    return Selected(chosen, plain, tuple(typenames), others)


def _planned(
    parent: GraphQLObjectType, details: FieldDetailsList, leaves: Callable[[], frozenset[str] | None]
) -> PlannedField | None:
    node = details[0].node
    definition = parent.fields.get(node.name.value)
    if definition is None:
        return None
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(field, StrawberryField) or field.base_resolver is None or field.extensions:
        return None
    if field.is_subscription:  # its resolver makes the stream of events, and is not asked for each of them
        return None
    resolver = field.base_resolver
    arguments = _arguments(definition, node)
    if arguments is None or resolver.root_parameter or resolver.parent_parameter:
        return None
    return PlannedField(
        definition,
        field,
        [one.node for one in details],
        resolver,
        resolver.self_parameter is not None,
        None if resolver.info_parameter is None else resolver.info_parameter.name,
        *arguments,
        leaves(),
    )


def _arguments(definition: GraphQLField, node: FieldNode) -> tuple[dict[str, Any], tuple[Given, ...]] | None:
    """The arguments that are the same for every request, and those that variables give; None when one of them is
    more than a leaf."""
    fixed: dict[str, Any] = {}
    given: list[Given] = []
    nodes = {argument.name.value: argument for argument in node.arguments or ()}
    for name, argument in definition.args.items():
        place = nodes.get(name)
        if not is_leaf_type(get_nullable_type(argument.type)) and place is not None:
            return None
        if place is not None and isinstance(place.value, VariableNode):
            default = _constant(node, name, argument, None) if not is_required_argument(argument) else Undefined
            required = is_required_argument(argument)
            given.append(Given(python_name(argument), place.value.name.value, required, default))
        elif (value := _constant(node, name, argument, place)) is not Undefined:
            if isinstance(value, list | dict):
                return None
            fixed[python_name(argument)] = value
    return fixed, tuple(given)


def _constant(node: FieldNode, name: str, argument: GraphQLArgument, place: ArgumentNode | None) -> Any:
    """The value of an argument without variables, or its default; Undefined when there is none."""
    values: dict[str, Any] = {}
    coerce_argument(values, node, name, argument, place, None, None)
    return values.get(name, Undefined)


class OperationPlan:
    """One operation of a document that is valid. What is found out about it is found out when it is first run: a
    document may have many operations that nobody asks for."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self.operation = operation
        self._schema = schema
        self._document = document
        self._shapes: dict[tuple[Any, ...], Shape] = {}

    @cached_property
    def fragment_definitions(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        definitions = self._document.definitions
        return {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}

    @cached_property
    def fragments(self) -> dict[str, FragmentDetails]:
        """The same, as graphql-core collects fields by them."""
        return {name: FragmentDetails(one) for name, one in self.fragment_definitions.items()}

    @cached_property
    def _signatures(self) -> list[GraphQLVariableSignature] | None:
        return _signatures(self._schema, self.operation)

    @cached_property
    def _conditions(self) -> tuple[str, ...]:
        """Variables of directives."""
        parts = (self.operation, *self.fragment_definitions.values())
        return tuple(sorted({name for part in parts for name in _variables_of_directives(part)}))

    def variables(self, raw: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The variables of a request, or what is wrong with them."""
        quickly = None if self._signatures is None else _leaf_values(self._signatures, raw)
        if quickly is not None:
            return quickly
        return get_variable_values(
            self._schema,
            self.operation.variable_definitions or (),
            dict(raw),
            max_errors=MAX_VARIABLE_ERRORS,
        )

    def shape(self, variables: VariableValues) -> Shape:
        """What these variables make of the document."""
        key = tuple(variables.coerced.get(name) for name in self._conditions)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = Shape()
        return shape


def _signatures(schema: GraphQLSchema, operation: OperationDefinitionNode) -> list[GraphQLVariableSignature] | None:
    """Of the variables, when all of them are leaves."""
    signatures = []
    for one in operation.variable_definitions or ():
        signature = get_variable_signature(schema, one)
        if isinstance(signature, GraphQLError) or not is_leaf_type(get_nullable_type(signature.type)):
            return None
        signatures.append(signature)
    return signatures


def _leaf_values(signatures: list[GraphQLVariableSignature], raw: Mapping[str, Any]) -> VariableValues | None:
    """Variables that are all given and valid; None when one is not."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in signatures:
        name = signature.name
        given = raw.get(name, Undefined)
        value = Undefined if given is Undefined else coerce_input_value(given, signature.type)
        if value is Undefined:
            return None
        sources[name], coerced[name] = VariableValueSource(signature, given), value
    return VariableValues(sources, coerced)


def _variables_of_directives(node: Node, *, inside: bool = False) -> Iterator[str]:
    """Names of the variables that directives within a node name."""
    if isinstance(node, VariableNode):
        if inside:
            yield node.name.value
        return
    for key in node.keys:
        inner = getattr(node, key, None)
        for one in inner if isinstance(inner, list | tuple) else (inner,):
            if isinstance(one, Node):
                yield from _variables_of_directives(one, inside=inside or key == "directives")
