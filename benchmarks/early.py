"""python -m benchmarks early: processor time of the early classifier per alert, on one core.

Counted from the bytes of the stamps in a parsed alert to probabilities. Needs no database.
"""

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import process_time

import numpy as np

from classify.classifier import Subject
from classify.classifiers.early import Early, EarlyModel
from classify.stamps.metadata import Metadata, vector_of
from classify.stamps.triplet import triplet_of
from domain.alert import Alert
from simulate.night import simulate_alerts
from surveys.avro import read_container
from surveys.ztf import Ztf

GOAL_MS = 1.5
BATCHES = (1, 8, 64, 256)


def measure(rounds: int, count: int = 512) -> None:
    """Print the medians over the rounds, each of which classifies the same simulated alerts."""
    survey = Ztf()
    alerts = [
        survey.parse(found.record) for made in simulate_alerts(count, 11) for found in read_container(made.packet)
    ]

    def timed(work: Callable[[], object]) -> float:
        """Milliseconds per alert."""
        work()
        return median(_seconds(work) for _ in range(rounds)) * 1000 / len(alerts)

    classifier, model = Early(), EarlyModel()
    subjects = [
        Subject(alert.object_id, alert.survey, alert.object_name, alert.candid, alert, None) for alert in alerts
    ]
    for batch in BATCHES:
        spent = timed(partial(_classify, classifier, subjects, batch))
        print(f"early, batches of {batch:3}: {spent:.2f} ms an alert (goal <= {GOAL_MS})")
    print(f"  of it stamps and metadata into arrays: {timed(lambda: [_arrays(alert) for alert in alerts]):.2f}")
    triplets = [triplet_of(alert.stamps) for alert in alerts]
    pixels, vectors = np.stack([one.pixels for one in triplets]), np.stack([_vector(alert) for alert in alerts])
    missing = np.array([one.missing for one in triplets])
    print(f"  of it the network: {timed(lambda: model.probabilities(pixels, vectors, missing)):.2f}")


def _classify(classifier: Early, subjects: Sequence[Subject], batch: int) -> None:
    for first in range(0, len(subjects), batch):
        classifier.classify(subjects[first : first + batch])


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _vector(alert: Alert) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    metadata = Metadata.of_alert(alert)
    assert metadata is not None
    return vector_of(metadata)


def _arrays(alert: Alert) -> object:
    return triplet_of(alert.stamps), _vector(alert)
