"""Asking a classifier, and believing only what can be: one bad object never costs the others their answers."""

import logging
from collections.abc import Sequence
from math import isclose
from numbers import Real

from classify.classifier import Classifier, Subject
from domain.classification import Classification, Deferral, Failure, Outcome

log = logging.getLogger(__name__)

SUM_TOLERANCE = 1e-3
"""How far the probabilities of an answer may sum from 1: models compute in single precision."""


class _Unbelievable(Exception):
    """Answers that do not belong to the question."""


def outcomes_of(classifier: Classifier, subjects: Sequence[Subject]) -> list[Outcome]:
    """One outcome per subject, in their order. Halves of a batch that raises are asked again, down to the object
    that it is about."""
    if not subjects:
        return []
    try:
        return _ask(classifier, subjects)
    except Exception as error:
        if len(subjects) == 1:
            log.exception("classifier_failed classifier=%s object=%s", classifier.name, subjects[0].name)
            return [Failure(subjects[0].object_id, f"{type(error).__name__}: {error}")]
        half = len(subjects) // 2
        return outcomes_of(classifier, subjects[:half]) + outcomes_of(classifier, subjects[half:])


def _ask(classifier: Classifier, subjects: Sequence[Subject]) -> list[Outcome]:
    outcomes = classifier.classify(subjects)
    asked, answered = [one.object_id for one in subjects], [one.object_id for one in outcomes]
    if asked != answered:
        raise _Unbelievable(f"asked for objects {asked[:5]}..., it answered for {answered[:5]}...")
    return [_checked(classifier, outcome) for outcome in outcomes]


def _checked(classifier: Classifier, outcome: Outcome) -> Outcome:
    """The outcome, or a failure that says what is wrong with it."""
    if isinstance(outcome, Failure | Deferral):
        return outcome
    wrong = _wrong_with(classifier, outcome)
    return outcome if wrong is None else Failure(outcome.object_id, f"the answer cannot be: {wrong}")


def _wrong_with(classifier: Classifier, answer: Classification) -> str | None:
    if (answer.classifier, answer.version) != (classifier.name, classifier.version):
        return f"it is signed by {answer.classifier} {answer.version}"
    if answer.probabilities.keys() != set(classifier.taxonomy.leaves):
        return f"its classes are {sorted(answer.probabilities)}"
    values = answer.probabilities.values()
    if not all(0 <= value <= 1 + SUM_TOLERANCE for value in values):
        return f"probabilities {dict(answer.probabilities)}"
    if not isclose(sum(values), 1, abs_tol=SUM_TOLERANCE):
        return f"its probabilities sum to {sum(values)}"
    for name, value in (answer.features or {}).items():
        if not isinstance(value, Real):
            return f"its feature {name} is {value!r}"
    return None
