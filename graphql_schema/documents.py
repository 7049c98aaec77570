"""Documents that were read and checked before, and what is asked of a document before it is run."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from domain.errors import ArrayanError
from graphql_schema.allowance import Allowance
from graphql_schema.cost import OperationPrices
from graphql_schema.document_shape import check_shape, check_variables
from graphql_schema.errors import InvalidInput, labelled
from graphql_schema.limits import MAX_TOKENS
from graphql_schema.plan import OperationPlan

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MAX_ERRORS = 10
"""Mistakes of one document that are told; looking for more would cost more than they help."""
MAX_DOCUMENTS = 1000
MAX_BYTES = 4_000_000
MAX_REFUSED_BYTES = 1_000_000
"""Of documents that are kept only to refuse them again."""


class CheckedDocument(NamedTuple):
    """A document that fits the schema and the limits, with the prices and plans of its operations."""

    document: DocumentNode
    prices: OperationPrices
    plans: Mapping[str | None, OperationPlan]

    def plan(self, operation_name: str | None) -> OperationPlan | None:
        """Of the operation, or of the only one; None when there is none of the name, or several without one."""
        if operation_name is None and len(self.plans) == 1:
            return next(iter(self.plans.values()))
        return None if operation_name is None else self.plans.get(operation_name)


class RefusedDocument(NamedTuple):
    """A document that no variables and no allowance could save."""

    errors: Sequence[GraphQLError]
    operations: frozenset[str | None] | None
    """Names of its operations, all of them queries; None when it could not be read."""

    def refuses(self, operation_name: str | None) -> bool:
        """Whether it is refused under this name, not for the lack of such an operation."""
        return self.operations is None or operation_name is None or operation_name in self.operations


Kept = TypeVar("Kept")


class DocumentCache(Generic[Kept]):
    """What is known of documents, by their text; the ones longest unasked for go first."""

    def __init__(self, *, documents: int = MAX_DOCUMENTS, size: int = MAX_BYTES) -> None:
        self._most = documents
        self._most_bytes = size
        self._known: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, text: str) -> Kept | None:
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
        return found

    def keep(self, text: str, known: Kept) -> None:
        if text in self._known:
            return
        self._known[text] = known
        self._bytes += len(text)
        while len(self._known) > self._most or self._bytes > self._most_bytes:
            forgotten, _ = self._known.popitem(last=False)
            self._bytes -= len(forgotten)


class CheckDocuments(SchemaExtension):
    """Reads and validates documents, each once, refuses what goes beyond the limits, and lets the request's
    allowance pay. It tells the cost in the answer's extensions."""

    def __init__(self, cache: DocumentCache[CheckedDocument], refused: DocumentCache[RefusedDocument]) -> None:
        super().__init__()
        self._cache = cache
        self._refused = refused
        self._known: CheckedDocument | None = None

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_parse(self) -> Iterator[None]:
        asked = self.execution_context
        self._known = self._cache.get(asked.query or "")
        if self._known is not None:
            asked.graphql_document = self._known.document
        yield
        if asked.pre_execution_errors:
            self._refuse(asked, asked.pre_execution_errors)

    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        asked.pre_execution_errors = self._problems(asked)
        yield

    def _problems(self, asked: ExecutionContext) -> list[GraphQLError]:
        """Why it cannot be run; with none, it is paid for."""
        assert asked.graphql_document is not None
        try:
            if self._known is None:
                problems = _mistakes(asked.schema._schema, asked.graphql_document)
                if problems:
                    self._refuse(asked, problems)
                    return problems
                self._known = _checked(asked.schema._schema, asked.graphql_document)
                if asked.query:
                    self._cache.keep(asked.query, self._known)
        except ArrayanError as error:
            problems = [GraphQLError(str(error), original_error=error)]
            self._refuse(asked, problems)
            return problems
        except RecursionError as error:
            return [GraphQLError("the document is nested too deeply", original_error=error)]
        return unpaid(
            self._known,
            asked._provided_operation_name,
            asked.variables,
            asked.context.allowance,
            asked.extensions_results,
        )

    def _refuse(self, asked: ExecutionContext, problems: Sequence[GraphQLError]) -> None:
        """Remember why a document is refused whoever asks it: to find out again is work that nobody wants."""
        operations = None if asked.graphql_document is None else _names_of_queries(asked.graphql_document)
        if asked.query and (asked.graphql_document is None or operations):
            self._refused.keep(asked.query, RefusedDocument(tuple(map(_by_itself, problems)), operations))


def _names_of_queries(document: DocumentNode) -> frozenset[str | None]:
    """None of a document with other operations: those may be refused for their kind before."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if any(one.operation is not OperationType.QUERY for one in operations):
        return frozenset()
    return frozenset(one.name.value if one.name else None for one in operations)


def _by_itself(error: GraphQLError) -> GraphQLError:
    """The error as a client sees it, without the document and the request that it came up in."""
    seen = labelled(error, has_run=False)
    alone = GraphQLError(seen.message, extensions=seen.extensions)
    alone.locations = seen.locations
    return alone


def unpaid(
    checked: CheckedDocument,
    operation_name: str | None,
    variables: dict[str, Any] | None,
    allowance: Allowance,
    told: dict[str, Any],
) -> list[GraphQLError]:
    """Why a request's allowance does not pay for an operation; nothing when it has paid. `told` is given what the
    operation costs."""
    try:
        if operation_name is None:
            if len(checked.plans) > 1:
                raise InvalidInput("the document has several operations: say which by operationName")
            operation_name = next(iter(checked.plans), None)
        check_variables(variables)
        cost = checked.prices.points(operation_name, variables)
        told["cost"] = {"requested": cost, "limit": allowance.limit}
        allowance.spend(cost)
    except ArrayanError as error:
        return [GraphQLError(str(error), original_error=error)]
    except RecursionError as error:
        return [GraphQLError("the variables are nested too deeply", original_error=error)]
    return []


def _mistakes(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document in itself. Raises LimitExceeded."""
    check_shape(document)
    return validate(schema, document, RULES, max_errors=MAX_ERRORS)


def _checked(schema: GraphQLSchema, document: DocumentNode) -> CheckedDocument:
    plans = {
        None if one.name is None else one.name.value: OperationPlan(schema, document, one)
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
    }
    return CheckedDocument(document, OperationPrices(schema, document), plans)
