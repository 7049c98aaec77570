"""The packet of an alert, field by field."""

import math

import strawberry

from graphql_schema.context import Info
from graphql_schema.types.enums import Band
from storage.packets import AlertPacket, read_fields
from storage.packets import PacketField as Row


@strawberry.type(description="A field of a packet, as the survey sent it.")
class PacketField:
    name: str = strawberry.field(
        description="Its name in the survey's schema; those of nested records are joined by dots."
    )
    value: str | None = strawberry.field(
        description="Its value as text, in the unit of the survey's schema; null where the packet has null. "
        "Lists and images are told by their size."
    )

    @classmethod
    def from_row(cls, row: Row) -> "PacketField":
        return cls(name=row.name, value=_text(row.value))


@strawberry.type(description="Everything that a survey sent with an alert.")
class Packet:
    row: strawberry.Private[AlertPacket]

    @strawberry.field(description="The alert's identifier, as text.")
    def candid(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.candid))

    @strawberry.field(description="Time of the alert's exposure, MJD (UTC).")
    def mjd(self) -> float:
        return self.row.mjd

    @strawberry.field(description="Filter of the alert's exposure.")
    def band(self) -> Band:
        return Band(self.row.band)

    @strawberry.field(description="Every field of the packet, in the order of the survey's schema.")
    async def fields(self, info: Info) -> list[PacketField]:
        return [PacketField.from_row(row) for row in await read_fields(info.context.archive, self.row)]


def _text(value: bool | int | float | str | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return str(value)
