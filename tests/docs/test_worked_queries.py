"""The questions in docs/graphql.md are answered as they stand."""

import re

import pytest

from tests.support.databases import REPOSITORY
from tests.support.kept_skymaps import keep
from tests.support.sample_night import StoredNight
from tests.support.skymaps import two_arcs

QUESTIONS = re.findall(
    r"^```graphql\n(.*?)^```", (REPOSITORY / "docs/graphql.md").read_text(), re.MULTILINE | re.DOTALL
)


def test_there_are_some() -> None:
    assert len(QUESTIONS) >= 4


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda text: text.split()[1].partition("(")[0])
def test_question_is_answered(stored_night: StoredNight, question: str) -> None:
    variables = {
        "name": stored_night.rows("SELECT name FROM object LIMIT 1")[0]["name"],
        "skymap": keep(stored_night.url, two_arcs(coarse=2, fine=4)),
    }
    asked = {name: value for name, value in variables.items() if f"${name}:" in question}
    assert stored_night.endpoint.ask(question, **asked)
