from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Band


class PacketOf(BaseModel):
    object_: Optional["PacketOfObject"] = Field(alias="object")


class PacketOfObject(BaseModel):
    packet: Optional["PacketOfObjectPacket"]


class PacketOfObjectPacket(BaseModel):
    candid: str
    mjd: float
    band: Band
    fields: list["PacketOfObjectPacketFields"]


class PacketOfObjectPacketFields(BaseModel):
    name: str
    value: Optional[str]
