"""The state of the streams: what an operator may conclude from `surveys`."""

from pathlib import Path

import psycopg

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.event import START
from domain.survey import SurveyName
from storage.dead_letters import mark_resolved
from storage.events import last_event
from storage.packet_archive import PacketArchive
from storage.publishers import note_published
from tests.support.endpoint import endpoint
from tests.support.storing import alert_store, small_sky_received

SURVEYS = "{ surveys { survey objectCount lastAlertTime lastIngestedAt deadLetterCount } }"


def letter(number: int, survey: SurveyName | None) -> DeadLetter:
    return DeadLetter(Origin("topic", 0, number), Reason.DAMAGED, "no", bytes([number]), survey)


def test_dead_letters_count_while_they_wait(database_url: str, tmp_path: Path) -> None:
    """Once for the same bytes, not when a retry stored them, and not for a survey that nobody knows."""
    with alert_store(database_url, tmp_path) as store:
        letters = [
            letter(1, SurveyName.ZTF),
            letter(2, SurveyName.ZTF),
            letter(3, SurveyName.LSST),
            letter(4, None),
        ]
        store.store((), letters)
        store.store((), letters[:1])
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("SELECT min(id) FROM dead_letter WHERE survey = 'ZTF'").fetchone()
        assert row is not None
        mark_resolved(connection, row[0])
    with endpoint(database_url, PacketArchive(str(tmp_path))) as asked:
        counts = {row["survey"]: row["deadLetterCount"] for row in asked.ask(SURVEYS)["surveys"]}
    assert counts == {"ZTF": 1, "LSST": 1}


def test_dead_letters_are_told_by_reason(database_url: str, tmp_path: Path) -> None:
    """Those that wait, and also those of no survey that we know."""
    query = "{ deadLetters { survey reason meaning count firstSeenAt lastSeenAt } }"
    with (
        alert_store(database_url, tmp_path) as store,
        endpoint(database_url, PacketArchive(str(tmp_path))) as asked,
    ):
        assert asked.ask(query)["deadLetters"] == []
        store.store((), [letter(1, SurveyName.ZTF), letter(2, SurveyName.ZTF), letter(3, None)])
        first, second = asked.ask(query)["deadLetters"]
    assert (first["survey"], first["reason"], first["count"]) == ("ZTF", "damaged", 2)
    assert first["meaning"] == Reason.DAMAGED.meaning
    assert first["firstSeenAt"] <= first["lastSeenAt"]
    assert (second["survey"], second["count"]) == (None, 1)


def test_publishers_tell_how_far_they_have_come(any_database_url: str, tmp_path: Path) -> None:
    query = "{ publishers { name eventsBehind updatedAt } }"
    archive = PacketArchive(str(tmp_path))
    with alert_store(any_database_url, tmp_path) as store, endpoint(any_database_url, archive) as asked:
        assert asked.ask(query)["publishers"] == []
        store.store(small_sky_received()[:2])
        with psycopg.connect(any_database_url, autocommit=True) as connection:
            note_published(connection, "topics", START)
            (behind,) = asked.ask(query)["publishers"]
            newest = last_event(connection)
            assert newest is not None
            note_published(connection, "topics", newest[0])
        (even,) = asked.ask(query)["publishers"]
    assert (behind["name"], even["name"]) == ("topics", "topics")
    assert behind["eventsBehind"] == newest[0].serial
    assert even["eventsBehind"] == 0


def test_a_survey_of_which_nothing_came_has_no_times(database_url: str, tmp_path: Path) -> None:
    with endpoint(database_url, PacketArchive(str(tmp_path))) as asked:
        for survey in asked.ask(SURVEYS)["surveys"]:
            assert (survey["objectCount"], survey["lastAlertTime"], survey["lastIngestedAt"]) == (0, None, None)


def test_last_ingested_is_the_last_that_was_new(database_url: str, tmp_path: Path) -> None:
    """So it stands still while a night is read again: the lag of that is Kafka's to tell."""
    archive = PacketArchive(str(tmp_path))
    received = small_sky_received()
    with alert_store(database_url, tmp_path) as store, endpoint(database_url, archive) as asked:

        def told() -> dict[str, object]:
            return dict(next(row for row in asked.ask(SURVEYS)["surveys"] if row["survey"] == "ZTF"))

        store.store(received[:5])
        first = told()
        store.store(received[:5])
        assert told() == first
        store.store(received)
        then = told()
    assert str(then["lastIngestedAt"]) > str(first["lastIngestedAt"])
    assert (first["objectCount"], then["objectCount"]) == (1, 4)
