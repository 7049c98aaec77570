"""The surveys we read."""

from functools import lru_cache

from domain.dead_letter import MalformedPacket, Reason
from domain.survey import SurveyName
from surveys.avro import SCHEMAS_REMEMBERED, WriterSchema
from surveys.lsst import Lsst
from surveys.survey import Survey
from surveys.ztf import Ztf

SURVEYS: tuple[Survey, ...] = (Ztf(), Lsst())


def survey_named(name: SurveyName) -> Survey:
    """The reader of a survey. Raises LookupError when we have none."""
    for survey in SURVEYS:
        if survey.name == name:
            return survey
    raise LookupError(f"no reader for alerts of {name}; there is one for {', '.join(s.name for s in SURVEYS)}")


@lru_cache(maxsize=SCHEMAS_REMEMBERED)
def survey_of_schema(schema: WriterSchema) -> Survey:
    """The survey that sends packets with a schema. Raises MalformedPacket(UNKNOWN_SURVEY)."""
    for survey in SURVEYS:
        if survey.recognises(schema):
            return survey
    fields = sorted(schema.field_names)
    shown = ", ".join(fields[:8]) + (", ..." if len(fields) > 8 else "")
    raise MalformedPacket(
        Reason.UNKNOWN_SURVEY,
        f"no survey that we read ({_names()}) sends records named {schema.name!r} "
        f"with the fields {shown or '(none)'}",
    )


def _names() -> str:
    return ", ".join(survey.name for survey in SURVEYS)
