"""The state of each survey's stream."""

from datetime import datetime
from typing import NamedTuple

from domain.survey import SurveyName
from storage.reader import Reader


class SurveyStatus(NamedTuple):
    """What has come of a survey: `last_mjd` is the newest observation, `last_ingested_at` our clock.

    Dead letters are those that wait and are known to be the survey's.
    """

    survey: SurveyName
    object_count: int
    last_mjd: float | None
    last_ingested_at: datetime | None
    dead_letter_count: int


async def survey_statuses(reader: Reader) -> list[SurveyStatus]:
    """Every survey, in the order of SurveyName, also those of which nothing has come.

    A survey without a night has no alerts, and the newest of them is not looked for among all the others'.
    """
    rows = await reader.rows(
        "SELECT given.survey, "
        "(SELECT count(*) FROM object o WHERE o.survey = given.survey), "
        "CASE WHEN has_alerts THEN (SELECT max(last_mjd) FROM object o WHERE o.survey = given.survey) END, "
        "CASE WHEN has_alerts THEN (SELECT a.ingested_at FROM alert a JOIN object o USING (object_id) "
        " WHERE o.survey = given.survey ORDER BY a.ingested_at DESC LIMIT 1) END, "
        "(SELECT count(*) FROM dead_letter d WHERE d.survey = given.survey AND d.resolved_at IS NULL) "
        "FROM unnest(%s::text[]) AS given(survey) "
        "CROSS JOIN LATERAL "
        "(SELECT EXISTS (SELECT FROM night n WHERE n.survey = given.survey) AS has_alerts) AS known",
        ([survey.value for survey in SurveyName],),
    )
    return [SurveyStatus(SurveyName(row[0]), *row[1:]) for row in rows]
