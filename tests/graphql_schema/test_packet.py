"""Every field of a packet, through the endpoint."""

import math
from pathlib import Path
from typing import Any

from tests.graphql_schema.test_stamps import packets
from tests.support.sample_night import StoredNight

PACKET = """
query($name: String!, $candid: ID) {
  object(name: $name) { packet(candid: $candid) { candid mjd band fields { name value } } }
}
"""


def read_back(value: str | None) -> Any:
    return None if value is None else float(value)


def test_fields_are_those_of_the_packet(stored_night: StoredNight, sample_night: Path) -> None:
    for record in list(packets(sample_night))[::60]:
        candid = str(record["candid"])
        answer = stored_night.endpoint.ask(PACKET, name=record["objectId"], candid=candid)["object"]["packet"]
        assert answer["candid"] == candid
        assert answer["mjd"] == record["candidate"]["jd"] - 2400000.5
        fields = {field["name"]: field["value"] for field in answer["fields"]}
        for name, value in record["candidate"].items():
            told = fields[f"candidate.{name}"]
            if isinstance(value, float):
                assert told == "NaN" if math.isnan(value) else read_back(told) == value
            else:
                assert told == (None if value is None else str(value))


def test_an_unknown_alert_has_no_packet(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT name FROM object ORDER BY name LIMIT 1")
    assert stored_night.endpoint.ask(PACKET, name=row["name"], candid="1")["object"]["packet"] is None


def test_without_a_name_it_is_the_first_alert(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows(
        "SELECT o.name, min(a.mjd) AS mjd FROM alert a JOIN object o USING (object_id) "
        "GROUP BY o.name HAVING count(*) > 1 ORDER BY o.name LIMIT 1"
    )
    assert stored_night.endpoint.ask(PACKET, name=row["name"])["object"]["packet"]["mjd"] == row["mjd"]
