"""Catalogues that a question names."""

from collections.abc import Sequence

from graphql_schema.errors import LimitExceeded
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.limits import MAX_CATALOGS
from storage.catalogs import find_catalogs
from storage.reader import Reader


async def known_names(reader: Reader, names: Sequence[str] | None) -> list[str] | None:
    """Names of catalogues that there are; None for all. Raises UnknownCatalog, LimitExceeded, InvalidInput."""
    if names is None:
        return None
    if len(names) > MAX_CATALOGS:
        raise LimitExceeded(f"catalogs may hold at most {MAX_CATALOGS} names, got {len(names)}")
    return list(await find_catalogs(reader, [parse_name(name) for name in names]))
