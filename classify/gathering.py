"""Subjects from alerts alone, without a database: merged by the rules of the store, so that both answer alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import REAL

from classify.classifier import Need, Subject
from domain.alert import Alert
from domain.classification import Deferral, Failure
from domain.growth import FIRST_DETECTIONS
from domain.light_curve import LightCurve, StoredDetection, StoredForcedPhotometry, StoredNonDetection
from domain.packet import ReceivedAlert
from domain.tally import CountedDetection, ObjectTally
from storage.alert_store import (
    DETECTION_ROWS,
    FORCED_PHOTOMETRY_ROWS,
    NON_DETECTION_ROWS,
    detection_rows,
    forced_photometry_rows,
    non_detection_rows,
)
from storage.copying import Row, Staging

NO_STAMPS = "none of its alerts has stamps"
TOO_FEW = f"no band has {FIRST_DETECTIONS} detections"


class GatheredAlerts:
    """Alerts by object. Of the stamps only those of each object's first alert are kept."""

    def __init__(self) -> None:
        self._alerts: dict[int, list[ReceivedAlert]] = {}
        self._first: dict[int, Alert] = {}

    def __len__(self) -> int:
        return len(self._alerts)

    def add(self, received: ReceivedAlert) -> None:
        """Take an alert in, in any order; again changes nothing."""
        alert = received.alert
        if alert.stamps:
            held = self._first.get(alert.object_id)
            if held is None or _place(alert) < _place(held):
                self._first[alert.object_id] = alert
        bare = received._replace(alert=replace(alert, stamps={}), packet=received.packet._replace(datum=b""))
        self._alerts.setdefault(alert.object_id, []).append(bare)

    def subjects(self, needs: Need) -> Iterator[Subject | Failure | Deferral]:
        """What a classifier with such needs is given of each object; the reason where it would not be asked."""
        for object_id, alerts in self._alerts.items():
            yield self._subject(object_id, alerts, needs)

    def name_of(self, object_id: int) -> tuple[str, str]:
        """Survey and name of an object."""
        alert = self._alerts[object_id][0].alert
        return alert.survey.value, alert.object_name

    def _subject(
        self, object_id: int, alerts: Sequence[ReceivedAlert], needs: Need
    ) -> Subject | Failure | Deferral:
        first = self._first.get(object_id)
        if Need.LIGHT_CURVE not in needs:
            if first is None:
                return Failure(object_id, NO_STAMPS)
            return Subject(object_id, first.survey, first.object_name, first.candid, first, None)
        curve = light_curve_of(alerts)
        if max(Counter(row.band for row in curve.detections).values()) < FIRST_DETECTIONS:
            return Deferral(object_id, TOO_FEW)
        last = max((received.alert for received in alerts), key=_place)
        shown = first if needs & (Need.STAMPS | Need.METADATA) else None
        return Subject(object_id, last.survey, last.object_name, last.candid, shown, curve)


def light_curve_of(alerts: Sequence[ReceivedAlert]) -> LightCurve:
    """The light curve that the store would have after some alerts of one object."""
    detections = _values(DETECTION_ROWS, detection_rows(alerts))
    limits = _values(NON_DETECTION_ROWS, non_detection_rows(alerts))
    forced = _values(FORCED_PHOTOMETRY_ROWS, forced_photometry_rows(alerts))
    return LightCurve(
        _flagged([StoredDetection(**_chosen(row, StoredDetection._fields)) for row in detections], detections),
        [StoredNonDetection(**_chosen(row, StoredNonDetection._fields)) for row in limits],
        [StoredForcedPhotometry(**_chosen(row, StoredForcedPhotometry._fields)) for row in forced],
    )


def _flagged(rows: Sequence[StoredDetection], values: Sequence[dict[str, Any]]) -> list[StoredDetection]:
    """Detections with the dubious flags that the store gives them."""
    counted = [CountedDetection(**_chosen(row, CountedDetection._fields)) for row in values]
    flags = ObjectTally(counted[0].object_id).add(counted) if counted else []
    dubious = {detection.place_in_time: flag for detection, flag in flags}
    return [row._replace(dubious=dubious[row.mjd, row.candid]) for row in rows]


def _chosen(row: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {field: row[field] for field in fields}


def _values(staging: Staging, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows by column in the order of time (and of their identifiers), with the precision of the columns."""
    single = _single_precision(staging.table)
    return [
        {
            name: np.float32(value).item() if name in single and value is not None else value
            for name, value in zip(staging.columns, row, strict=True)
        }
        for row in sorted(rows, key=lambda row: (row[1], row[2]))
    ]


def _single_precision(table: Table) -> set[str]:
    return {column.name for column in table.columns if isinstance(column.type, REAL)}


def _place(alert: Alert) -> tuple[float, int]:
    return alert.detection.mjd, alert.detection.candid
