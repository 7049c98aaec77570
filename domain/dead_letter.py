"""Packets that could not be stored, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import ArrayanError
from domain.survey import SurveyName


class Reason(StrEnum):
    """Why a packet became a dead letter."""

    NOT_AVRO = "not_avro"
    DAMAGED = "damaged"
    EMPTY = "empty"
    UNREADABLE_SCHEMA = "unreadable_schema"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNKNOWN_SURVEY = "unknown_survey"
    MISSING_FIELD = "missing_field"
    INVALID_VALUE = "invalid_value"
    INTEGRITY = "integrity"
    REFUSED_BY_DATABASE = "refused_by_database"

    @property
    def meaning(self) -> str:
        """The reason in a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.NOT_AVRO: "The bytes are no Avro object container.",
    Reason.DAMAGED: "An Avro container whose blocks cannot be read or whose markers do not match.",
    Reason.EMPTY: "A container without a single alert.",
    Reason.UNREADABLE_SCHEMA: "The schema in the container is not valid Avro.",
    Reason.UNKNOWN_SCHEMA: "The packet names a schema by a number that nobody knows here; later somebody may.",
    Reason.UNKNOWN_SURVEY: "No survey that we read recognises the schema.",
    Reason.MISSING_FIELD: "The record lacks something that an alert must have.",
    Reason.INVALID_VALUE: "A field holds what cannot be: a band, a position or a time that does not exist.",
    Reason.INTEGRITY: "The record contradicts itself: it is not what the survey sent.",
    Reason.REFUSED_BY_DATABASE: "The database would not take the values.",
}


class MalformedPacket(ArrayanError):
    """Bytes that are no alert we can read; the message says what was wrong and where."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a packet came from: a file (and the record in it), or a topic, partition and offset.

    `sent_at` is the time that the broker keeps with a message; None for files, and where it has none.
    """

    source: str
    partition: int = 0
    offset: int = 0
    sent_at: datetime | None = None

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
    """A dead letter in the database. `night` is the one it is counted in, None without a survey; `resolved_at` is
    set once a retry stored it."""

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
    night: date | None
