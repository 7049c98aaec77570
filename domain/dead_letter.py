"""Packets that could not be stored, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import ArrayanError
from domain.survey import SurveyName


class Reason(StrEnum):
    """Why a packet became a dead letter."""

    NOT_AVRO = "not_avro"
    """The bytes are no Avro object container."""
    DAMAGED = "damaged"
    """An Avro container whose blocks cannot be read or whose markers do not match."""
    EMPTY = "empty"
    """A container without a single alert."""
    UNREADABLE_SCHEMA = "unreadable_schema"
    """The schema in the container is not valid Avro."""
    UNKNOWN_SCHEMA = "unknown_schema"
    """The packet names a schema by a number that nobody knows here; another time somebody may."""
    UNKNOWN_SURVEY = "unknown_survey"
    """No survey that we read recognises the schema."""
    MISSING_FIELD = "missing_field"
    """The record lacks something that an alert must have."""
    INVALID_VALUE = "invalid_value"
    """A field holds what cannot be: a band, a position or a time that does not exist."""
    INTEGRITY = "integrity"
    """The record contradicts itself: it is not what the survey sent."""
    REFUSED_BY_DATABASE = "refused_by_database"
    """The database would not take the values."""


class MalformedPacket(ArrayanError):
    """Bytes that are no alert we can read; the message says what was wrong and where."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a packet came from: a file (and the record in it), or a topic, partition and offset. `sent_ms` is when
    a message was sent (Unix time, ms); None for files, and when nobody says."""

    source: str
    partition: int = 0
    offset: int = 0
    sent_ms: int | None = None

    def __str__(self) -> str:
        return f"{self.source}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A packet that could not be stored, whole, with the reason. `survey`, and the MJD of the observation, are
    None when the packet hides them."""

    origin: Origin
    reason: Reason
    message: str
    payload: bytes
    survey: SurveyName | None = None
    mjd: float | None = None


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter in the database. `resolved_at` is set once a retry stored it."""

    id: int
    survey: SurveyName | None
    origin: Origin
    reason: Reason
    message: str
    payload_size: int
    first_seen_at: datetime
    last_seen_at: datetime
    times_seen: int
    resolved_at: datetime | None
