"""From what is typed to the filter that is asked."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from api.pages.asking import document_text
from api.pages.explorer import Search, read_search
from api.pages.form import Form

CLASSIFIERS = {"early": ["SN", "AGN"], "late": ["RRL"]}


def search(query: str) -> tuple[Search, dict[str, str]]:
    form = Form(QueryParams(query))
    return read_search(form, CLASSIFIERS, ["gaia"]), form.mistakes


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", {}),
        ("names=&min_detections=", {}),
        ("names=ZTF1+ZTF2", {"names": ["ZTF1", "ZTF2"]}),
        ("names=ZTF20*", {"nameLike": "ZTF20*"}),
        ("catalog=gaia", {"inCatalog": "gaia"}),
        ("survey=LSST", {"survey": "LSST"}),
        ("min_detections=3&max_detections=9", {"detectionCount": {"gte": 3, "lte": 9}}),
        ("first_after=2024-01-01", {"firstMjd": {"gte": 60310.0}}),
        ("last_before=60310.5", {"lastMjd": {"lte": 60310.5}}),
        ("classifier=early", {"class": {"classifier": "early", "ranking": 1}}),
        (
            "classifier=early&class=SN&class=AGN&probability=0.5",
            {"class": {"classifier": "early", "class": ["SN", "AGN"], "ranking": 1, "probability": {"gte": 0.5}}},
        ),
        ("position=10+20", {"region": {"cone": {"ra": 10.0, "dec": 20.0, "radius": 30.0}}}),
        (
            "skymap=abc&level=0.5",
            {"region": {"skymap": {"id": "abc", "credibleLevel": 0.5}}},
        ),
        (
            "skymap=abc&position=1+2",
            {
                "region": {"skymap": {"id": "abc", "credibleLevel": 0.9}},
                "and": [{"region": {"cone": {"ra": 1.0, "dec": 2.0, "radius": 30.0}}}],
            },
        ),
        ("position=10+20&radius=5", {"region": {"cone": {"ra": 10.0, "dec": 20.0, "radius": 5.0}}}),
    ],
)
def test_what_is_typed_becomes_a_filter(query: str, where: dict[str, Any]) -> None:
    found, mistakes = search(query)
    assert found.where == where
    assert mistakes == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("survey=SDSS", "survey"),
        ("catalog=nobody", "catalog"),
        ("classifier=nobody", "classifier"),
        ("classifier=early&class=RRL", "class"),
        ("class=SN", "class"),
        ("probability=0.5", "probability"),
        ("classifier=early&probability=2", "probability"),
        ("position=nowhere", "position"),
        ("position=1+2&radius=-1", "radius"),
        ("order=PROBABILITY", "order"),
        ("order=SKYMAP_PROBABILITY", "order"),
        ("skymap=abc&level=7", "level"),
        ("min_detections=many", "min_detections"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(query: str, field: str) -> None:
    _, mistakes = search(query)
    assert mistakes.keys() == {field}


def test_columns_are_those_chosen_or_the_usual() -> None:
    assert search("column=ra&column=nothing&column=name")[0].columns == ["ra", "name"]
    assert "name" in search("")[0].columns


def test_the_question_is_the_page_s_own_document() -> None:
    question = search("order=RA&direction=ASC&after=abc")[0].question
    assert question.document == document_text("explorer")
    assert question.variables["orderBy"] == [{"field": "RA", "direction": "ASC"}]
    assert question.variables["after"] == "abc"
