"""The schemas that come with Arrayán are those the survey publishes."""

import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from domain.dead_letter import MalformedPacket, Reason
from surveys.schema_registry import BUNDLED_SCHEMAS

IDS = [700, 701, 702, 703, 704, 800, 900, 1000, 1001, 1100, 1101]
DERIVED = "10.1"
"""Its files are not published; it stands in Rubin's own example of that version."""


def test_every_version_is_there_under_the_id_of_the_survey() -> None:
    assert {number: schema.name for number, schema in BUNDLED_SCHEMAS.all().items()} == {
        number: f"lsst.v{number // 100}_{number % 100}.alert" for number in IDS
    }


def test_an_unknown_id_is_refused_by_name() -> None:
    with pytest.raises(MalformedPacket, match="schema 12345") as caught:
        BUNDLED_SCHEMAS.schema(12345)
    assert caught.value.reason == Reason.UNKNOWN_SCHEMA


def test_they_are_those_of_the_survey_without_its_words(shared_alerts: Path) -> None:
    for number in IDS:
        version = f"{number // 100}.{number % 100}"
        if version != DERIVED:
            assert flat(bundled(version)) == flat(published(shared_alerts / "schemas" / "lsst", version))


def test_the_one_that_is_not_published_is_that_of_the_survey_s_example(shared_alerts: Path) -> None:
    example = shared_alerts / "odd" / "lsst_synthetic_official" / "fakeAlert_v10_1.avro"
    with example.open("rb") as stream:
        embedded = json.loads(fastavro.reader(stream).metadata["avro.schema"])
    assert flat(bundled(DERIVED)) == flat(embedded)


def test_they_hold_names_and_types_only() -> None:
    def keys(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(keys, schema))
        return set(schema).union(*map(keys, schema.values())) if isinstance(schema, dict) else set()

    for schema in BUNDLED_SCHEMAS.all().values():
        assert keys(json.loads(schema.text)) <= {"type", "name", "namespace", "fields", "items", "logicalType"}


def bundled(version: str) -> Any:
    major, minor = map(int, version.split("."))
    return json.loads(BUNDLED_SCHEMAS.version(major, minor).text)


def published(folder: Path, version: str) -> Any:
    name = version.replace(".", "_")
    return fastavro.schema.load_schema(str(folder / name / f"lsst.v{name}.alert.avsc"))


def flat(schema: Any) -> Any:
    """Every record by its full name, with the names and types of its fields in their order."""
    records: dict[str, Any] = {}

    def type_of(kind: Any, space: str) -> Any:
        if isinstance(kind, list):
            return [type_of(branch, space) for branch in kind]
        if not isinstance(kind, dict):
            return kind
        if kind["type"] == "array":
            return {"items": type_of(kind["items"], space)}
        if kind["type"] != "record":
            logical = kind.get("logicalType")
            return (type_of(kind["type"], space), logical) if logical else type_of(kind["type"], space)
        space = kind.get("namespace", space)
        name = kind["name"] if "." in kind["name"] else f"{space}.{kind['name']}"
        records[name] = [
            (field["name"], type_of(field["type"], name.rpartition(".")[0])) for field in kind["fields"]
        ]
        return name

    return type_of(schema, ""), records
