"""What a worker counts of its work, for whoever watches (docs/operations.md)."""

import time
from collections.abc import Iterable, Sequence

from runtime import metrics
from storage.classification_work import Claim, Waiting
from storage.classifications import Handed

OUTCOMES = Handed._fields
SET_ASIDE = (metrics.CLASSIFY_FAILED, metrics.CLASSIFY_DEFERRED)


def begin_counting(classifiers: Iterable[str]) -> None:
    """The database is there, and nothing has been done yet. Every count is shown as zero: one that begins at 1 is
    no increase to Prometheus."""
    metrics.CLASSIFY_STORE_UP.set(1)
    for name in classifiers:
        for outcome in OUTCOMES:
            metrics.CLASSIFY_ANSWERS.labels(name, outcome)
        for gauge in (metrics.CLASSIFY_WAITING, metrics.CLASSIFY_OLDEST, *SET_ASIDE):
            gauge.labels(name).set(0)


def count_handed_in(classifier: str, claim: Claim, handed: Handed, answered: Iterable[int]) -> None:
    """What became of a claim, a moment ago. `answered` are its objects that have an answer."""
    now = time.time()
    metrics.CLASSIFY_LAST_COMMIT.set(now)
    metrics.CLASSIFY_BATCH_OBJECTS.labels(classifier).observe(len(claim.rows))
    for outcome, number in handed._asdict().items():
        metrics.CLASSIFY_ANSWERS.labels(classifier, outcome).inc(number)
    if handed.dropped:
        return  # nobody can tell which
    queued = {row.object_id: row.queued_at.timestamp() for row in claim.rows}
    latency = metrics.CLASSIFY_LATENCY.labels(classifier)
    for object_id in answered:
        latency.observe(now - queued[object_id])


def show_waiting(classifiers: Iterable[str], waiting: Sequence[Waiting]) -> None:
    """What waits for some classifiers, of all that waits."""
    found = {one.classifier: one for one in waiting}
    for name in classifiers:
        one = found.get(name) or Waiting(name, 0, 0, 0, None)
        metrics.CLASSIFY_WAITING.labels(name).set(one.waiting)
        metrics.CLASSIFY_FAILED.labels(name).set(one.failed)
        metrics.CLASSIFY_DEFERRED.labels(name).set(one.deferred)
        age = 0.0 if one.since is None else time.time() - one.since.timestamp()
        metrics.CLASSIFY_OLDEST.labels(name).set(max(age, 0.0))
