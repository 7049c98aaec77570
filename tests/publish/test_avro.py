"""Events as bytes: read back by another library, under the schema that is published."""

import io
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest

from domain.event import Event
from domain.light_curve import StoredDetection
from domain.sky_object import SkyObject
from domain.survey import SurveyName
from publish.avro import KINDS, in_container, in_wire_format, schema_of
from publish.messages import classified, detected
from storage.classifications import StoredClassification

AT = datetime(2026, 11, 5, 3, 12, 45, 123456, UTC)
EVENT = Event(7, AT, -5, 10**18, 61000.25, 3, 0.75, "SN", None)


def fields(kind: Any, **known: Any) -> dict[str, Any]:
    """A row in which every field that a test does not name is null."""
    return {**dict.fromkeys(kind._fields), **known}


OBJECT = SkyObject(
    **fields(
        SkyObject,
        object_id=-5,
        survey=SurveyName.ZTF,
        name="ZTF20aaaaaaa",
        ra=10.5,
        dec=-20.25,
        detection_count=4,
        first_mjd=60999.5,
        last_mjd=61000.25,
    )
)
ANSWER = StoredClassification(-5, "early", "1.0", 3, 10**18, 61000.25, AT, ["SN", "AGN"], [0.75, 0.25])
DETECTION = StoredDetection(
    **fields(
        StoredDetection,
        object_id=-5,
        candid=10**18,
        mjd=61000.25,
        band="g",
        ra=10.5,
        dec=-20.25,
        magnitude=18.5,
        is_positive=True,
    )
)
RECORDS = {"classified": classified(EVENT, OBJECT, ANSWER), "detected": detected(EVENT, OBJECT, DETECTION)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_container_is_read_by_whoever_knows_nothing_of_us(kind: str) -> None:
    content = in_container(kind, RECORDS[kind])
    (record,) = fastavro.reader(io.BytesIO(content))
    assert record == RECORDS[kind]
    assert in_container(kind, RECORDS[kind]) == content


@pytest.mark.parametrize("kind", KINDS)
def test_the_wire_format_names_the_schema_by_its_id(kind: str) -> None:
    content = in_wire_format({"classified": 7, "detected": 300})(kind, RECORDS[kind])
    assert content[:5] == b"\0" + {"classified": 7, "detected": 300}[kind].to_bytes(4, "big")
    record = fastavro.schemaless_reader(io.BytesIO(content[5:]), schema_of(kind), None)
    assert record == RECORDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str) -> None:
    assert [field["name"] for field in schema_of(kind)["fields"] if not field["doc"].endswith(".")] == []
    assert {field["name"] for field in schema_of(kind)["fields"]} == set(RECORDS[kind])
