"""Storing a batch of alerts: all of it, or nothing.

Writing an alert again, in any order among others, changes nothing. Where two packets tell of the same
measurement, one rule decides whoever came first: a detection's own alert over the shortened copies in later
packets' histories, then the copy of the earliest packet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg import Connection, DataError
from psycopg.errors import NotNullViolation

from domain.alert import Detection, ForcedPhotometry, NonDetection
from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert
from domain.sky import healpix
from domain.stamp import StampKind
from domain.tally import CountedDetection, CountedLimit
from domain.time import datetime_from_mjd
from runtime.metrics import stage
from storage.catalog_matches import match_new_objects
from storage.classification_work import queue_work
from storage.copying import ANY_UNIQUE_KEY, Rank, Row, Staging, insert_missing, merge
from storage.dead_letters import add_dead_letters
from storage.events import add_detected
from storage.nights import count_stored
from storage.packet_archive import PacketArchive, single_record_container
from storage.past_tallies import KeptSince
from storage.summaries import OBJECT_TALLY_COLUMNS, refresh_summaries
from storage.tables import alert, detection, forced_photometry, non_detection, sky_object

DETECTION_KEY = ("object_id", "ts", "candid")
MEASUREMENT_KEY = ("object_id", "ts", "measurement_id")

DETECTION_ROWS = Staging(
    detection,
    ("object_id", "ts", "candid", "parent_candid", "hpx", "dubious", *Detection._fields[1:]),
)
NON_DETECTION_ROWS = Staging(
    non_detection, ("object_id", "ts", "measurement_id", "parent_candid", *NonDetection._fields[1:])
)
FORCED_PHOTOMETRY_ROWS = Staging(
    forced_photometry, ("object_id", "ts", "measurement_id", "parent_candid", *ForcedPhotometry._fields[1:])
)
OBJECT_ROWS = Staging(
    sky_object,
    (
        "object_id",
        "survey",
        "name",
        "ra",
        "dec",
        "hpx",
        "detection_count",
        "non_detection_count",
        "first_mjd",
        "last_mjd",
        "corrected",
        *OBJECT_TALLY_COLUMNS,
    ),
    name="stage_new_object",
)
ALERT_ROWS = Staging(
    alert,
    (
        "object_id",
        "candid",
        "mjd",
        "band",
        "archive_file",
        "packet_offset",
        "packet_length",
        "stamp_spans",
    ),
)

# A detection's own alert has its own candid for a parent; one with stamps says most.
BETTER_DETECTION = Rank(
    ("candid", "parent_candid", "has_stamps"),
    lambda candid, parent, has_stamps: (parent != candid, not has_stamps, parent),
)
EARLIER_PARENT = Rank(("parent_candid",), lambda parent: parent)
WITH_STAMPS = Rank(("stamp_spans",), lambda spans: spans is None)

REFUSALS = (DataError, NotNullViolation, OverflowError)
"""The server, or the driver on its behalf, cannot hold a value."""


class StoreResult(NamedTuple):
    """What became of a batch; the numbers add up to the alerts and dead letters given."""

    stored: int
    duplicates: int
    dead_letters: int

    def plus(self, other: "StoreResult") -> "StoreResult":
        """Both together."""
        return StoreResult(*(a + b for a, b in zip(self, other, strict=True)))


class Committed(NamedTuple):
    """What one transaction took: all alerts, those of them that were not there before, and dead letters."""

    alerts: Sequence[ReceivedAlert]
    new: Sequence[ReceivedAlert]
    dead_letters: Sequence[DeadLetter]


class AlertStore:
    """Writes alerts over one connection and one archive. `on_commit` is told after every commit."""

    def __init__(
        self,
        connection: Connection,
        archive: PacketArchive,
        on_commit: Callable[[Committed], None] | None = None,
    ) -> None:
        self._connection = connection
        self._archive = archive
        self._on_commit = on_commit

    def store(self, alerts: Sequence[ReceivedAlert], dead_letters: Sequence[DeadLetter] = ()) -> StoreResult:
        """Store a batch in one transaction.

        An alert whose values the database refuses becomes a dead letter itself, and the rest is stored.
        Raises psycopg.OperationalError when the database is away, and ArchiveUnavailable; nothing is stored
        then.
        """
        try:
            return self._store_together(alerts, dead_letters)
        except REFUSALS as error:
            if len(alerts) > 1:
                half = len(alerts) // 2
                return self.store(alerts[:half], dead_letters).plus(self.store(alerts[half:]))
            if not alerts:
                raise
            return self._store_together([], [*dead_letters, _refused(alerts[0], error)])

    def _store_together(self, alerts: Sequence[ReceivedAlert], dead_letters: Sequence[DeadLetter]) -> StoreResult:
        with stage("database"), self._connection.transaction():
            add_dead_letters(self._connection, dead_letters)
            new = self._merge(alerts) if alerts else []
            add_detected(self._connection, new)
            count_stored(self._connection, (received.alert for received in new), datetime.now(UTC))
        if self._on_commit is not None:
            self._on_commit(Committed(alerts, new, dead_letters))
        return StoreResult(len(new), len(alerts) - len(new), len(dead_letters))

    def _merge(self, alerts: Sequence[ReceivedAlert]) -> list[ReceivedAlert]:
        """The alerts that were not there before."""
        kept_since, new_objects = self._lock_objects(alerts)
        new, newly_with_stamps = self._index_packets(alerts)
        detections = merge(
            self._connection,
            DETECTION_ROWS,
            still_kept(detection_rows(alerts), kept_since),
            DETECTION_KEY,
            BETTER_DETECTION,
            (*CountedDetection._fields, "dubious"),
        )
        limits = merge(
            self._connection,
            NON_DETECTION_ROWS,
            still_kept(non_detection_rows(alerts), kept_since),
            MEASUREMENT_KEY,
            EARLIER_PARENT,
            CountedLimit._fields,
        )
        merge(
            self._connection,
            FORCED_PHOTOMETRY_ROWS,
            still_kept(forced_photometry_rows(alerts), kept_since),
            MEASUREMENT_KEY,
            EARLIER_PARENT,
        )
        growths = refresh_summaries(
            self._connection,
            [(CountedDetection._make(row[:-1]), row[-1]) for row in detections.inserted],
            [CountedLimit._make(row) for row in limits.inserted],
            detections.rewritten | limits.rewritten,
            kept_since,
        )
        match_new_objects(self._connection, new_objects)
        queue_work(self._connection, alerts, newly_with_stamps, growths)
        return new

    def _lock_objects(self, alerts: Sequence[ReceivedAlert]) -> tuple[KeptSince, list[int]]:
        """Make sure that every object has its row, and hold all of them until the commit. Since when their rows
        are kept, and which objects are new.

        Other writers of the same objects wait here, so that each sees the others' rows when it summarises.
        Everyone takes rows in the order of their keys, hence no deadlock.
        """
        rows = _new_object_rows(alerts)
        OBJECT_ROWS.copy(self._connection, rows)
        inserted = insert_missing(self._connection, OBJECT_ROWS, ANY_UNIQUE_KEY)
        held = self._connection.execute(
            "SELECT object_id, kept_since FROM object WHERE object_id = ANY(%s) ORDER BY object_id FOR UPDATE",
            ([row[0] for row in rows],),
        )
        kept_since = {object_id: since for object_id, since in held if since is not None}
        return kept_since, [row[0] for row in inserted]

    def _index_packets(self, alerts: Sequence[ReceivedAlert]) -> tuple[list[ReceivedAlert], list[ReceivedAlert]]:
        """Archive the packets that are new, or the first with stamps; the alerts that are new, and those whose
        stamps are."""
        known = self._known_packets(alerts)
        wanted: dict[tuple[int, int], ReceivedAlert] = {}
        for received in alerts:
            key = (received.alert.object_id, received.alert.candid)
            held = wanted.get(key)
            has_stamps = bool(received.stamp_spans)
            if known.get(key, False) or (key in known and not has_stamps):
                continue
            if held is None or (has_stamps and not held.stamp_spans):
                wanted[key] = received
        chosen = list(wanted.values())
        packets = list(self._archived_rows(chosen))
        merge(self._connection, ALERT_ROWS, packets, ("object_id", "candid"), WITH_STAMPS)
        return (
            [received for key, received in wanted.items() if key not in known],
            [received for received in chosen if received.stamp_spans],
        )

    def _known_packets(self, alerts: Sequence[ReceivedAlert]) -> dict[tuple[int, int], bool]:
        """Alerts that are indexed already, and whether their packet has stamps."""
        rows = self._connection.execute(
            "SELECT a.object_id, a.candid, a.stamp_spans IS NOT NULL "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS given(object_id, candid) "
            "JOIN alert a USING (object_id, candid)",
            (
                [received.alert.object_id for received in alerts],
                [received.alert.candid for received in alerts],
            ),
        )
        return {(object_id, candid): has_stamps for object_id, candid, has_stamps in rows}

    def _archived_rows(self, alerts: Sequence[ReceivedAlert]) -> Iterable[Row]:
        with stage("archive"):
            locations = self._archive.write([received.packet for received in alerts])
        for received, location in zip(alerts, locations, strict=True):
            own = received.alert.detection
            spans = _span_numbers(received)
            yield (
                received.alert.object_id,
                own.candid,
                own.mjd,
                own.band,
                location.file,
                location.span.offset,
                location.span.length,
                spans,
            )


def still_kept(rows: Sequence[Row], kept_since: KeptSince) -> Sequence[Row]:
    """Rows (object_id, ts, ...) without those that maintenance has dropped, or would have: they are counted."""
    if not kept_since:
        return rows
    return [row for row in rows if (since := kept_since.get(row[0])) is None or row[1] >= since]


def detection_rows(alerts: Sequence[ReceivedAlert]) -> Sequence[Row]:
    """Rows for DETECTION_ROWS: every alert's own detection and its previous ones, the best of each."""
    best: dict[tuple[int, int, float], tuple[int, int, Detection]] = {}
    for received in alerts:
        told = received.alert
        object_id, parent = told.object_id, told.candid
        for row in (told.detection, *told.previous_detections):
            key = (object_id, row.candid, row.mjd)
            held = best.get(key)
            if held is None or _detection_rank(parent, row) < _detection_rank(held[1], held[2]):
                best[key] = (object_id, parent, row)
    found = best.values()
    pixels = healpix([row.ra for _, _, row in found], [row.dec for _, _, row in found]).tolist()
    return [
        (
            object_id,
            datetime_from_mjd(row.mjd),
            row.candid,
            parent,
            pixel,
            not row.corrected and not row.is_positive,
            *row[1:],
        )
        for (object_id, parent, row), pixel in zip(found, pixels, strict=True)
    ]


def _detection_rank(parent: int, row: Detection) -> tuple[bool, bool, int]:
    return (parent != row.candid, not row.has_stamps, parent)


def non_detection_rows(alerts: Sequence[ReceivedAlert]) -> Sequence[Row]:
    """Rows for NON_DETECTION_ROWS."""
    return _measurement_rows((received, received.alert.non_detections) for received in alerts)


def forced_photometry_rows(alerts: Sequence[ReceivedAlert]) -> Sequence[Row]:
    """Rows for FORCED_PHOTOMETRY_ROWS."""
    return _measurement_rows((received, received.alert.forced_photometry) for received in alerts)


def _measurement_rows(
    histories: Iterable[tuple[ReceivedAlert, Sequence[NonDetection] | Sequence[ForcedPhotometry]]],
) -> Sequence[Row]:
    """One row per measurement, from the packet of the smallest candid that tells of it."""
    best: dict[tuple[int, int, float], Row] = {}
    for received, rows in histories:
        object_id, parent = received.alert.object_id, received.alert.candid
        for row in rows:
            key = (object_id, row.measurement_id, row.mjd)
            held = best.get(key)
            if held is None or parent < held[3]:
                best[key] = (object_id, datetime_from_mjd(row.mjd), row.measurement_id, parent, *row[1:])
    return list(best.values())


def _new_object_rows(alerts: Sequence[ReceivedAlert]) -> list[Row]:
    """One provisional row per object, in the order of the keys; the summary replaces its numbers."""
    rows: Mapping[int, Row] = {
        received.alert.object_id: (
            received.alert.object_id,
            received.alert.survey,
            received.alert.object_name,
            received.alert.detection.ra,
            received.alert.detection.dec,
            0,
            0,
            0,
            received.alert.detection.mjd,
            received.alert.detection.mjd,
            False,
            0,
            0,
            0,
            0,
        )
        for received in alerts
    }
    return [rows[object_id] for object_id in sorted(rows)]


def _span_numbers(received: ReceivedAlert) -> list[int] | None:
    """Offset and length of each kind of stamp, in the order of StampKind; zeros for one that is missing."""
    spans = received.stamp_spans
    if not spans:
        return None
    return [number for kind in StampKind for number in spans.get(kind, (0, 0))]


def _refused(received: ReceivedAlert, error: Exception) -> DeadLetter:
    return DeadLetter(
        received.origin,
        Reason.REFUSED_BY_DATABASE,
        f"{received.alert.object_name}, candid {received.alert.candid}: {error}",
        single_record_container(received.packet),
        received.alert.survey,
        received.alert.detection.mjd,
    )
