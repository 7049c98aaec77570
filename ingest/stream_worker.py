"""The worker for streams: batches of messages become rows, or dead letters; then their offsets are committed.

While one batch is being stored, the next is decoded. Kafka is asked for more only when nothing is being
stored, so that whatever is stored is also committed when partitions move, and what is in hand can be dropped:
it is read again, by us or by its new owner.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from typing import NamedTuple

from domain.errors import ArrayanError
from ingest.batch import BatchLimits
from ingest.counting import count_received
from ingest.hand import Decoding, Taken, earliest
from ingest.patient_store import PatientStore, StoreUnavailable
from ingest.report import IngestReport
from ingest.sources.kafka import Decode, KafkaSource, decode_message
from runtime.backoff import Backoff
from runtime.kafka import Offsets
from runtime.metrics import stage
from runtime.shutdown import Shutdown
from storage.alert_store import StoreResult

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
HURRIED_SECONDS = 0.02
STAY_EVERY_SECONDS = 3.0
PROGRESS_SECONDS = 1.0
FIRST_GUESS_BYTES = 1_000_000
"""Size of a message before any was seen: better too large than to take more than the memory can hold."""


class StreamProgress(NamedTuple):
    """How far a worker is; `lag` is the messages still to be read, None when no broker says."""

    report: IngestReport
    lag: int | None


class StreamWorker:
    """Stores everything that a source brings, until the end is asked for or reached.

    `stop_at` ends it when all of its partitions have been read to these offsets.
    """

    def __init__(
        self,
        source: KafkaSource,
        store: PatientStore,
        decode: Decode,
        shutdown: Shutdown,
        *,
        limits: BatchLimits | None = None,
        stop_at: Offsets | None = None,
        on_progress: Callable[[StreamProgress], None] | None = None,
    ) -> None:
        self._source = source
        self._store = store
        self._decode = decode
        self._shutdown = shutdown
        self._limits = limits or BatchLimits()
        self._stop_at = stop_at
        self._on_progress = on_progress
        self._storing = ThreadPoolExecutor(1, thread_name_prefix="storing")
        self._total = StoreResult(0, 0, 0)
        self._store_backoff = Backoff()
        self._decode_backoff = Backoff()
        self._message_bytes = FIRST_GUESS_BYTES
        self._told_at = time.monotonic()

    def run(self) -> IngestReport:
        """Work; what became of everything. Raises what is no outage: a mistake of ours, loudly."""
        ready = Decoding()
        with self._storing:
            while not (self._shutdown.is_asked or self._is_at_end(ready)):
                ready = self._step(ready)
                self._tell_progress()
            stored, _ = self._settle(self._begin(ready), ready)
        if not stored:
            log.warning("batch_left alerts=%d", len(ready.batch))
        return IngestReport.of(self._total)

    def _step(self, ready: Decoding) -> Decoding:
        """Take messages, then decode them while what is ready is stored. What is ready next."""
        taken, moved = self._take(ready)
        if moved:
            self._source.rewind(earliest(ready.first, taken.first))
            return Decoding()
        storing = self._begin(ready)
        with stage("decode") if taken.messages else nullcontext():
            following = self._decode_all(taken)
        count_received((*following.batch.alerts, *following.batch.dead_letters))
        stored, moved = self._settle(storing, ready)
        if stored and not moved:
            return following
        self._source.rewind(earliest({} if stored else ready.first, following.first))
        return Decoding()

    def _take(self, ready: Decoding) -> tuple[Taken, bool]:
        """Messages for the next batch, and whether partitions moved meanwhile.

        Asks at least once: that is how the group knows that we live.
        """
        taken = Taken()
        until = ready.since + self._limits.seconds if ready.batch else None
        while True:
            poll = self._source.poll(self._patience(ready, until), self._room(taken))
            taken.add(poll.messages)
            if poll.moved:
                return taken, True
            if until is None and taken.messages:
                until = taken.since + self._limits.seconds
            if self._is_enough(ready, taken, until, idle=not poll.messages):
                self._learn_size(taken)
                return taken, False

    def _patience(self, ready: Decoding, until: float | None) -> float:
        if until is None:
            return IDLE_SECONDS
        if self._is_full(len(ready.batch), ready.size_bytes):
            return HURRIED_SECONDS
        return min(max(0.0, until - time.monotonic()), IDLE_SECONDS)

    def _is_enough(self, ready: Decoding, taken: Taken, until: float | None, *, idle: bool) -> bool:
        if self._shutdown.is_asked or self._is_full(len(taken.messages), taken.size_bytes):
            return True
        if idle and (until is None or self._is_full(len(ready.batch), ready.size_bytes)):
            return True
        return until is not None and time.monotonic() >= until

    def _is_full(self, count: int, size_bytes: int) -> bool:
        return count >= self._limits.alerts or size_bytes >= self._limits.size_bytes

    def _room(self, taken: Taken) -> int:
        """How many more messages surely fit."""
        by_size = (self._limits.size_bytes - taken.size_bytes) // self._message_bytes
        return max(1, min(self._limits.alerts - len(taken.messages), by_size))

    def _learn_size(self, taken: Taken) -> None:
        """Large messages are believed at once, small ones after a while."""
        if taken.messages:
            largest = max(len(message.content or b"") for message in taken.messages)
            self._message_bytes = max(1, largest, self._message_bytes // 2)

    def _decode_all(self, taken: Taken) -> Decoding:
        """As far as it goes: the rest is read again later when something that decoding needs is away."""
        decoding = Decoding(taken.since)
        for index, message in enumerate(taken.messages):
            try:
                decoding.add(message, list(decode_message(message, self._decode)))
                taken.messages[index] = message._replace(content=None)  # what was decoded need not be held twice
            except ArrayanError as error:
                self._source.rewind(Taken.of(taken.messages[index:]).first)
                seconds = self._decode_backoff.next()
                log.error("decoding_unavailable retry_seconds=%s error=%s", seconds, error)
                self._shutdown.sleep(seconds)
                return decoding
        self._decode_backoff.reset()
        return decoding

    def _begin(self, ready: Decoding) -> Future[StoreResult] | None:
        return self._storing.submit(self._store.store, ready.batch) if ready.batch else None

    def _settle(self, storing: Future[StoreResult] | None, ready: Decoding) -> tuple[bool, bool]:
        """Wait until what is ready is stored, trying again for as long as it takes, and commit its offsets.

        Whether it is stored, which it is not when partitions moved or the end was asked for during an outage;
        and whether partitions moved meanwhile.
        """
        moved = False
        while storing is not None:
            moved |= self._stay_until_done(storing)
            try:
                self._total = self._total.plus(storing.result())
            except StoreUnavailable as error:
                moved |= self._wait_for_store(error)
                if moved or self._shutdown.is_asked:
                    return False, moved
                storing = self._begin(ready)
            else:
                self._store_backoff.reset()
                self._source.commit(ready.following)
                break
        return True, moved

    def _stay_until_done(self, storing: Future[StoreResult]) -> bool:
        moved = False
        while not wait([storing], STAY_EVERY_SECONDS).done:
            moved |= self._source.stay()
        return moved

    def _wait_for_store(self, error: StoreUnavailable) -> bool:
        seconds = self._store_backoff.next()
        log.error("store_unavailable retry_seconds=%s error=%s", seconds, error)
        until = time.monotonic() + seconds
        while not self._shutdown.is_asked and (left := until - time.monotonic()) > 0:
            self._shutdown.sleep(min(left, STAY_EVERY_SECONDS))
            if self._source.stay():
                return True
        return False

    def _is_at_end(self, ready: Decoding) -> bool:
        return self._stop_at is not None and not ready.batch and self._source.is_at(self._stop_at)

    def _tell_progress(self) -> None:
        now = time.monotonic()
        if self._on_progress is not None and now - self._told_at >= PROGRESS_SECONDS:
            self._told_at = now
            self._on_progress(StreamProgress(IngestReport.of(self._total), self._source.lag()))
