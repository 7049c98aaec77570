"""The late classifier as the worker meets it."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from classify.classifier import Deferral, Failure, Need, Outcome, Subject
from classify.classifiers.late import Late
from classify.registry import load_classifier
from classify.taxonomies.late import LATE
from domain.classification import Classification
from domain.light_curve import LightCurve, StoredDetection
from domain.survey import SurveyName
from tests.support.stored_light_curves import stored_detection, stored_light_curve, supernova_light_curve


@pytest.fixture(scope="module")
def late() -> Late:
    return Late()


def subject(light_curve: LightCurve | None, object_id: int = 1) -> Subject:
    return Subject(object_id, SurveyName.ZTF, "ZTF26aaaaaaa", 7, None, light_curve)


def answered(outcomes: Sequence[Outcome]) -> list[Classification]:
    found = [outcome for outcome in outcomes if isinstance(outcome, Classification)]
    assert len(found) == len(outcomes), outcomes
    return found


def rr_lyrae(bands: str = "gr") -> LightCurve:
    """A sawtooth of 0.57 d in apparent magnitudes, half of the time fainter than the reference."""
    rng = np.random.default_rng(1)
    rows = []
    for day in np.sort(rng.uniform(0, 300, 60)):
        for k, band in enumerate(bands):
            mjd = float(60000 + np.round(day) + rng.uniform(0.2, 0.4))
            phase = (mjd / 0.57) % 1
            magnitude = 17 + (0.9 - 0.25 * k) * (phase if phase < 0.85 else (1 - phase) / 0.15 * 0.85) - 0.2 * k
            rows.append(
                stored_detection(
                    mjd,
                    band,
                    18.0,
                    apparent_magnitude=magnitude + float(rng.normal(0, 0.02)),
                    apparent_magnitude_error=0.02,
                    corrected=True,
                    is_positive=phase < 0.5,
                )
            )
    return stored_light_curve(sorted(rows, key=lambda row: row.mjd))


def test_too_few_usable_detections_are_no_failure(late: Late) -> None:
    other_band = stored_light_curve([stored_detection(60000.0 + k, "i") for k in range(9)])
    uncertain = stored_light_curve([stored_detection(60000.0 + k, magnitude_error=1.5) for k in range(9)])
    outcomes = late.classify([subject(other_band), subject(uncertain)])
    assert [(type(one), one[-1]) for one in outcomes] == [
        (Deferral, "0 usable detections in g and 0 in r; 6 in one of them are needed")
    ] * 2


def test_answers_of_a_batch_come_in_its_order(late: Late) -> None:
    few = stored_light_curve([stored_detection(60000.0 + k) for k in range(5)])
    curves = [supernova_light_curve(), few, rr_lyrae(), None]
    outcomes = late.classify([subject(curve, k) for k, curve in enumerate(curves)])
    assert [outcome.object_id for outcome in outcomes] == [0, 1, 2, 3]
    assert outcomes[1] == Deferral(1, "5 usable detections in g and 0 in r; 6 in one of them are needed")
    assert outcomes[3] == Failure(3, "it was given no light curve")


def test_tells_a_supernova_from_a_star(late: Late) -> None:
    supernova, star = answered(late.classify([subject(supernova_light_curve()), subject(rr_lyrae())]))
    transient, periodic = LATE.children("Transient"), LATE.children("Periodic")
    assert sum(supernova.probabilities[name] for name in transient) > 0.8
    assert sum(star.probabilities[name] for name in periodic) > 0.8
    assert max(star.probabilities, key=lambda name: star.probabilities[name]) == "RRL"
    assert star.features is not None
    assert star.features["period"] == pytest.approx(0.57, rel=1e-3)


def test_answers_have_all_leaves_and_say_who_answers(late: Late) -> None:
    (found,) = answered(late.classify([subject(supernova_light_curve())]))
    assert (found.classifier, found.version, found.candid) == ("late", late.version, 7)
    assert tuple(found.probabilities) == LATE.leaves
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert found.features is not None
    assert len(found.features) >= 150


def test_answers_do_not_depend_on_the_rest_of_the_batch(late: Late) -> None:
    alone = answered(late.classify([subject(rr_lyrae())]))[0].probabilities
    together = answered(late.classify([subject(supernova_light_curve()), subject(rr_lyrae())]))[1].probabilities
    assert alone == pytest.approx(together, abs=1e-7)


def test_six_bands_are_read_as_two_are(late: Late) -> None:
    (found,) = answered(late.classify([subject(supernova_light_curve(bands="ugrizy"))]))
    assert sum(found.probabilities[name] for name in LATE.children("Transient")) > 0.5
    assert found.features is not None
    assert "std_y" in found.features


ODD = (0.0, 1e30, -1e30, 1e-30, float("inf"), float("-inf"), float("nan"), None, 99.0, -999.0)


def test_odd_values_are_left_out_or_answered_for(late: Late) -> None:
    random = Random(7)

    def odd(value: float) -> float | None:
        return random.choice(ODD) if random.random() < 0.15 else value

    def detection(number: int) -> StoredDetection:
        mjd = 60000.0 + random.choice((0.0, number, random.uniform(-50_000, 3000), number * 1e-6))
        return stored_detection(
            mjd,
            random.choice("gr"),
            odd(random.gauss(18, 0.1)),
            magnitude_error=odd(0.1),
            apparent_magnitude=odd(18.0),
            apparent_magnitude_error=odd(0.1),
            corrected=random.random() < 0.8,
            is_positive=random.random() < 0.5,
            candid=number,
        )

    curves = [[detection(number) for number in range(random.randint(1, 40))] for _ in range(60)]
    sorted_curves = [stored_light_curve(sorted(rows, key=lambda row: row.mjd)) for rows in curves]
    outcomes = late.classify([subject(curve) for curve in sorted_curves])
    assert {type(outcome) for outcome in outcomes} == {Classification, Deferral}
    for outcome in outcomes:
        if isinstance(outcome, Classification):
            assert sum(outcome.probabilities.values()) == pytest.approx(1)


def test_nothing_but_failures_is_no_trouble(late: Late) -> None:
    assert all(isinstance(outcome, Failure) for outcome in late.classify([subject(None), subject(None)]))
    assert late.classify([]) == []


def test_is_registered() -> None:
    found = load_classifier("late")
    assert (found.name, found.taxonomy) == ("late", LATE)
    assert found.needs == Need.LIGHT_CURVE | Need.METADATA
