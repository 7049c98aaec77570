"""The worker for files: batches of packets become rows, or dead letters."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ingest.batch import Batch, BatchLimits
from ingest.counting import count_received
from ingest.decoding import Decoded, decode
from ingest.report import IngestReport
from ingest.sources.files import FileOutcome, RawFile
from runtime.metrics import Laps
from storage.alert_store import AlertStore, StoreResult
from surveys.survey import Survey

BATCH_ALERTS = BatchLimits().alerts

__all__ = ["BATCH_ALERTS", "IngestReport", "Progress", "ingest_files"]


class Progress(NamedTuple):
    """How far a run is."""

    consumed_bytes: int
    report: IngestReport


def ingest_files(
    files: Iterable[FileOutcome],
    store: AlertStore,
    *,
    survey: Survey | None = None,
    batch_alerts: int = BATCH_ALERTS,
    on_progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Store every alert of the files, one transaction per batch, and say what became of them.

    Raises what the store raises when the database or the archive is away; the batches before are kept, and
    reading the same files again stores the rest.
    """
    total = StoreResult(0, 0, 0)
    batch = Batch()
    consumed = 0
    laps = Laps()
    for file in files:
        laps.end_of("read")
        batch.add(_decode(file, survey))
        laps.end_of("decode")
        consumed = file.consumed_bytes
        if len(batch) >= batch_alerts:
            total = total.plus(_store(batch, store))
            batch = Batch()
            if on_progress is not None:
                on_progress(Progress(consumed, IngestReport.of(total)))
            laps.tell()
    total = total.plus(_store(batch, store))
    laps.tell()
    if on_progress is not None:
        on_progress(Progress(consumed, IngestReport.of(total)))
    return IngestReport.of(total)


def _store(batch: Batch, store: AlertStore) -> StoreResult:
    count_received((*batch.alerts, *batch.dead_letters))
    return batch.store(store)


def _decode(file: FileOutcome, survey: Survey | None) -> Iterable[Decoded]:
    return decode(file.source, file.content, survey) if isinstance(file, RawFile) else (file.letter,)
