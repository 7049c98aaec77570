"""The Node interface."""

import strawberry


@strawberry.interface(description="Anything that has a global identifier, to be fetched again with `node(id:)`.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque global identifier. Not the survey's: that is `name` or `candid`."
    )
