"""The late classifier as people run it."""

import csv
import json
from pathlib import Path

import psycopg
import pytest

from domain.classification import split_feature
from tests.support.command import SAMPLE_NIGHT, Command


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_night_is_answered_for_as_it_is_without_a_database(
    arrayan: Command, any_database_url: str, tmp_path: Path
) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    done = json.loads(arrayan("classify", "run", "--once", "--json", "--classifier", "late").last_line)
    assert (done["failed"], done["answered"] > 0) == (0, True)
    output = tmp_path / "answers.csv"
    assert arrayan("classify", "file", SAMPLE_NIGHT, "--classifier", "late", "-o", output).code == 0
    given = {row["name"]: float(row["probability"]) for row in rows_of(output) if not row["failure"]}
    with psycopg.connect(any_database_url) as connection:
        rows = connection.execute(
            "SELECT name, probability FROM latest_classification JOIN object USING (object_id)"
        ).fetchall()
        names = connection.execute("SELECT unnest(feature_names) FROM classifier WHERE name = 'late'").fetchall()
        defined = {name for (name,) in connection.execute("SELECT name FROM feature_definition")}
    assert dict(rows) == pytest.approx(given, abs=1e-3)
    assert len(names) >= 150
    assert {split_feature(name)[0] for (name,) in names} <= defined


def test_a_table_of_light_curves_needs_no_alerts(arrayan_alone: Command, tmp_path: Path) -> None:
    table = tmp_path / "curves.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "mjd", "band", "magnitude", "magnitude_error"])
        for day in range(0, 80, 3):
            fading = 0.016 * (day - 15) ** 2 if day < 15 else 0.05 * (day - 15)
            writer.writerows([["rising", 60000 + day, band, 17.5 + fading, 0.03] for band in "gr"])
        writer.writerows([["short", 60000 + day, "i", 18, 0.03] for day in range(6)])
    output = tmp_path / "answers.csv"
    ran = arrayan_alone(
        *("classify", "file", table, "--light-curves", "--survey", "ztf"), "--classifier", "late", "-o", output
    )
    assert ran.code == 0, ran.err
    rising, short = rows_of(output)
    assert rising["class"].startswith("S")
    assert short["failure"] == "0 usable detections in g and 0 in r; 6 in one of them are needed"
