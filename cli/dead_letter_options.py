"""Options that say which dead letters are meant."""

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from domain.dead_letter import Reason
from domain.survey import SurveyName
from storage.dead_letters import ANY_LETTER, LetterFilter
from surveys.registry import SURVEYS

Command = Callable[..., Any]
Moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


def filter_options(command: Command) -> Command:
    """Give a command the argument `chosen`: letters that fit all of these options."""

    @click.option(
        "--survey",
        type=click.Choice([survey.name.lower() for survey in SURVEYS], case_sensitive=False),
        help="Of this survey.",
    )
    @click.option(
        "--reason",
        "reasons",
        type=click.Choice([reason.value for reason in Reason]),
        multiple=True,
        help="Dead for this reason; may be given several times.",
    )
    @click.option("--source", default="", metavar="TEXT", help="From a topic or file whose name begins with this.")
    @click.option(
        "--night", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Counted in this observing night."
    )
    @click.option(
        "--since", type=Moment, metavar="TIME", help="Last seen at this time (UTC, 2026-11-05T03:00) or later."
    )
    @functools.wraps(command)
    def with_filter(
        *arguments: Any,
        survey: str | None,
        reasons: Sequence[str],
        source: str,
        night: datetime | None,
        since: datetime | None,
        **others: Any,
    ) -> Any:
        chosen = LetterFilter(
            survey=None if survey is None else SurveyName(survey.upper()),
            reasons=[found for found in Reason if found.value in reasons] or None,
            source=source,
            night=None if night is None else night.date(),
            since=None if since is None else since.replace(tzinfo=UTC),
        )
        return command(*arguments, chosen=chosen, **others)

    return with_filter


def selection_options(command: Command) -> Command:
    """The same for a command that does something to letters: ids, or --all, or a filter must be given."""

    @click.argument("letter_ids", metavar="[ID...]", type=int, nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="Every one, without any filter.")
    @filter_options
    @functools.wraps(command)
    def with_selection(
        *arguments: Any, letter_ids: Sequence[int], everything: bool, chosen: LetterFilter, **others: Any
    ) -> Any:
        if [bool(letter_ids), everything, chosen != ANY_LETTER].count(True) != 1:
            raise click.UsageError("give ids, or --all, or filters such as --reason")
        if letter_ids:
            chosen = LetterFilter(ids=letter_ids)
        return command(*arguments, chosen=chosen, **others)

    return with_selection
