"""Light curves of every shared LSST packet, read back through GraphQL and compared with what fastavro reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from storage.packet_archive import PacketArchive
from tests.support.databases import Backend
from tests.support.endpoint import Endpoint, endpoint
from tests.support.lsst_oracle import RawRow, Told, apparent, finite, magnitude, raw_packets, told
from tests.support.sample_night import take_in

QUERY = """query($names: [String!]!) {
  objectsByName(names: $names, survey: LSST) { name detectionCount firstMjd lastMjd lightCurve {
    detections { candid mjd band ra dec flux fluxError isPositive magnitude magnitudeError apparentMagnitude
      apparentMagnitudeError realBogus hasStamps }
    forcedPhotometry { mjd band flux fluxError magnitude magnitudeError apparentMagnitude apparentMagnitudeError }
    columns { candid mjd band flux fluxError }
  } }
}"""
NAMES_AT_ONCE = 40
REAL32 = 1e-6


class Night(NamedTuple):
    """What the packets tell, and what the endpoint answers, by the object's name."""

    told: Told
    answers: dict[str, Any]


@pytest.fixture(scope="module")
def night(
    backend: Backend, module_database_url: str, shared_alerts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Night:
    del backend
    root = tmp_path_factory.mktemp("lsst_packets")
    take_in(module_database_url, root, shared_alerts / "lsst")
    packets = told(raw_packets(shared_alerts))
    with endpoint(module_database_url, PacketArchive(str(root))) as asked:
        return Night(packets, dict(answers(asked, sorted(packets.detections))))


def answers(asked: Endpoint, names: list[str]) -> Iterator[tuple[str, Any]]:
    for start in range(0, len(names), NAMES_AT_ONCE):
        for node in asked.ask(QUERY, names=names[start : start + NAMES_AT_ONCE])["objectsByName"]:
            yield node["name"], node


def photometry(row: RawRow, magnitude_tolerance: float) -> dict[str, Any]:
    difference, total = magnitude(row["psfFlux"], row["psfFluxErr"]), apparent(row)
    return {
        "mjd": pytest.approx(row["mjd"], abs=1e-9, rel=0),
        "band": row["band"],
        "flux": finite(row["psfFlux"]),
        "fluxError": finite(row["psfFluxErr"]),
        "magnitude": close(difference[0], magnitude_tolerance),
        "magnitudeError": close(difference[1], magnitude_tolerance),
        "apparentMagnitude": close(total[0], 1e-12),
        "apparentMagnitudeError": close(total[1], 1e-12),
    }


def close(value: float | None, tolerance: float) -> Any:
    return None if value is None else pytest.approx(value, rel=tolerance)


def test_detections_are_those_of_all_packets_value_by_value(night: Night) -> None:
    assert night.answers.keys() == night.told.detections.keys()
    for name, rows in night.told.detections.items():
        assert night.answers[name]["lightCurve"]["detections"] == [
            photometry(row, REAL32)
            | {
                "candid": str(row["diaSourceId"]),
                "ra": row["ra"],
                "dec": row["dec"],
                "isPositive": row["psfFlux"] >= 0,
                "realBogus": finite(row["reliability"]),
                "hasStamps": row["has_stamps"],
            }
            for row in rows
        ]


def test_forced_photometry_is_that_of_all_packets(night: Night) -> None:
    for name, answer in night.answers.items():
        rows = night.told.forced_photometry.get(name, [])
        assert answer["lightCurve"]["forcedPhotometry"] == [photometry(row, 1e-12) for row in rows]


def test_columns_and_counts_are_those_of_the_rows(night: Night) -> None:
    for answer in night.answers.values():
        rows = answer["lightCurve"]["detections"]
        assert answer["lightCurve"]["columns"] == {
            column: [row[column] for row in rows] for column in ("candid", "mjd", "band", "flux", "fluxError")
        }
        assert answer["detectionCount"] == len(rows)
        assert (answer["firstMjd"], answer["lastMjd"]) == (rows[0]["mjd"], rows[-1]["mjd"])
