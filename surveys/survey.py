"""The seam between a survey's packets and everything else."""

from typing import Protocol

from domain.alert import Alert
from domain.survey import SurveyName
from surveys.avro import Record, WriterSchema


class Survey(Protocol):
    """How one survey writes its alerts."""

    @property
    def name(self) -> SurveyName: ...

    def recognises(self, schema: WriterSchema) -> bool:
        """Whether packets with this schema are this survey's alerts."""
        ...

    def parse(self, record: Record) -> Alert:
        """The alert that a decoded packet holds. Raises MalformedPacket."""
        ...
