"""What resolvers may use: made once per request."""

from dataclasses import dataclass, field

from strawberry.types import Info as StrawberryInfo

from graphql_schema.allowance import Allowance
from graphql_schema.loaders import Loaders
from storage.packet_archive import PacketArchive
from storage.reader import Reader


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the loaders of this request, and what it may cost."""

    reader: Reader
    archive: PacketArchive
    loaders: Loaders
    allowance: Allowance = field(default_factory=Allowance)

    @classmethod
    def for_request(cls, reader: Reader, archive: PacketArchive, allowance: Allowance | None = None) -> "Context":
        """Without an allowance, each request has the usual limit and no budget."""
        return cls(reader, archive, Loaders(reader), allowance or Allowance())


Info = StrawberryInfo[Context, None]
