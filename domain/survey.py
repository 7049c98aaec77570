"""The surveys whose alerts we know by name."""

from enum import StrEnum


class SurveyName(StrEnum):
    """A source of alerts."""

    ZTF = "ZTF"
    LSST = "LSST"
