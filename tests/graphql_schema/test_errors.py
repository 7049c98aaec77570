"""Every error has a code from the closed list, and tells nothing that is none of a client's business."""

import logging
from pathlib import Path

import psycopg
import pytest
from graphql import get_introspection_query

from graphql_schema.errors import ErrorCode
from graphql_schema.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
from runtime.embedded_postgres import EmbeddedPostgres
from storage.migrate import migrate
from storage.packet_archive import PacketArchive
from tests.support.endpoint import endpoint
from tests.support.sample_night import StoredNight
from tests.support.scattered_objects import ScatteredObjects

DEEP = "{ objects { nodes { " + "neighbors { object { " * 6 + "name" + " } }" * 6 + " } } }"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ surveys { survey } ", "GRAPHQL_PARSE_FAILED"),
        ("query { objects(first: ) { nodes { name } } }", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ surveys }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ object { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ objects(first: 1.5) { nodes { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ object(name: "a", survey: OGLE) { name } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ objects(where: {region: {}}) { nodes { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "__typename " * (MAX_TOKENS + 1) + "}", "LIMIT_EXCEEDED"),
        ("{" + " ".join(f"a{i}: __typename" for i in range(MAX_ALIASES + 1)) + "}", "LIMIT_EXCEEDED"),
        (DEEP, "LIMIT_EXCEEDED"),
    ],
)
def test_documents_that_cannot_be_run_say_why(stored_night: StoredNight, query: str, code: str) -> None:
    refusals = [stored_night.endpoint.refusal(query or " ") for _ in range(2)]
    assert refusals[0].code == code
    assert refusals[1] == refusals[0]  # from the cache of refused documents


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "non-null"),
        ({"first": None}, "non-null"),
        ({"first": "ten"}, "'ten'"),
        ({"first": 2**31}, "32-bit"),
        ({"first": 1, "survey": "OGLE"}, "OGLE"),
        ({"first": 1, "mjd": float("inf")}, "Float"),
        ({"first": 1, "mjd": float("nan")}, "Float"),
    ],
)
def test_variables_that_do_not_fit_are_the_clients_mistake(
    stored_night: StoredNight, variables: dict[str, object], message: str
) -> None:
    query = """query($first: Int!, $survey: Survey, $mjd: Float) {
      objects(first: $first, where: {survey: $survey, firstMjd: {gte: $mjd}}) { nodes { name } }
    }"""
    refusal = stored_night.endpoint.refusal(query, **variables)
    assert refusal.code == "BAD_USER_INPUT"
    assert message in refusal.message


def test_limits_leave_room_for_introspection(stored_night: StoredNight) -> None:
    assert len(DEEP.split("{")) > MAX_DEPTH
    answer = stored_night.endpoint.ask(get_introspection_query(input_value_deprecation=True))
    assert answer["__schema"]["queryType"]["name"] == "Query"


def test_mistakes_of_clients_are_not_written_to_the_log(
    stored_night: StoredNight, caplog: pytest.LogCaptureFixture
) -> None:
    for query in ("{", "{ nothing }", "{ objects(first: -1) { nodes { name } } }"):
        assert stored_night.endpoint.execute(query).errors
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_one_field_that_fails_leaves_the_others_their_answers(stored_night: StoredNight) -> None:
    result = stored_night.endpoint.execute(
        '{ surveys { survey } objects(first: 1) { nodes { name healpix(order: 99) } } node(id: "?") { id } }'
    )
    assert result.errors is not None
    assert sorted(error.path[0] for error in result.errors if error.path) == ["node", "objects"]
    assert {(error.extensions or {})["code"] for error in result.errors} == {"BAD_USER_INPUT"}


def test_a_query_that_takes_too_long_is_ended(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE object IN ACCESS EXCLUSIVE MODE")
        with endpoint(database_url, PacketArchive(str(tmp_path)), statement_timeout_seconds=0.2) as asked:
            assert asked.refusal("{ objects { nodes { name } } }") == (
                "TIMEOUT",
                "the query took longer than 0.2 seconds: ask for less at once",
            )
            connection.execute("ROLLBACK")
            assert asked.ask("{ objects { nodes { name } } }") == {"objects": {"nodes": []}}


def test_a_database_that_is_gone_is_said_to_be_unavailable_and_is_found_again(
    server_folder: Path, tmp_path: Path
) -> None:
    server = EmbeddedPostgres(server_folder / "postgres", settings={"fsync": "off", "shared_buffers": "16MB"})
    url = server.start()
    try:
        migrate(url)
        with endpoint(url, PacketArchive(str(tmp_path / "packets"))) as asked:
            assert asked.ask("{ objects { nodes { name } } }") == {"objects": {"nodes": []}}
            server.stop()
            assert asked.refusal("{ objects { nodes { name } } }") == (
                "UNAVAILABLE",
                "the database does not answer",
            )
            server.start()
            assert asked.ask("{ objects { nodes { name } } }") == {"objects": {"nodes": []}}
    finally:
        server.stop()


def test_a_packet_file_that_is_gone_is_said_to_be_unavailable(stored_night: StoredNight, tmp_path: Path) -> None:
    query = "{ objects(first: 1) { nodes { stamps { stamp(kind: SCIENCE) { width } } } } }"
    with endpoint(stored_night.url, PacketArchive(str(tmp_path))) as asked:
        refusal = asked.refusal(query)
    assert refusal.code == "UNAVAILABLE"
    assert str(tmp_path) not in refusal.message


def test_an_unforeseen_error_is_hidden_behind_a_reference_to_the_log(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE object RENAME COLUMN mean_color TO other")
    with endpoint(database_url, PacketArchive(str(tmp_path))) as asked:
        refusal = asked.refusal("{ objects { nodes { name } } }")
    assert refusal.code == "INTERNAL_SERVER_ERROR"
    before, _, reference = refusal.message.rstrip(".").rpartition(" ")
    assert before == "Something went wrong on our side; the log has it under"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert reference in record.getMessage()
    assert record.exc_info is not None
    assert "mean_color" in str(record.exc_info[1])


def test_codes_are_a_closed_list(scattered: ScatteredObjects) -> None:
    """Clients switch on them: a change here is a change of the contract."""
    assert [code.value for code in ErrorCode] == [
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_USER_INPUT",
        "BAD_CURSOR",
        "EVENT_EXPIRED",
        "EVENT_UNKNOWN",
        "LIMIT_EXCEEDED",
        "RATE_LIMITED",
        "UNAUTHENTICATED",
        "PERSISTED_QUERY_NOT_FOUND",
        "NOT_FOUND",
        "SLOW_CONSUMER",
        "STAMP_UNREADABLE",
        "TIMEOUT",
        "UNAVAILABLE",
        "INTERNAL_SERVER_ERROR",
    ]
