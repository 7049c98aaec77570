"""Ingest's counts and latencies, per batch, for whoever watches (docs/operations.md)."""

import time
from collections import Counter
from collections.abc import Iterable

from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert
from domain.survey import SurveyName
from domain.time import MJD_OF_UNIX_EPOCH, SECONDS_PER_DAY
from ingest.decoding import Decoded
from runtime import metrics
from storage.alert_store import Committed


def begin_counting() -> None:
    """The store is there, and nothing has come yet. Every count is shown as zero: one that begins at 1 is no
    increase to Prometheus."""
    metrics.INGEST_STORE_UP.set(1)
    for survey in (*(name.value for name in SurveyName), metrics.UNKNOWN_SURVEY):
        metrics.INGEST_RECEIVED.labels(survey)
        for reason in Reason:
            metrics.INGEST_DEAD_LETTERS.labels(survey, reason.value)
    for name in SurveyName:
        metrics.INGEST_STORED.labels(name.value)
        metrics.INGEST_DUPLICATES.labels(name.value)


def count_received(decoded: Iterable[Decoded]) -> None:
    """What a batch was decoded to."""
    surveys = Counter(_survey_of(item) for item in decoded)
    for survey, count in surveys.items():
        metrics.INGEST_RECEIVED.labels(survey).inc(count)


def count_committed(committed: Committed) -> None:
    """What a transaction has stored, a moment ago."""
    if not (committed.alerts or committed.dead_letters):
        return
    now = time.time()
    metrics.INGEST_LAST_COMMIT.set(now)
    metrics.INGEST_BATCH_ALERTS.observe(len(committed.alerts) + len(committed.dead_letters))
    read = Counter(_survey_of(received) for received in committed.alerts)
    stored = Counter(_survey_of(received) for received in committed.new)
    for survey, count in read.items():
        metrics.INGEST_STORED.labels(survey).inc(stored[survey])
        metrics.INGEST_DUPLICATES.labels(survey).inc(count - stored[survey])
    letters = Counter((_survey_of(letter), letter.reason.value) for letter in committed.dead_letters)
    for labels, count in letters.items():
        metrics.INGEST_DEAD_LETTERS.labels(*labels).inc(count)
    _observe_latencies(committed.new, now)


def _observe_latencies(alerts: Iterable[ReceivedAlert], now: float) -> None:
    for received in alerts:
        survey = received.alert.survey.value
        observed = (received.alert.detection.mjd - MJD_OF_UNIX_EPOCH) * SECONDS_PER_DAY
        metrics.INGEST_OBSERVATION_LATENCY.labels(survey).observe(now - observed)
        if received.origin.sent_ms is not None:
            metrics.INGEST_BROKER_LATENCY.labels(survey).observe(now - received.origin.sent_ms / 1000)


def _survey_of(item: Decoded) -> str:
    survey = item.survey if isinstance(item, DeadLetter) else item.alert.survey
    return metrics.UNKNOWN_SURVEY if survey is None else survey.value
