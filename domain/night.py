"""Observing nights: which night a time belongs to, for each survey."""

from datetime import date, timedelta
from math import floor

from domain.survey import SurveyName
from domain.time import MJD_EPOCH

NIGHT_BEGINS = {
    SurveyName.ZTF: 0.0,
    SurveyName.LSST: 0.5,
}
"""The time of day (UTC, as a fraction) from which observations belong to the night of that date.

ZTF's nights at Palomar lie within one UTC date, from dusk at 1:00 or later to dawn before 14:00. Rubin's in Chile
begin before midnight UTC; its own `day_obs` changes at 12:00 UTC, some hours after dawn.
"""


def night_of(survey: SurveyName, mjd: float) -> date:
    """The date of the night that an MJD (UTC) belongs to. Raises OverflowError or ValueError for no date."""
    return MJD_EPOCH.date() + timedelta(days=floor(mjd - NIGHT_BEGINS[survey]))
