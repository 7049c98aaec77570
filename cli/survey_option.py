"""The option that says whose alerts they are."""

from collections.abc import Callable
from typing import Any

import click

from domain.survey import SurveyName
from surveys.registry import SURVEYS, survey_named
from surveys.survey import Survey


def survey_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--survey",
        type=click.Choice([survey.name.lower() for survey in SURVEYS], case_sensitive=False),
        help="Read everything as this survey's. By default the survey is recognised by the schema in each packet.",
    )


def chosen_survey(name: str | None) -> Survey | None:
    """The survey that was chosen; None to recognise it by the schema."""
    return None if name is None else survey_named(SurveyName(name.upper()))
