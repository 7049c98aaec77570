"""How large a document may be, whatever its fields cost: checked before it is compared with the schema."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from graphql_schema.errors import LimitExceeded
from graphql_schema.limits import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_FIELDS,
    MAX_FRAGMENTS,
    MAX_INPUT_DEPTH,
    MAX_INTROSPECTION_DEPTH,
    MAX_OPERATIONS,
    MAX_REPETITIONS,
    MAX_SAME_FIELD,
)

INTROSPECTION = ("__schema", "__type")


class Shape(NamedTuple):
    """What a selection comes to with its fragments written out. Levels of introspection count apart."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0


NOTHING = Shape()


def check_shape(document: DocumentNode) -> None:
    """Raise LimitExceeded for a document beyond the limits. Fragments in a circle are left to validation."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    _at_most("fragments", len(fragments), MAX_FRAGMENTS)
    _at_most("operations", len(operations), MAX_OPERATIONS)
    measured = _Measured(fragments)
    fields = 0
    for operation in operations:
        whole = measured.selection(operation.selection_set)
        _check_operation(operation, whole)
        fields += whole.fields
    for fragment in fragments.values():  # also those that nothing spreads: validation walks them
        _check_directives(fragment.directives)
        fields += measured.fragment(fragment.name.value).fields
    _at_most("fields, with the fragments written out,", fields, MAX_FIELDS)
    for one in (*operations, *fragments.values()):
        _check_repetitions(one.selection_set, fragments)


def _check_operation(operation: OperationDefinitionNode, whole: Shape) -> None:
    _at_most("levels of fields", whole.depth, MAX_DEPTH)
    _at_most("levels of introspection", whole.introspection_depth, MAX_INTROSPECTION_DEPTH)
    _at_most("aliases", whole.aliases, MAX_ALIASES)
    _at_most("directives", whole.directives, MAX_DIRECTIVES)
    _check_directives(operation.directives)
    for variable in operation.variable_definitions or ():
        _check_directives(variable.directives)
        if variable.default_value is not None:
            _check_input_depth(variable.default_value)


class _Measured:
    """Shapes of selections; each fragment is measured once, so that fragments of fragments cost no time."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Shape] = {}

    def selection(self, selected: SelectionSetNode | None) -> Shape:
        """Raises LimitExceeded for the same field under too many names."""
        if selected is None:
            return NOTHING
        _check_same_fields(selected.selections)
        return _together(self._one(one) for one in selected.selections)

    def fragment(self, name: str) -> Shape:
        if name not in self._known:
            self._known[name] = NOTHING  # while it is measured, and for one that is not there
            if (fragment := self._fragments.get(name)) is not None:
                self._known[name] = self.selection(fragment.selection_set)
        return self._known[name]

    def _one(self, one: SelectionNode) -> Shape:
        if isinstance(one, FieldNode):
            shape = self._field(one)
        elif isinstance(one, FragmentSpreadNode):
            shape = self.fragment(one.name.value)
        else:
            assert isinstance(one, InlineFragmentNode)
            shape = self.selection(one.selection_set)
        return shape._replace(directives=shape.directives + len(one.directives)) if one.directives else shape

    def _field(self, field: FieldNode) -> Shape:
        for argument in field.arguments or ():
            _check_input_depth(argument.value)
        inner = self.selection(field.selection_set)
        depth, introspection = inner.depth + 1, inner.introspection_depth
        if field.name.value in INTROSPECTION:
            depth, introspection = 1, max(introspection, inner.depth)
        aliases = inner.aliases + (field.alias is not None)
        return Shape(depth, introspection, inner.fields + 1, aliases, inner.directives)


def _check_repetitions(selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
    """Validation compares every field with every other of the same name in the same place of the answer."""
    seen: Counter[tuple[str, ...]] = Counter()
    waiting: list[tuple[tuple[str, ...], frozenset[str], SelectionSetNode]] = [((), frozenset(), selected)]
    while waiting:
        path, within, selection = waiting.pop()
        for one in selection.selections:
            if isinstance(one, FieldNode):
                inner = (*path, (one.alias or one.name).value)
                seen[inner] += 1
                _at_most(f"fields named {inner[-1]} in one place", seen[inner], MAX_REPETITIONS)
                if one.selection_set is not None:
                    waiting.append((inner, within, one.selection_set))
            elif isinstance(one, InlineFragmentNode):
                waiting.append((path, within, one.selection_set))
            elif (
                isinstance(one, FragmentSpreadNode) and (name := one.name.value) in fragments and name not in within
            ):
                waiting.append((path, within | {name}, fragments[name].selection_set))


def _together(shapes: Iterable[Shape]) -> Shape:
    depth = introspection = fields = aliases = directives = 0
    for one in shapes:
        depth = max(depth, one.depth)
        introspection = max(introspection, one.introspection_depth)
        fields += one.fields
        aliases += one.aliases
        directives += one.directives
    return Shape(depth, introspection, fields, aliases, directives)


def _check_same_fields(selections: Iterable[SelectionNode]) -> None:
    names: defaultdict[str, set[str]] = defaultdict(set)
    for one in selections:
        if isinstance(one, FieldNode) and one.selection_set is not None and one.alias is not None:
            names[one.name.value].add(one.alias.value)
    for name, aliases in names.items():
        _at_most(f"names for the field {name} in one place", len(aliases), MAX_SAME_FIELD)


def _check_directives(directives: Iterable[DirectiveNode] | None) -> None:
    _at_most("directives", len(tuple(directives or ())), MAX_DIRECTIVES)


def _check_input_depth(value: ValueNode, depth: int = 1) -> None:
    if isinstance(value, ListValueNode):
        inner: Iterable[ValueNode] = value.values
    elif isinstance(value, ObjectValueNode):
        inner = (field.value for field in value.fields)
    else:
        return
    _at_most("levels in an argument", depth, MAX_INPUT_DEPTH)
    for one in inner:
        _check_input_depth(one, depth + 1)


def check_variables(variables: object, depth: int = 0) -> None:
    """Raise LimitExceeded for variables of too many levels."""
    if isinstance(variables, dict):
        inner: Iterable[object] = variables.values()
    elif isinstance(variables, list):
        inner = variables
    else:
        return
    _at_most("levels in a variable", depth, MAX_INPUT_DEPTH)
    for one in inner:
        if isinstance(one, dict | list):
            check_variables(one, depth + 1)


def _at_most(what: str, found: int, most: int) -> None:
    if found > most:
        raise LimitExceeded(f"a document may have at most {most} {what}, this one has {found} or more")
