"""Stamps: the pixels of the packet, and where to fetch them."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import fastavro
import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from tests.support.sample_night import StoredNight

KINDS = {"SCIENCE": "cutoutScience", "TEMPLATE": "cutoutTemplate", "DIFFERENCE": "cutoutDifference"}
STAMPS = """
query($name: String!, $candid: ID) {
  object(name: $name) {
    stamps(candid: $candid) {
      candid mjd band
      SCIENCE: stamp(kind: SCIENCE) { ...all }
      TEMPLATE: stamp(kind: TEMPLATE) { ...all }
      DIFFERENCE: stamp(kind: DIFFERENCE) { ...all }
    }
  }
}
fragment all on Stamp { kind width height fitsUrl pngUrl pixels }
"""


def packets(night: Path) -> Iterator[dict[str, Any]]:
    """The records of a night, read without any code of ours."""
    with tarfile.open(night) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            for record in fastavro.reader(file):
                yield cast(dict[str, Any], record)


def pixels_of(record: dict[str, Any], field: str) -> NDArray[np.float32]:
    with fits.open(io.BytesIO(gzip.decompress(record[field]["stampData"])), ignore_missing_simple=True) as hdus:
        return np.array(hdus[0].data)


def test_pixels_are_those_of_the_packet(stored_night: StoredNight, sample_night: Path) -> None:
    seen_shapes = set()
    for record in list(packets(sample_night))[::12]:
        candid = str(record["candid"])
        stamps = stored_night.endpoint.ask(STAMPS, name=record["objectId"], candid=candid)["object"]["stamps"]
        assert stamps["candid"] == candid
        assert stamps["mjd"] == record["candidate"]["jd"] - 2400000.5
        assert stamps["band"] == {1: "g", 2: "r", 3: "i"}[record["candidate"]["fid"]]
        for kind, field in KINDS.items():
            pixels = pixels_of(record, field)
            seen_shapes.add(pixels.shape)
            expected = [float(value) if np.isfinite(value) else None for value in pixels.ravel()]
            address = f"/stamps/ztf/{candid}/{kind.lower()}"
            assert stamps[kind] == {
                "kind": kind,
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                "fitsUrl": f"{address}.fits",
                "pngUrl": f"{address}.png",
                "pixels": expected,
            }
    assert (63, 63) in seen_shapes


def test_first_alert_with_stamps_is_taken_when_none_is_named(stored_night: StoredNight, sample_night: Path) -> None:
    first: dict[str, tuple[float, int]] = {}
    for record in packets(sample_night):
        key = (record["candidate"]["jd"], record["candid"])
        first[record["objectId"]] = min(key, first.get(record["objectId"], key))
    answer = stored_night.endpoint.ask(
        "query($names: [String!]!) { objectsByName(names: $names) { name stamps { candid } } }", names=list(first)
    )
    found = {node["name"]: node["stamps"]["candid"] for node in answer["objectsByName"]}
    assert found == {name: str(candid) for name, (_, candid) in first.items()}


def test_only_alerts_of_the_object_have_stamps_there(stored_night: StoredNight) -> None:
    ours, other = stored_night.rows(
        "SELECT DISTINCT ON (object_id) name, candid::text FROM alert JOIN object USING (object_id) "
        "ORDER BY object_id LIMIT 2"
    )
    (history,) = stored_night.rows(
        "SELECT o.name, d.candid::text FROM detection d JOIN object o USING (object_id) "
        "WHERE NOT d.has_stamps ORDER BY d.candid LIMIT 1"
    )
    for name, candid in (
        (ours["name"], other["candid"]),
        (history["name"], history["candid"]),
        (ours["name"], "0"),
        (ours["name"], "-1"),
        (ours["name"], str(2**63 - 1)),
    ):
        assert stored_night.endpoint.ask(STAMPS, name=name, candid=candid) == {"object": {"stamps": None}}


@pytest.mark.parametrize("candid", ["", "one", "1.5", "1e3", " 1", "٧", str(2**63), "9" * 5000])
def test_a_candid_that_is_no_number_is_refused(stored_night: StoredNight, candid: str) -> None:
    (row,) = stored_night.rows("SELECT name FROM object LIMIT 1")
    refusal = stored_night.endpoint.refusal(STAMPS, name=row["name"], candid=candid)
    assert refusal.code == "BAD_USER_INPUT"
    assert refusal.message.startswith("candid must be")


def test_candids_may_come_as_numbers_of_json(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT name, candid FROM alert JOIN object USING (object_id) LIMIT 1")
    answer = stored_night.endpoint.ask(STAMPS, name=row["name"], candid=row["candid"])
    assert answer["object"]["stamps"]["candid"] == str(row["candid"])
