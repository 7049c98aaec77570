"""Light curves are read by window and band, in order of time, for many objects at once."""

from pathlib import Path
from typing import Any

import pytest

from domain.band import Band
from domain.light_curve import StoredDetection, StoredForcedPhotometry, StoredNonDetection, Window
from domain.time import datetime_from_mjd
from storage.light_curves import (
    DETECTIONS,
    FORCED_PHOTOMETRY,
    NON_DETECTIONS,
    columns_of,
    detection_by_key,
    detections_of,
    forced_photometry_of,
    non_detections_of,
)
from tests.support.reading import ask
from tests.support.storing import alert_store, small_sky_received
from tests.support.ztf_packets import forced, packet, previous, received, upper_limit

ALERTS = [item.alert for item in small_sky_received()]
IDS = sorted({alert.object_id for alert in ALERTS})
TABLES = {
    detections_of: DETECTIONS,
    non_detections_of: NON_DETECTIONS,
    forced_photometry_of: FORCED_PHOTOMETRY,
}


@pytest.fixture(scope="module")
def url(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    with alert_store(module_database_url, tmp_path_factory.mktemp("archive")) as store:
        store.store(small_sky_received())
    return module_database_url


def test_every_row_equals_what_the_packet_said(database_url: str, tmp_path: Path) -> None:
    item = received(packet(prv_candidates=[previous(), upper_limit()], fp_hists=[forced()]))
    with alert_store(database_url, tmp_path) as store:
        store.store([item])
    alert = item.alert
    key = alert.object_id

    def stored(detection: object) -> StoredDetection:
        said = detection._asdict()  # type: ignore[attr-defined]
        return StoredDetection(
            object_id=key, dubious=False, **{k: v for k, v in said.items() if k in StoredDetection._fields}
        )

    assert ask(database_url, lambda reader: detections_of(reader, [key])) == {
        key: [stored(alert.previous_detections[0]), stored(alert.detection)]
    }
    (limit,) = alert.non_detections
    assert ask(database_url, lambda reader: non_detections_of(reader, [key])) == {
        key: [StoredNonDetection(key, *limit[1:])]
    }
    (measured,) = alert.forced_photometry
    assert ask(database_url, lambda reader: forced_photometry_of(reader, [key])) == {
        key: [StoredForcedPhotometry(key, *measured[1:])]
    }


@pytest.mark.parametrize(
    "window",
    [
        Window(),
        Window(bands=(Band.g,)),
        Window(bands=(Band.r, Band.z)),
        Window(bands=()),
        Window(after_mjd=ALERTS[2].detection.mjd),
        Window(before_mjd=ALERTS[2].detection.mjd),
        Window(after_mjd=ALERTS[2].detection.mjd, before_mjd=ALERTS[2].detection.mjd),
        Window(after_mjd=59001.0, before_mjd=59000.0),
        Window(after_mjd=-1e300, before_mjd=1e300),
        Window(after_mjd=float("-inf"), before_mjd=float("inf")),
        Window(after_mjd=float("nan")),
    ],
)
def test_a_window_cuts_every_part_of_a_light_curve(url: str, window: Window) -> None:
    whole = ask(url, lambda reader: detections_of(reader, IDS))
    assert sorted(whole) == IDS

    def inside(mjd: float, band: str) -> bool:
        return (
            (window.bands is None or band in window.bands)
            and (window.after_mjd is None or mjd >= window.after_mjd)
            and (window.before_mjd is None or mjd <= window.before_mjd)
        )

    assert all([row.mjd for row in rows] == sorted(row.mjd for row in rows) for rows in whole.values())
    for read in (detections_of, non_detections_of, forced_photometry_of):
        everything: dict[int, list[Any]] = ask(url, lambda reader, read=read: read(reader, IDS))  # type: ignore[misc]
        cut = {key: [row for row in rows if inside(row.mjd, row.band)] for key, rows in everything.items()}
        found = ask(url, lambda reader, read=read: read(reader, IDS, window))  # type: ignore[misc]
        assert found == {key: rows for key, rows in cut.items() if rows}
        for ids in (IDS, IDS[:1]):
            columns = ask(url, lambda reader, ids=ids, table=TABLES[read]: columns_of(reader, table, ids, window))  # type: ignore[misc]
            assert {key: list(zip(*columns[key].values(), strict=True)) for key in columns} == {
                key: list(map(tuple, found[key])) for key in ids if key in found
            }


def test_only_the_columns_that_are_chosen_are_read(url: str) -> None:
    whole = ask(url, lambda reader: detections_of(reader, IDS))
    chosen = ask(url, lambda reader: columns_of(reader, DETECTIONS, IDS, columns={"flux", "band", "magnitude"}))
    assert chosen == {
        key: {
            "object_id": [key] * len(rows),
            **{name: [getattr(row, name) for row in rows] for name in ("band", "magnitude", "flux")},
        }
        for key, rows in whole.items()
    }
    none = ask(url, lambda reader: columns_of(reader, DETECTIONS, IDS, columns=()))
    assert {key: len(columns["object_id"]) for key, columns in none.items()} == {
        key: len(rows) for key, rows in whole.items()
    }


def test_unknown_objects_are_missing(url: str) -> None:
    assert ask(url, lambda reader: detections_of(reader, [1, 2])) == {}
    assert ask(url, lambda reader: detections_of(reader, [])) == {}


def test_one_detection_by_its_key(url: str) -> None:
    own = ALERTS[0].detection
    when = datetime_from_mjd(own.mjd)
    found = ask(url, lambda reader: detection_by_key(reader, ALERTS[0].object_id, own.candid, when))
    assert found is not None
    assert (found.object_id, found.candid, found.mjd) == (ALERTS[0].object_id, own.candid, own.mjd)
    assert ask(url, lambda reader: detection_by_key(reader, ALERTS[0].object_id, 1, when)) is None
