"""Schemas by the number that messages carry in place of the schema itself."""

from functools import cache, cached_property
from importlib.resources import files
from typing import Protocol

from domain.dead_letter import MalformedPacket, Reason
from surveys.avro import WriterSchema, writer_schema

IDS_PER_MAJOR = 100


class SchemaRegistry(Protocol):
    """Whoever knows the schema behind an id."""

    def schema(self, schema_id: int) -> WriterSchema:
        """The schema of an id.

        Raises MalformedPacket (UNKNOWN_SCHEMA, UNREADABLE_SCHEMA) when there is none that we can read, and
        SchemaRegistryUnavailable when nobody can tell now.
        """
        ...


class BundledSchemas:
    """The schemas that come with Arrayán, of the survey that numbers them 100 * major + minor: LSST.

    Names and types as the survey publishes them (github.com/lsst/alert_packet), without the documentation.
    """

    def schema(self, schema_id: int) -> WriterSchema:
        """Raises MalformedPacket(UNKNOWN_SCHEMA)."""
        known = self._by_id.get(schema_id)
        if known is None:
            raise MalformedPacket(
                Reason.UNKNOWN_SCHEMA,
                f"the message was written with schema {schema_id}, which does not come with Arrayán "
                f"(it knows {', '.join(map(str, sorted(self._by_id)))}); a schema registry may know it",
            )
        return known

    def version(self, major: int, minor: int) -> WriterSchema:
        """Raises MalformedPacket(UNKNOWN_SCHEMA)."""
        return self.schema(IDS_PER_MAJOR * major + minor)

    def all(self) -> dict[int, WriterSchema]:
        """Every schema by its id, the oldest first."""
        return dict(sorted(self._by_id.items()))

    @cached_property
    def _by_id(self) -> dict[int, WriterSchema]:
        folder = files("surveys").joinpath("schemas", "lsst")
        return {
            _id_of(version.name): writer_schema(version.joinpath("alert.avsc").read_bytes())
            for version in folder.iterdir()
        }


def _id_of(version: str) -> int:
    major, minor = version.split(".")
    return IDS_PER_MAJOR * int(major) + int(minor)


BUNDLED_SCHEMAS = BundledSchemas()


@cache
def ztf_schema() -> WriterSchema:
    """ZTF's newest schema, 4.02. Since 3.3 a candidate has had the same fields; what 4 has more may be null."""
    return writer_schema(files("surveys").joinpath("schemas", "ztf", "4.02", "alert.avsc").read_bytes())
