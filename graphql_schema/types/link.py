"""Pages elsewhere."""

import strawberry


@strawberry.type(description="A page about the object, or its place, elsewhere.")
class Link:
    name: str = strawberry.field(description="Who offers the page.")
    url: str = strawberry.field(description="Its address.")
