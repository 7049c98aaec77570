"""The hunter's form: columns, and the part of the sky that is looked at."""

from urllib.parse import parse_qs

from starlette.datastructures import QueryParams

from api.pages.form import Form
from api.pages.hunter import candidate_row, chosen_columns, closer, read_hunt, read_view, widening
from api.pages.sky_map import WHOLE_SKY, View


def test_the_whole_sky_is_shown_until_somebody_chooses() -> None:
    assert read_view(Form(QueryParams(""))) == WHOLE_SKY
    assert read_view(Form(QueryParams("at=10.5+-20&zoom=4"))) == View(10.5, -20.0, 4)
    wrong = Form(QueryParams("at=nowhere&zoom=3"))
    assert read_view(wrong) == WHOLE_SKY
    assert wrong.mistakes.keys() == {"at", "zoom"}


def test_looking_closer_keeps_the_hunt_and_ends_somewhere() -> None:
    asked = QueryParams("days=7&at=10+20&zoom=2")
    found = closer(asked, read_view(Form(asked)))
    assert found.nearer is not None
    assert parse_qs(found.nearer[1:]) == {"days": ["7"], "at": ["10 20"], "zoom": ["4"]}
    assert found.wider is not None
    assert parse_qs(found.wider[1:])["zoom"] == ["1"]
    assert found.whole == "?days=7"
    assert closer(QueryParams(""), WHOLE_SKY)[1:] == (None, None)
    assert closer(QueryParams(""), View(0, 0, 8)).nearer is None


def test_columns_are_those_chosen_or_the_usual() -> None:
    assert chosen_columns(Form(QueryParams("column=tns&column=nothing&column=rise"))) == ["rise", "tns"]
    assert "probability" in chosen_columns(Form(QueryParams("")))


def test_a_row_has_the_class_behind_and_the_page_of_tns() -> None:
    shares = [("SN", 0.6), ("AGN", 0.3), ("VS", 0.1)]
    row = candidate_row(
        {
            "classifications": [{"probabilities": [{"class": name, "probability": p} for name, p in shares]}],
            "bandStatistics": [],
            "links": [{"name": "NED", "url": "https://ned"}, {"name": "TNS", "url": "https://tns"}],
        },
        "SN",
    )
    assert row["probability"] == 0.6
    assert row["second"] == (0.3, "AGN")
    assert row["tns"] == "https://tns"
    assert row["rise_rate"] is None


def test_a_hunt_is_widened_window_by_window() -> None:
    hunt = read_hunt(Form(QueryParams("classifier=early")), {"early": ["SN"]}, 61000.0)
    assert hunt is not None
    assert [one.days for one in widening(hunt)] == ["1", "2", "3", "7", "30"]
    assert {one.class_name for one in widening(hunt)} == {"SN"}
