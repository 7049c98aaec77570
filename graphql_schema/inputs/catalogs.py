"""Catalogues that a question names."""

from collections.abc import Sequence

from graphql_schema.context import Info
from graphql_schema.errors import LimitExceeded
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.limits import MAX_CATALOGS


async def known_names(info: Info, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Names of catalogues that there are; None for all. Raises UnknownCatalog, LimitExceeded, InvalidInput."""
    if names is None:
        return None
    if len(names) > MAX_CATALOGS:
        raise LimitExceeded(f"catalogs may hold at most {MAX_CATALOGS} names, got {len(names)}")
    parsed = sorted(set(map(parse_name, names)))
    await info.context.loaders.catalogs.load_many(parsed)
    return tuple(parsed)
