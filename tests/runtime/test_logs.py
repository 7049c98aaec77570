"""The log: one line for each event, for a person or for a machine; and every event of ours in its form."""

import ast
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.logs import EVENT, FIELD, HumanLines, JsonLines
from tests.support.command import SAMPLE_NIGHT, Command
from tests.support.databases import REPOSITORY

HOUSE = (
    "api",
    "cli",
    "domain",
    "graphql_schema",
    "ingest",
    "migrations",
    "runtime",
    "simulate",
    "storage",
    "surveys",
)
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def record(message: str, *arguments: Any, exc_info: Any = None) -> logging.LogRecord:
    return logging.LogRecord("ingest.somewhere", logging.WARNING, "", 0, message, arguments, exc_info)


def as_json(message: str, *arguments: Any) -> dict[str, Any]:
    line = JsonLines().format(record(message, *arguments))
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


def test_fields_keep_their_values() -> None:
    line = as_json("store_unavailable retry_seconds=%s error=%s lag=%s", 0.5, "no, a=b\nand more", None)
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {
        "level": "warning",
        "logger": "ingest.somewhere",
        "event": "store_unavailable",
        "fields": {"retry_seconds": 0.5, "error": "no, a=b\nand more", "lag": None},
    }


def test_an_event_may_have_no_fields() -> None:
    line = as_json("interrupted")
    assert (line["event"], line["fields"]) == ("interrupted", {})


@pytest.mark.parametrize(
    ("message", "arguments"), [("Heartbeat failed: %s", ("away",)), ("100% done", ()), ("a=1 b=%s", ("x",))]
)
def test_the_words_of_other_packages_are_the_event(message: str, arguments: tuple[Any, ...]) -> None:
    line = as_json(message, *arguments)
    assert (line["event"], line["fields"]) == (message % arguments if arguments else message, {})


@given(
    st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.binary()), max_size=5)
)
def test_any_value_makes_one_line(values: list[Any]) -> None:
    names = [f"field_{index}" for index in range(len(values))]
    line = as_json("event" + "".join(f" {name}=%s" for name in names), *values)
    assert list(line["fields"]) == names


def test_a_traceback_stays_in_its_line() -> None:
    try:
        raise ValueError("what went wrong")
    except ValueError:
        line = json.loads(JsonLines().format(record("decoding_failed offset=%d", 3, exc_info=sys.exc_info())))
    assert line["fields"] == {"offset": 3}
    assert line["exception"].endswith("ValueError: what went wrong")


def test_a_person_reads_time_level_logger_and_event() -> None:
    line = HumanLines().format(record("batch_left alerts=%d", 4))
    time, rest = line.split(" ", 1)
    assert time.endswith("Z")
    assert rest == "WARNING ingest.somewhere batch_left alerts=4"


def logged(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Calls that log, with the place of each."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"), attr=level)) if level in LEVELS:
                yield f"{path.relative_to(REPOSITORY)}:{node.lineno}", node


def test_every_event_of_ours_has_the_form_of_one() -> None:
    """`event_name field=%s other=%d`: see runtime/logs.py."""
    calls = [
        call for folder in HOUSE for path in sorted((REPOSITORY / folder).rglob("*.py")) for call in logged(path)
    ]
    assert len(calls) > 10
    assert [place for place, call in calls if not is_event(call)] == []


def is_event(call: ast.Call) -> bool:
    match call.args:
        case [ast.Constant(value=str() as template), *values]:
            starred = any(isinstance(value, ast.Starred) for value in values)
            fits = starred or len(FIELD.findall(template)) == len(values)
            return fits and EVENT.fullmatch(template) is not None
    return False


def test_for_a_machine_standard_error_holds_nothing_else(arrayan_json: Command) -> None:
    taken_in = arrayan_json("ingest", SAMPLE_NIGHT, "--json")
    assert taken_in.code == 0, taken_in.err
    assert json.loads(taken_in.last_line)["stored"] > 0
    assert [json.loads(line) for line in taken_in.err.splitlines()] == []
    failed = arrayan_json("migrate", ARRAYAN_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    (line,) = map(json.loads, failed.err.splitlines())
    assert (failed.code, line["level"], line["event"]) == (1, "error", "command_failed")
    assert "cannot reach the database" in line["fields"]["error"]


@pytest.fixture
def arrayan_json(any_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield Command(
        {
            "ARRAYAN_DATABASE_URL": any_database_url,
            "ARRAYAN_DATA_DIR": str(tmp_path / "data"),
            "ARRAYAN_LOG_FORMAT": "json",
        }
    )
    Command({})("simulate", "--help")  # lines for people again


def test_what_nobody_foresaw_is_an_event_too(tmp_path: Path) -> None:
    program = (
        "from runtime.logs import configure_logs; from runtime.settings import Settings; "
        "configure_logs(Settings(log_format='json')); {}['nothing']"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    (line,) = map(json.loads, ran.stderr.splitlines())
    assert (ran.returncode, line["event"], line["level"]) == (1, "process_failed", "critical")
    assert line["exception"].endswith("KeyError: 'nothing'")
