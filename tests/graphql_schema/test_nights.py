"""Nights through the endpoint."""

from collections import Counter

from tests.support.sample_night import StoredNight

NIGHTS = """
query($survey: Survey, $first: Int, $after: String) {
  nights(survey: $survey, first: $first, after: $after) {
    edges { cursor node { survey night alerts stored deadLetters classified latencyP50 latencyP95 } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def test_the_nights_add_up_to_what_is_stored(stored_night: StoredNight) -> None:
    found = stored_night.endpoint.ask(NIGHTS)["nights"]
    nights = [edge["node"] for edge in found["edges"]]
    assert sum(night["stored"] for night in nights) == stored_night.report.stored
    assert {night["survey"] for night in nights} == {"ZTF"}
    assert all(night["alerts"] == night["stored"] + night["deadLetters"] for night in nights)
    assert all(night["latencyP50"] is None for night in nights), "a night of long ago was not taken in live"
    assert found["pageInfo"]["hasNextPage"] is False


def test_they_count_the_answers_that_their_alerts_caused(classified_night: StoredNight) -> None:
    nights = [edge["node"] for edge in classified_night.endpoint.ask(NIGHTS)["nights"]["edges"]]
    (stored,) = classified_night.rows("SELECT count(*) AS answers FROM classification")
    assert sum(night["classified"] for night in nights) == stored["answers"] > 0


def test_they_count_what_the_answers_were(classified_night: StoredNight) -> None:
    query = "{ nights { edges { node { night classified classes { classifier class answers } } } } }"
    nights = [edge["node"] for edge in classified_night.endpoint.ask(query)["nights"]["edges"]]
    for night in nights:
        assert sum(one["answers"] for one in night["classes"]) == night["classified"]
        assert night["classes"] == sorted(
            night["classes"], key=lambda one: (one["classifier"], -one["answers"], one["class"])
        )
    found = Counter[tuple[str, str]]()
    for night in nights:
        for one in night["classes"]:
            found[one["classifier"], one["class"]] += one["answers"]
    rows = classified_night.rows(
        "SELECT c.name, t.leaves[best.place] AS class, count(*) AS answers FROM classification "
        "JOIN classifier c USING (classifier_id) JOIN taxonomy t USING (taxonomy_id) CROSS JOIN LATERAL "
        "(SELECT place FROM unnest(probabilities) WITH ORDINALITY AS one(share, place) "
        "ORDER BY share DESC, place LIMIT 1) best GROUP BY 1, 2"
    )
    assert found == {(row["name"], row["class"]): row["answers"] for row in rows}


def test_they_come_in_pages(stored_night: StoredNight) -> None:
    assert stored_night.endpoint.ask(NIGHTS, first=0)["nights"]["edges"] == []
    assert stored_night.endpoint.ask(NIGHTS, survey="LSST")["nights"]["edges"] == []
    page = stored_night.endpoint.ask(NIGHTS, first=1)["nights"]
    after = stored_night.endpoint.ask(NIGHTS, first=366, after=page["pageInfo"]["endCursor"])["nights"]
    everything = stored_night.endpoint.ask(NIGHTS, first=366)["nights"]["edges"]
    assert page["edges"] + after["edges"] == everything


def test_refusals_say_why(stored_night: StoredNight) -> None:
    assert stored_night.endpoint.refusal(NIGHTS, first=367).code == "LIMIT_EXCEEDED"
    assert stored_night.endpoint.refusal(NIGHTS, after="nowhere").code == "BAD_CURSOR"
