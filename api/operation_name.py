"""What the one operation of a document of ours is called."""

from functools import lru_cache

from graphql import OperationDefinitionNode, parse


@lru_cache(maxsize=100)
def operation_name(document: str) -> str:
    """The name of a document's operation. Raises ValueError when there are more, or when it has none."""
    found = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    if len(found) != 1 or found[0].name is None:
        raise ValueError(f"a document must hold one named operation: {document[:80]!r}")
    return found[0].name.value
