"""Light curves of every shared ZTF packet, read back through GraphQL and compared value by value."""

from collections.abc import Iterator
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ingest.worker import IngestReport
from storage.packet_archive import PacketArchive
from tests.support.databases import Backend
from tests.support.endpoint import Endpoint, endpoint
from tests.support.sample_night import take_in
from tests.support.ztf_oracle import Told, ToldLightCurve, Values, records_of, told_light_curves

DETECTION = """candid mjd band ra dec isPositive magnitude magnitudeError limitingMagnitude realBogus deepRealBogus
corrected hasStamps flux fluxError apparentMagnitude apparentMagnitudeError apparentMagnitudeErrorExtended"""
NON_DETECTION = "mjd band limitingMagnitude"
FORCED_PHOTOMETRY = """mjd band flux fluxError magnitude magnitudeError isPositive apparentMagnitude
apparentMagnitudeError limitingMagnitude"""
COMPUTED = {
    "flux",
    "fluxError",
    "magnitude",  # of forced photometry; a measured one has 32 bits, which differ by more than this tolerance
    "magnitudeError",
    "apparentMagnitude",
    "apparentMagnitudeError",
    "apparentMagnitudeErrorExtended",
}
TOLERANCE = 1e-9
NAMES_AT_ONCE = 250


class RealAlerts(NamedTuple):
    """The shared packets in a database, and what they tell."""

    endpoint: Endpoint
    report: IngestReport
    files: list[Path]
    told: dict[str, ToldLightCurve]

    def curves(self, kind: str, fields: str) -> Iterator[tuple[str, Any]]:
        """Part of every object's light curve, by its name."""
        query = f"""query($names: [String!]!) {{
          objectsByName(names: $names) {{ lightCurve {{ {kind} {{ {fields} }} }} }}
        }}"""
        names = sorted(self.told)
        for start in range(0, len(names), NAMES_AT_ONCE):
            chunk = names[start : start + NAMES_AT_ONCE]
            for name, node in zip(chunk, self.endpoint.ask(query, names=chunk)["objectsByName"], strict=True):
                yield name, node["lightCurve"][kind]


@pytest.fixture(scope="module")
def real_alerts(
    backend: Backend, module_database_url: str, shared_alerts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealAlerts]:
    root = tmp_path_factory.mktemp("real_packets")
    report = take_in(module_database_url, root, shared_alerts / "ztf")
    files = sorted(path for path in (shared_alerts / "ztf").rglob("*") if path.suffix in (".avro", ".parquet"))
    with endpoint(module_database_url, PacketArchive(str(root))) as asked:
        yield RealAlerts(asked, report, files, told_light_curves(files))


def test_every_packet_is_stored_once(real_alerts: RealAlerts) -> None:
    alerts = [(record["objectId"], record["candidate"]["candid"]) for record in records_of(real_alerts.files)]
    stored = len(set(alerts))
    dead = real_alerts.report.dead_letters  # rows of Parquet with rounded identifiers
    assert real_alerts.report == (len(alerts) + dead, stored, len(alerts) - stored, dead)


def test_every_object_is_there(real_alerts: RealAlerts) -> None:
    answer = real_alerts.endpoint.ask("{ objects(first: 0) { totalCount { value } } }")
    assert answer == {"objects": {"totalCount": {"value": len(real_alerts.told)}}}


def test_detections_are_those_of_all_packets_value_by_value(real_alerts: RealAlerts) -> None:
    for name, rows in real_alerts.curves("detections", DETECTION):
        keys = [(int(row["candid"]), row["mjd"]) for row in rows]
        assert_told(name, dict(zip(keys, rows, strict=True)), real_alerts.told[name].detections)
        assert len(keys) == len(set(keys))
        assert [row["mjd"] for row in rows] == sorted(row["mjd"] for row in rows)


def test_non_detections_are_those_of_all_packets(real_alerts: RealAlerts) -> None:
    for name, rows in real_alerts.curves("nonDetections", NON_DETECTION):
        assert_same_rows(name, rows, real_alerts.told[name].non_detections)


def test_forced_photometry_is_that_of_all_packets(real_alerts: RealAlerts) -> None:
    seen = 0
    for name, rows in real_alerts.curves("forcedPhotometry", FORCED_PHOTOMETRY):
        assert_same_rows(name, rows, real_alerts.told[name].forced_photometry)
        seen += len(rows)
    assert seen > 400


def test_columns_hold_the_same_as_the_rows(real_alerts: RealAlerts) -> None:
    columns = """candid band mjd magnitude magnitudeError apparentMagnitude apparentMagnitudeError flux fluxError"""
    rows_of = dict(real_alerts.curves("detections", columns))
    for name, arrays in real_alerts.curves("columns", columns):
        assert arrays == {column: [row[column] for row in rows_of[name]] for column in columns.split()}


def test_counts_of_objects_and_bands_are_those_of_the_light_curves(real_alerts: RealAlerts) -> None:
    names = sorted(real_alerts.told)[:NAMES_AT_ONCE]
    answer = real_alerts.endpoint.ask(
        """query($names: [String!]!) {
          objectsByName(names: $names) {
            detectionCount nonDetectionCount firstMjd lastMjd bandStatistics { band detectionCount }
          }
        }""",
        names=names,
    )
    for name, node in zip(names, answer["objectsByName"], strict=True):
        detections = [values[0] for values in real_alerts.told[name].detections.answers().values()]
        times = [row["mjd"] for row in detections]
        bands = [row["band"] for row in detections]
        assert node == {
            "detectionCount": len(detections),
            "nonDetectionCount": len(real_alerts.told[name].non_detections.best),
            "firstMjd": min(times),
            "lastMjd": max(times),
            "bandStatistics": [
                {"band": band, "detectionCount": bands.count(band)} for band in "gri" if band in bands
            ],
        }


def assert_told(name: str, rows: dict[Any, Values], told: Told) -> None:
    """Every row is one that the packets tell with the best right to be believed, and none is missing."""
    answers = told.answers()
    assert rows.keys() == answers.keys(), name
    for key, row in rows.items():
        assert any(is_same(row, values) for values in answers[key]), (name, row, answers[key])


def assert_same_rows(name: str, rows: list[Values], told: Told) -> None:
    """Rows without identifiers, matched in order of time and band; of several images at once, in any order."""
    answers = list(told.answers().values())
    assert len(rows) == len(answers), name
    left = list(answers)
    for row in rows:
        place = next((i for i, told_ in enumerate(left) if any(is_same(row, values) for values in told_)), None)
        assert place is not None, (name, row)
        del left[place]


def is_same(row: Values, values: Values) -> bool:
    assert row.keys() == values.keys()
    return all(_equal(row[name], value, name in COMPUTED) for name, value in values.items())


def _equal(ours: Any, theirs: Any, computed: bool) -> bool:
    if computed and ours is not None and theirs is not None:
        return isclose(ours, theirs, rel_tol=TOLERANCE)
    return bool(ours == theirs)
