"""The periodogram of an object is that of its stored light curve."""

from typing import Any

import numpy as np
import pytest

from domain.periodogram import Measured, periodogram
from tests.support.sample_night import StoredNight

ASKED = """
query($name: String!) { object(name: $name) {
  corrected periodogram { periods powers peaks { period power } }
  lightCurve { detections { mjd band magnitude magnitudeError apparentMagnitude apparentMagnitudeError
    apparentMagnitudeErrorExtended } }
} }
"""


@pytest.mark.parametrize("corrected", [True, False])
def test_it_is_of_the_magnitudes_that_the_rule_names(stored_night: StoredNight, corrected: bool) -> None:
    rows = stored_night.rows(
        "SELECT name FROM object WHERE corrected = %s AND detection_count >= 12 ORDER BY name LIMIT 2", corrected
    )
    assert rows
    for row in rows:
        answer = stored_night.endpoint.ask(ASKED, name=row["name"])["object"]
        kind = "apparentMagnitude" if corrected else "magnitude"
        used = [d for d in answer["lightCurve"]["detections"] if d[kind] is not None]
        expected = periodogram(
            Measured(
                np.array([d["mjd"] for d in used]),
                np.array([d[kind] for d in used]),
                np.array([error_of(d, kind) for d in used]),
                np.array([d["band"] for d in used]),
            )
        )
        if expected is None:
            assert answer["periodogram"] is None
            continue
        assert answer["periodogram"]["peaks"][0]["period"] == pytest.approx(expected.peaks[0].period_days)
        assert answer["periodogram"]["powers"] == pytest.approx(expected.power.tolist())
        assert len(answer["periodogram"]["periods"]) == len(answer["periodogram"]["powers"])


def error_of(detection: dict[str, Any], kind: str) -> float:
    """Bright stars, whose reference is noisier than the difference, have none as point sources."""
    errors = (detection[f"{kind}Error"], detection.get(f"{kind}ErrorExtended"))
    return float(next(error for error in errors if error is not None))


def test_a_bright_star_has_one_although_its_errors_are_not_those_of_point_sources(
    stored_night: StoredNight,
) -> None:
    (row,) = stored_night.rows(
        "SELECT name FROM object JOIN detection USING (object_id) WHERE object.corrected "
        "GROUP BY name HAVING count(apparent_magnitude_error) < 10 AND count(apparent_magnitude) >= 15 "
        "ORDER BY name LIMIT 1"
    )
    assert stored_night.endpoint.ask(ASKED, name=row["name"])["object"]["periodogram"]["peaks"]


def test_few_measurements_have_none(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT name FROM object WHERE detection_count = 1 ORDER BY name LIMIT 1")
    assert stored_night.endpoint.ask(ASKED, name=row["name"])["object"]["periodogram"] is None
