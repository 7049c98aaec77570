"""Pages elsewhere."""

import strawberry

from domain.links import Link as Row
from graphql_schema.leaf_rows import Leaves


@strawberry.type(description="A page about the object, or its place, elsewhere.")
class Link:
    name: str = strawberry.field(description="Who offers the page.")
    url: str = strawberry.field(description="Its address.")

    @classmethod
    def from_row(cls, row: Row) -> "Link":
        return cls(name=row.name, url=row.url)


LINKS = Leaves(Row, Link.from_row)
