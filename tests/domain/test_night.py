"""Which night an observation belongs to."""

from datetime import UTC, date, datetime

import pytest

from domain.night import night_of
from domain.survey import SurveyName
from domain.time import mjd_from_datetime


@pytest.mark.parametrize(
    ("survey", "time", "night"),
    [
        (SurveyName.ZTF, datetime(2026, 11, 5, 2, tzinfo=UTC), date(2026, 11, 5)),
        (SurveyName.ZTF, datetime(2026, 11, 5, 13, 59, tzinfo=UTC), date(2026, 11, 5)),
        (SurveyName.LSST, datetime(2026, 11, 5, 23, 59, tzinfo=UTC), date(2026, 11, 5)),
        (SurveyName.LSST, datetime(2026, 11, 6, 0, 0, tzinfo=UTC), date(2026, 11, 5)),
        (SurveyName.LSST, datetime(2026, 11, 6, 11, 59, tzinfo=UTC), date(2026, 11, 5)),
        (SurveyName.LSST, datetime(2026, 11, 6, 12, 1, tzinfo=UTC), date(2026, 11, 6)),
    ],
)
def test_a_night_keeps_its_date_past_midnight(survey: SurveyName, time: datetime, night: date) -> None:
    assert night_of(survey, mjd_from_datetime(time)) == night


def test_every_survey_has_nights() -> None:
    assert [night_of(survey, 60000.25).year for survey in SurveyName] == [2023] * len(SurveyName)
