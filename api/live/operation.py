"""What a client asks for, and who else asks for the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    parse,
)

from graphql_schema.limits import MAX_TOKENS

RESUME_ARGUMENT = "after"
DOCUMENTS_REMEMBERED = 512


class InvalidRequest(ValueError):
    """A request that holds no operation; the message says what is wrong with it."""


class Operation(NamedTuple):
    """An operation with its variables. `after` is where a subscription begins, as the client says it."""

    query: str
    variables: dict[str, Any]
    name: str | None
    is_subscription: bool
    after: str | None
    key: bytes
    """Equal for subscriptions that differ at most in where they begin."""


def operation_of(request: object) -> Operation:
    """The operation in a request's JSON. Raises InvalidRequest. One that cannot be parsed is no subscription."""
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise InvalidRequest("a request needs a query, which is text")
    variables = request.get("variables")
    variables = {} if variables is None else variables
    if not isinstance(variables, dict):
        raise InvalidRequest("variables must be an object")
    name = request.get("operationName") or None
    if not isinstance(name, str | None):
        raise InvalidRequest("operationName must be text")
    asked = _asked(request["query"], name)
    after = _text(asked.after, variables, asked.defaults)
    others = {key: value for key, value in variables.items() if key != asked.own_variable}
    key = orjson.dumps([request["query"], name, others], option=orjson.OPT_SORT_KEYS)
    return Operation(request["query"], variables, name, asked.is_subscription, after, key)


class _Asked(NamedTuple):
    """What the text alone says. `own_variable` is one that serves for nothing but where to begin."""

    is_subscription: bool
    after: ValueNode | None
    defaults: Mapping[str, ValueNode]
    own_variable: str | None


_NOTHING = _Asked(False, None, {}, None)


@lru_cache(DOCUMENTS_REMEMBERED)
def _asked(query: str, name: str | None) -> _Asked:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except GraphQLError:
        return _NOTHING
    operation = _chosen(document, name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return _NOTHING
    after = _resume_argument(document, operation)
    defaults = {
        one.variable.name.value: one.default_value
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }
    return _Asked(True, after, defaults, _own_variable(query, after))


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    chosen = [one for one in operations if name is None or (one.name is not None and one.name.value == name)]
    return chosen[0] if len(chosen) == 1 else None


def _resume_argument(document: DocumentNode, operation: OperationDefinitionNode) -> ValueNode | None:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    for field in _fields(operation.selection_set.selections, fragments, frozenset()):
        for argument in field.arguments or ():
            if argument.name.value == RESUME_ARGUMENT:
                return argument.value
    return None


def _fields(
    selections: Sequence[SelectionNode], fragments: Mapping[str, FragmentDefinitionNode], seen: frozenset[str]
) -> Iterator[FieldNode]:
    """The root fields, also those in fragments."""
    for selection in selections:
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                yield from _fields(selection.selection_set.selections, fragments, seen)
            case FragmentSpreadNode():
                name = selection.name.value
                if name in fragments and name not in seen:
                    inner = fragments[name].selection_set.selections
                    yield from _fields(inner, fragments, seen | {name})


def _own_variable(query: str, after: ValueNode | None) -> str | None:
    """The variable that gives `after`, when it is named twice: where it is declared, and there."""
    if not isinstance(after, VariableNode):
        return None
    name = after.name.value
    return name if len(re.findall(rf"\$\s*{name}\b", query)) == 2 else None


def _text(node: ValueNode | None, variables: Mapping[str, Any], defaults: Mapping[str, ValueNode]) -> str | None:
    """An ID: as a literal, a variable, or the default of one."""
    match node:
        case StringValueNode() | IntValueNode():
            return node.value
        case VariableNode():
            name = node.name.value
            if name not in variables:
                return _text(defaults.get(name), {}, {})
            value = variables[name]
            return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        case _:
            return None
