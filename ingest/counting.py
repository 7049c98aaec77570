"""Ingest's counts and latencies, per batch, for whoever watches (docs/operations.md)."""

import time
from collections.abc import Iterable
from typing import TypeVar

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
    for survey, items in _by_survey(decoded).items():
        metrics.INGEST_RECEIVED.labels(survey).inc(len(items))


def count_committed(committed: Committed) -> None:
    """What a transaction has stored, a moment ago."""
    if not (committed.alerts or committed.dead_letters):
        return
    now = time.time()
    metrics.INGEST_LAST_COMMIT.set(now)
    metrics.INGEST_BATCH_ALERTS.observe(len(committed.alerts) + len(committed.dead_letters))
    new = _by_survey(committed.new)
    for survey, alerts in _by_survey(committed.alerts).items():
        stored = new.get(survey, [])
        metrics.INGEST_STORED.labels(survey).inc(len(stored))
        metrics.INGEST_DUPLICATES.labels(survey).inc(len(alerts) - len(stored))
        _observe_latencies(survey, stored, now)
    for survey, letters in _by_survey(committed.dead_letters).items():
        for letter in letters:
            metrics.INGEST_DEAD_LETTERS.labels(survey, letter.reason.value).inc()


def _observe_latencies(survey: str, alerts: Iterable[ReceivedAlert], now: float) -> None:
    observation = metrics.INGEST_OBSERVATION_LATENCY.labels(survey)
    broker = metrics.INGEST_BROKER_LATENCY.labels(survey)
    for received in alerts:
        observation.observe(now - (received.alert.detection.mjd - MJD_OF_UNIX_EPOCH) * SECONDS_PER_DAY)
        if received.origin.sent_at is not None:
            broker.observe(now - received.origin.sent_at.timestamp())


Item = TypeVar("Item", ReceivedAlert, DeadLetter, Decoded)


def _by_survey(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        survey = item.survey if isinstance(item, DeadLetter) else item.alert.survey
        found.setdefault(survey or metrics.UNKNOWN_SURVEY, []).append(item)
    return found
