"""What resolvers may use: made once per request."""

from dataclasses import dataclass

from strawberry.types import Info as StrawberryInfo

from graphql_schema.loaders import Loaders, make_loaders
from storage.packet_archive import PacketArchive
from storage.reader import Reader


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, and the loaders of this request."""

    reader: Reader
    archive: PacketArchive
    loaders: Loaders

    @classmethod
    def for_request(cls, reader: Reader, archive: PacketArchive) -> "Context":
        return cls(reader, archive, make_loaders(reader))


Info = StrawberryInfo[Context, None]
