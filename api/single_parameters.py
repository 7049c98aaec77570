"""Parameters of an address that have one value."""

from starlette.datastructures import QueryParams

from graphql_schema.errors import InvalidInput


def require_single(given: QueryParams) -> None:
    """That no parameter is there twice, where one of its values would be taken without a word. Raises
    InvalidInput."""
    for name in given:
        if len(given.getlist(name)) > 1:
            raise InvalidInput(f"the parameter {name[:40]!r} is given more than once")
