"""The worker: batches of packets become rows, or dead letters."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from domain.dead_letter import DeadLetter
from domain.packet import ReceivedAlert
from ingest.decoding import decode
from ingest.sources.files import FileOutcome, RawFile
from storage.alert_store import AlertStore, StoreResult
from surveys.survey import Survey

BATCH_ALERTS = 500


class IngestReport(NamedTuple):
    """What became of everything that was read: `read` is the sum of the others."""

    read: int
    stored: int
    duplicates: int
    dead_letters: int

    @classmethod
    def of(cls, result: StoreResult) -> "IngestReport":
        return cls(sum(result), *result)


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
    batch = _Batch()
    consumed = 0
    for file in files:
        batch.add(file, survey)
        consumed = file.consumed_bytes
        if len(batch) >= batch_alerts:
            total = total.plus(batch.store(store))
            batch = _Batch()
            if on_progress is not None:
                on_progress(Progress(consumed, IngestReport.of(total)))
    total = total.plus(batch.store(store))
    if on_progress is not None:
        on_progress(Progress(consumed, IngestReport.of(total)))
    return IngestReport.of(total)


class _Batch:
    def __init__(self) -> None:
        self._alerts: list[ReceivedAlert] = []
        self._dead_letters: list[DeadLetter] = []

    def __len__(self) -> int:
        return len(self._alerts) + len(self._dead_letters)

    def add(self, file: FileOutcome, survey: Survey | None) -> None:
        if not isinstance(file, RawFile):
            self._dead_letters.append(file.letter)
            return
        for item in decode(file.source, file.content, survey):
            if isinstance(item, DeadLetter):
                self._dead_letters.append(item)
            else:
                self._alerts.append(item)

    def store(self, store: AlertStore) -> StoreResult:
        return store.store(self._alerts, self._dead_letters)
