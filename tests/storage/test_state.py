"""What the database says of surveys, runs, rows and itself."""

from pathlib import Path

import psycopg
import pytest

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.survey import SurveyName
from storage.band_statistics import band_statistics_of
from storage.database import DatabaseUnavailable, connect, describe_server, require_current_tables
from storage.ingest_runs import IngestRun, begin_run, finish_run, is_finished, recent_runs
from storage.reader import Reader, StatementTimeout
from storage.row_counts import RowCounts, count_rows
from storage.surveys import SurveyStatus, survey_statuses
from tests.support.databases import Backend
from tests.support.reading import ask
from tests.support.storing import alert_store, small_sky_received


def test_surveys_say_how_much_there_is_of_them(database_url: str, tmp_path: Path) -> None:
    empty = [SurveyStatus(survey, 0, None, None, 0) for survey in SurveyName]
    assert ask(database_url, survey_statuses) == empty
    letters = [DeadLetter(Origin("a"), Reason.INTEGRITY, "no", b"no", survey) for survey in (SurveyName.ZTF, None)]
    letters = [letters[0], DeadLetter(Origin("b"), Reason.NOT_AVRO, "no", b"other")]
    with alert_store(database_url, tmp_path) as store, psycopg.connect(database_url) as connection:
        store.store(small_sky_received(), letters)
        row = connection.execute("SELECT max(ingested_at), (SELECT max(mjd) FROM detection) FROM alert").fetchone()
        assert count_rows(connection) == RowCounts(4, 24, 28, 20, 20, 2)
    assert row is not None
    assert ask(database_url, survey_statuses) == [SurveyStatus(SurveyName.ZTF, 4, row[1], row[0], 1), *empty[1:]]


def test_band_statistics_come_from_blue_to_red(any_database_url: str, tmp_path: Path) -> None:
    alerts = small_sky_received()
    with alert_store(any_database_url, tmp_path) as store:
        store.store(alerts)
    ids = {item.alert.object_id for item in alerts}
    found = ask(any_database_url, lambda reader: band_statistics_of(reader, [*ids, 5]))
    assert {key: [row.band for row in rows] for key, rows in found.items()} == {key: ["g", "r"] for key in ids}


def test_a_run_is_finished_once_its_source_was_read_to_the_end(any_database_url: str) -> None:
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        cut_short = begin_run(connection, "night", "abc")
        assert not is_finished(connection, "abc")
        again = begin_run(connection, "night", "abc")
        finish_run(connection, again, stored=5, duplicates=3, dead_letters=2)
        assert is_finished(connection, "abc")
        assert not is_finished(connection, "abd")
        newest, oldest = recent_runs(connection, 10)
        assert cut_short != again
    assert newest == IngestRun("night", newest.started_at, newest.finished_at, 10, 5, 3, 2)
    assert newest.finished_at is not None
    assert oldest == IngestRun("night", oldest.started_at, None, 0, 0, 0, 0)


def test_a_server_says_what_it_is(backend: Backend, database_url: str) -> None:
    with connect(database_url, role="test") as connection:
        server = describe_server(connection)
    assert (server.timescaledb is not None) == (backend.name == "timescaledb")
    assert str(server).startswith(f"PostgreSQL {server.postgresql}")
    assert ("TimescaleDB" in str(server)) == (backend.name == "timescaledb")


def test_tables_of_another_release_are_refused(any_database_url: str) -> None:
    with connect(any_database_url, role="test") as connection:
        require_current_tables(connection)
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
        with pytest.raises(DatabaseUnavailable, match="older"):
            require_current_tables(connection)
        connection.execute("DROP TABLE alembic_version")
        with pytest.raises(DatabaseUnavailable, match="arrayan migrate"):
            require_current_tables(connection)


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(DatabaseUnavailable):
        connect("postgresql://nobody@127.0.0.1:1/none", role="test")


def test_readers_cannot_write(any_database_url: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ask(any_database_url, lambda reader: reader.rows("DELETE FROM object"))


def test_a_statement_that_takes_too_long_is_ended(any_database_url: str) -> None:
    async def question() -> None:
        reader = Reader(any_database_url, connections=1, statement_timeout_seconds=0.05)
        await reader.open()
        try:
            await reader.rows("SELECT pg_sleep(5)")
        finally:
            await reader.close()

    import asyncio

    with pytest.raises(StatementTimeout, match=r"0\.05 seconds"):
        asyncio.run(question())


def test_statements_made_for_one_question_are_planned_with_its_values(any_database_url: str) -> None:
    """Those that are not prepared are planned as the mode says, too."""

    async def modes(reader: Reader) -> list[str]:
        statement = "SELECT current_setting('plan_cache_mode') WHERE %s = 1"
        return [
            (await reader.rows(statement, (1,), prepare=prepare))[0][0]
            for prepare in (True, False, False, True, False)
        ]

    once, with_values = "force_generic_plan", "force_custom_plan"
    assert ask(any_database_url, modes) == [once, with_values, with_values, once, with_values]
