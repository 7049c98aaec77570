"""Errors that a person can act on.

ArrayanError
  InvalidPosition      a position or radius that is not on the sky
  InvalidTime          a time that nobody can read
  StampError           an image that cannot be read          (domain.stamp)
  MalformedPacket      bytes that are no alert we can read   (domain.dead_letter)
  SchemaRegistryUnavailable  nobody tells what schema a message has (surveys.http_schema_registry)
  InvalidCursor        a page cursor that we did not make    (storage.cursor)
  InvalidEventId, EventExpired, UnknownEvent  nothing to go on from  (domain.event)
  UnreadableTable      a file that is no table we can read   (catalogs.table)
  UnknownCatalog       a name that no catalogue has          (domain.catalog)
  UnknownName          of no classifier, class or feature    (domain.vocabulary)
  DatabaseUnavailable  no server answers, or its tables are behind (storage.database)
"""


class ArrayanError(Exception):
    """Base of every error whose message is written for the person who meets it."""


class InvalidPosition(ArrayanError):
    """A position or a radius that does not describe a place on the sky."""


class InvalidTime(ArrayanError):
    """A time that is neither an MJD nor a calendar date."""
