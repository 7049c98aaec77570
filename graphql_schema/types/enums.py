"""Enumerations, as clients see them: our own, with names and descriptions."""

import strawberry

from domain.band import Band
from domain.classification import WhyUnanswered
from domain.object_filter import Direction
from domain.object_filter import OrderField as ObjectOrderField
from domain.stamp import StampKind
from domain.survey import SurveyName as Survey
from domain.table_format import LightCurveTable, TableFormat

__all__ = [
    "Band",
    "Direction",
    "LightCurveTable",
    "ObjectOrderField",
    "StampKind",
    "Survey",
    "TableFormat",
    "WhyUnanswered",
]

strawberry.enum(Survey, name="Survey", description="A source of alerts.")
strawberry.enum(
    Band,
    name="Band",
    description="A filter by its letter. The same letter is not the same passband in two surveys.",
)
strawberry.enum(
    StampKind,
    name="StampKind",
    description="SCIENCE: the new image. TEMPLATE: the reference image. DIFFERENCE: the one less the other, as the "
    "survey gives it (ZTF turns the sign where the source has faded, so that the change is positive).",
)
strawberry.enum(
    ObjectOrderField,
    name="ObjectOrderField",
    description="What objects are sorted by. DURATION is the time from the first to the last detection. "
    "PROBABILITY is that of the class which `where: {class: ...}` asks for; of several, of the most probable one. "
    "SKYMAP_PROBABILITY is that per area in the sky map which `where: {region: {skymap: ...}}` names.",
)
strawberry.enum(Direction, name="Direction", description="Ascending or descending.")
strawberry.enum(
    TableFormat,
    name="TableFormat",
    description="A file format for tables. Columns of all but CSV carry their units, UCDs and descriptions.",
)
strawberry.enum(
    LightCurveTable,
    name="LightCurveTable",
    description="One of the tables that make a light curve.",
)
strawberry.enum(
    WhyUnanswered,
    name="WhyUnanswered",
    description="Why a classifier has not answered for an object. WAITING: it is queued, or in work. DEFERRED: "
    "there is too little of the object yet. FAILED: it could not be classified. NOT_DUE: nothing of it has made "
    "work for the classifier. OTHER_SURVEY: the classifier does not answer for objects of its survey.",
)
