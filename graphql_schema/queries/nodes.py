"""Anything by its global identifier."""

from datetime import timedelta
from typing import Annotated

import strawberry

from domain.time import MJD_EPOCH
from graphql_schema.context import Info
from graphql_schema.node_id import OBJECT, decode_node_id
from graphql_schema.types.detection import Detection
from graphql_schema.types.node import Node
from graphql_schema.types.object import Object
from storage.light_curves import detection_by_key


@strawberry.type
class NodeQueries:
    @strawberry.field(description="An object or a detection by its field `id`; null when it is not there.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="What a field `id` gave.")],  # noqa: A002
    ) -> Node | None:
        key = decode_node_id(id)
        if key.kind == OBJECT:
            row = await info.context.loaders.objects.load(key.numbers[0])
            return None if row is None else Object.from_row(row)
        object_id, candid, microseconds = key.numbers
        try:
            time = MJD_EPOCH + timedelta(microseconds=microseconds)
        except OverflowError:
            return None
        found = await detection_by_key(info.context.reader, object_id, candid, time)
        return None if found is None else Detection.from_row(found)
