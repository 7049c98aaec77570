"""Medians of light curves, which are computed when they are asked for."""

import statistics
from collections.abc import Sequence

from tests.support.sample_night import StoredNight

QUERY = """{
  objects(first: 100) { nodes {
    bandStatistics { band magnitudeMedian apparentMagnitudeMedian }
    lightCurve { columns { band magnitude apparentMagnitude } }
  } }
}"""


def median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def test_medians_are_those_of_the_light_curve(stored_night: StoredNight) -> None:
    nodes = stored_night.endpoint.ask(QUERY)["objects"]["nodes"]
    assert nodes
    for node in nodes:
        columns = node["lightCurve"]["columns"]
        for band in node["bandStatistics"]:
            chosen = [index for index, name in enumerate(columns["band"]) if name == band["band"]]
            assert band["magnitudeMedian"] == median([columns["magnitude"][index] for index in chosen])
            assert band["apparentMagnitudeMedian"] == median(
                [columns["apparentMagnitude"][index] for index in chosen]
            )
