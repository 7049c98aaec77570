"""`arrayan classify file`: answers without a database, equal to those of the broker."""

import csv
from pathlib import Path
from typing import Any

import psycopg
import pytest

from classify import registry
from tests.support.command import SAMPLE_NIGHT, Command
from tests.support.rule_classifiers import CHANGE, SIZE, trend_probabilities
from tests.support.ztf_packets import container, packet

HEADER = [
    *("name", "survey", "candid", "classifier", "version", "class", "probability", "failure"),
    *(f"p_{leaf}" for leaf in (*SIZE.leaves, *CHANGE.leaves)),
]


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(registry.CLASSIFIERS):
        monkeypatch.delitem(registry.CLASSIFIERS, name)
    for name, maker in (("size", "SizeClassifier"), ("trend", "TrendClassifier")):
        monkeypatch.setitem(registry.CLASSIFIERS, name, f"tests.support.rule_classifiers:{maker}")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_answers_for_packets_are_those_of_the_broker(
    arrayan: Command, any_database_url: str, tmp_path: Path
) -> None:
    output = tmp_path / "answers.csv"
    ran = arrayan("classify", "file", SAMPLE_NIGHT, "-o", output)
    assert ran.code == 0, ran.err
    rows = rows_of(output)
    assert list(rows[0]) == HEADER
    arrayan("ingest", SAMPLE_NIGHT)
    arrayan("classify", "run", "--once")
    with psycopg.connect(any_database_url) as connection, connection.cursor(binary=True) as cursor:
        stored = cursor.execute(
            "SELECT name, classifier, candid, class, probability FROM latest_classification "
            "JOIN object USING (object_id) ORDER BY name, classifier"
        ).fetchall()
    given = sorted(
        (row["name"], row["classifier"], int(row["candid"]), row["class"], float(row["probability"]))
        for row in rows
        if not row["failure"]
    )
    assert [row[:4] for row in given] == [row[:4] for row in stored]
    assert [row[4] for row in given] == pytest.approx([row[4] for row in stored], rel=1e-6)
    objects = {row["name"] for row in rows}
    assert len(rows) == 2 * len(objects)
    assert {row["failure"] for row in rows} == {"", "no band has 6 detections"}


def test_parquet_holds_the_same(arrayan_alone: Command, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert arrayan_alone("classify", "file", SAMPLE_NIGHT, "-o", tmp_path / "a.csv").code == 0
    ran = arrayan_alone("classify", "file", SAMPLE_NIGHT, "-o", tmp_path / "a.parquet")
    assert ran.code == 0, ran.err
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column_names == HEADER
    as_text = [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in table.to_pylist()
    ]
    assert as_text == rows_of(tmp_path / "a.csv")


def test_what_is_no_alert_is_told_and_costs_no_other(arrayan_alone: Command, tmp_path: Path) -> None:
    (tmp_path / "good.avro").write_bytes(container(packet()))
    (tmp_path / "bad.avro").write_bytes(b"nonsense")
    ran = arrayan_alone("classify", "file", tmp_path / "good.avro", tmp_path / "bad.avro", "-o", tmp_path / "a.csv")
    assert ran.code == 0
    assert "bad.avro[0]@0: no Avro container" in ran.err
    assert "1 packets could not be read." in ran.err
    assert ran.out == f"{tmp_path / 'a.csv'}: 2 rows of 1 objects, 1 of them without an answer.\n"


def table_of(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def detections(name: str, count: int) -> list[dict[str, Any]]:
    return [
        {"name": name, "mjd": 60000 + day, "band": "g", "magnitude": 18 + 0.1 * day, "magnitude_error": 0.05}
        for day in range(count)
    ]


def test_light_curves_may_be_a_table(arrayan_alone: Command, tmp_path: Path) -> None:
    table = table_of(tmp_path / "curves.csv", [*reversed(detections("one", 6)), *detections("two", 3)])
    output = tmp_path / "a.csv"
    ran = arrayan_alone(
        *("classify", "file", table, "--light-curves", "--survey", "ztf"), "--classifier", "trend", "-o", output
    )
    assert ran.code == 0, ran.err
    first, second = rows_of(output)
    assert (first["name"], first["class"], second["failure"]) == ("one", "steady", "no band has 6 detections")
    assert float(first["probability"]) == pytest.approx(trend_probabilities(0.5)["steady"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"band": "H"}, "row 1: band cannot be 'H'"),
        ({"mjd": ""}, "row 1: mjd is empty"),
        ({"magnitude": "bright"}, "row 1: magnitude cannot be 'bright'"),
        ({"is_positive": "perhaps"}, "row 1: is_positive cannot be 'perhaps'"),
    ],
)
def test_a_table_with_a_bad_value_is_refused_with_its_place(
    arrayan_alone: Command, tmp_path: Path, change: dict[str, str], message: str
) -> None:
    table = table_of(tmp_path / "curves.csv", [{**detections("one", 1)[0], **change}])
    ran = arrayan_alone("classify", "file", table, "--light-curves", "--survey", "ztf", "-o", tmp_path / "a.csv")
    assert (ran.code, ran.err) == (1, f"Error: {table}, {message}\n")


def test_a_table_without_a_column_is_refused(arrayan_alone: Command, tmp_path: Path) -> None:
    table = table_of(tmp_path / "curves.csv", [{"name": "one", "mjd": 1.0}])
    ran = arrayan_alone("classify", "file", table, "--light-curves", "--survey", "ztf", "-o", tmp_path / "a.csv")
    assert ran.code == 1
    assert "has no column 'band'" in ran.err


def test_light_curves_need_a_survey_and_the_output_an_ending(arrayan_alone: Command, tmp_path: Path) -> None:
    table = table_of(tmp_path / "curves.csv", detections("one", 6))
    ran = arrayan_alone("classify", "file", table, "--light-curves", "-o", tmp_path / "a.csv")
    assert (ran.code, "--survey" in ran.err) == (2, True)
    ran = arrayan_alone("classify", "file", table, "-o", tmp_path / "a.txt")
    assert (ran.code, ran.err) == (1, f"Error: {tmp_path / 'a.txt'} should end in .csv or .parquet\n")
