"""Windows of light curves: bands and times, and the columns beside the rows."""

from itertools import product
from typing import Any

import pytest

from domain.time import datetime_from_mjd
from tests.support.sample_night import StoredNight

CURVE = """
query($name: String!, $bands: [Band!], $afterMjd: Float, $beforeMjd: Float) {
  object(name: $name) {
    lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd) {
      detections { candid mjd time band magnitude dubious }
      nonDetections { mjd time band limitingMagnitude }
      forcedPhotometry { mjd time band flux }
      columns { candid mjd band magnitude }
    }
  }
}
"""


@pytest.fixture(scope="module")
def name(stored_night: StoredNight) -> str:
    """An object with detections in two bands, limits and forced photometry."""
    rows = stored_night.rows(
        "SELECT o.name FROM object o JOIN forced_photometry USING (object_id) WHERE non_detection_count > 5 "
        "AND (SELECT count(*) FROM band_statistics b WHERE b.object_id = o.object_id AND detection_count > 2) > 1 "
        "GROUP BY o.name ORDER BY count(*) DESC LIMIT 1"
    )
    found = rows[0]["name"]
    assert isinstance(found, str)
    return found


def stored_curve(night: StoredNight, name: str) -> dict[str, list[dict[str, Any]]]:
    """The whole light curve as SQL tells it."""
    columns = {
        "detections": ("detection", "d.candid::text, d.magnitude, d.dubious", "candid"),
        "nonDetections": ("non_detection", 'd.limiting_magnitude AS "limitingMagnitude"', "measurement_id"),
        "forcedPhotometry": ("forced_photometry", "d.flux", "measurement_id"),
    }
    return {
        kind: [
            {**row, "time": datetime_from_mjd(row["mjd"]).isoformat()}
            for row in night.rows(
                f"SELECT d.mjd, d.band, {fields} FROM {table} d JOIN object o USING (object_id) "
                f"WHERE o.name = %s ORDER BY d.mjd, d.{key}",
                name,
            )
        ]
        for kind, (table, fields, key) in columns.items()
    }


def test_whole_light_curve_is_every_row_in_order_of_time(stored_night: StoredNight, name: str) -> None:
    curve = stored_night.endpoint.ask(CURVE, name=name)["object"]["lightCurve"]
    columns = curve.pop("columns")
    assert curve == stored_curve(stored_night, name)
    assert columns == {column: [row[column] for row in curve["detections"]] for column in columns}
    assert all(len(rows) > 2 for rows in curve.values())


@pytest.mark.parametrize("bands", [None, [], ["g"], ["r", "g"], ["u", "i", "z", "y"]])
def test_windows_hold_what_lies_in_them_with_their_ends(
    stored_night: StoredNight, name: str, bands: list[str] | None
) -> None:
    whole = stored_curve(stored_night, name)
    times = sorted({row["mjd"] for rows in whole.values() for row in rows})
    ends = [None, times[0], times[len(times) // 3], times[len(times) // 2] + 1e-6, times[-1]]
    for after, before in product(ends, ends):
        asked = stored_night.endpoint.ask(CURVE, name=name, bands=bands, afterMjd=after, beforeMjd=before)
        curve = asked["object"]["lightCurve"]
        columns = curve.pop("columns")
        assert curve == {
            kind: [
                row
                for row in rows
                if (bands is None or row["band"] in bands)
                and (after is None or row["mjd"] >= after)
                and (before is None or row["mjd"] <= before)
            ]
            for kind, rows in whole.items()
        }
        assert columns["candid"] == [row["candid"] for row in curve["detections"]]


@pytest.mark.parametrize(("after", "before"), [(1e300, None), (None, -1e300), (99_999.5, 100_001.0), (-5.0, -4.0)])
def test_windows_beyond_the_survey_are_empty(
    stored_night: StoredNight, name: str, after: float | None, before: float | None
) -> None:
    curve = stored_night.endpoint.ask(CURVE, name=name, afterMjd=after, beforeMjd=before)["object"]["lightCurve"]
    assert (curve["detections"], curve["nonDetections"], curve["forcedPhotometry"]) == ([], [], [])


def test_windows_of_the_same_object_do_not_mix(stored_night: StoredNight, name: str) -> None:
    answer = stored_night.endpoint.ask(
        """query($name: String!) { object(name: $name) {
          g: lightCurve(bands: [g]) { detections { band } }
          r: lightCurve(bands: [r]) { detections { band } }
          both: lightCurve(bands: [g, r]) { detections { band } }
        } }""",
        name=name,
    )["object"]
    bands = {alias: {row["band"] for row in curve["detections"]} for alias, curve in answer.items()}
    assert bands == {"g": {"g"}, "r": {"r"}, "both": {"g", "r"}}
    counts = {alias: len(curve["detections"]) for alias, curve in answer.items()}
    assert counts["g"] + counts["r"] == counts["both"]
