"""What the server has."""

from arrayan_client.columns import NIGHT_COLUMNS, SURVEY_COLUMNS
from arrayan_client.filters import survey_name
from arrayan_client.generated import operations as texts
from arrayan_client.generated.nights import Nights, NightsNightsEdgesNode
from arrayan_client.generated.surveys import Surveys, SurveysSurveys
from arrayan_client.paging import Page, Pages, collected, page_of, rows_of
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Steps

SURVEYS = Operation(texts.SURVEYS_GQL, Surveys)
NIGHTS = Operation(texts.NIGHTS_GQL, Nights)
PAGE = 366

SurveyStatus = SurveysSurveys
Night = NightsNightsEdgesNode


def query_surveys(session: Session) -> Steps[Rows[SurveyStatus]]:
    answer = yield from session.ask(SURVEYS, {})
    return rows_of(answer.surveys, SURVEY_COLUMNS, SURVEYS, {})


def query_nights(session: Session, survey: str | None, limit: int | None) -> Steps[Rows[Night]]:
    def read(answer: Nights) -> Page[Night]:
        return page_of([edge.node for edge in answer.nights.edges], answer.nights.page_info)

    variables = {"survey": survey_name(survey)}
    pages = Pages(session, NIGHTS, variables, read, size=PAGE, limit=limit)
    records = yield from collected(pages, limit, None)
    return rows_of(records, NIGHT_COLUMNS, NIGHTS, variables, not pages.was_cut)
