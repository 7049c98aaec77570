"""The early classifier as a broker runs it: packets in, probabilities or a reason out."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from classify.classifier import Classification, Failure, Need, Subject
from classify.classifiers.early import MODELS, Early, EarlyModel
from classify.stamps.metadata import NAMES
from classify.stamps.triplet import CHANNELS, KINDS, SIZE
from classify.taxonomies.early import EARLY
from domain.alert import Alert
from domain.stamp import StampKind
from domain.survey import SurveyName
from simulate.fits_stamp import gzip_fits, read_gzip_fits
from simulate.night import simulate_alerts
from surveys.avro import read_container
from surveys.lsst import Lsst
from surveys.ztf import Ztf
from tests.support import lsst_packets


def subject(alert: Alert | None, object_id: int = 7, survey: SurveyName = SurveyName.ZTF) -> Subject:
    return Subject(object_id, survey, "an object", 42, alert, None)


@pytest.fixture(scope="module")
def classifier() -> Early:
    return Early()


@pytest.fixture(scope="module")
def night() -> list[tuple[Alert, str]]:
    """Simulated alerts with their class."""
    survey = Ztf()
    return [
        (survey.parse(found.record), made.truth.early_class)
        for made in simulate_alerts(150, 4321)
        for found in read_container(made.packet)
    ]


def with_stamps(alert: Alert, **images: np.ndarray | bytes | None) -> Alert:
    stamps = dict(alert.stamps)
    for name, image in images.items():
        kind = StampKind[name.upper()]
        if image is None:
            del stamps[kind]
        else:
            stamps[kind] = image if isinstance(image, bytes) else gzip_fits(image)
    return replace(alert, stamps=stamps)


def probabilities(classifier: Early, *alerts: Alert) -> np.ndarray:
    outcomes = classifier.classify([subject(alert) for alert in alerts])
    assert all(isinstance(outcome, Classification) for outcome in outcomes), outcomes
    return np.array(
        [list(outcome.probabilities.values()) for outcome in outcomes if isinstance(outcome, Classification)]
    )


def test_says_what_it_is(classifier: Early) -> None:
    assert (classifier.name, classifier.taxonomy) == ("early", EARLY)
    assert classifier.needs == Need.STAMPS | Need.METADATA
    assert classifier.version.count(".") == 2


def test_answers_name_the_alert_and_cover_the_taxonomy(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    (answer,) = classifier.classify([subject(night[0][0], object_id=-5)])
    assert isinstance(answer, Classification)
    assert (answer.object_id, answer.classifier, answer.candid) == (-5, "early", 42)
    assert set(answer.probabilities) == {found.name for found in EARLY.classes}
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.features is None


def test_most_simulated_alerts_are_recognised(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    found = probabilities(classifier, *(alert for alert, _ in night))
    classes = [taxon.name for taxon in EARLY.classes]
    right = [classes[k] == truth for k, (_, truth) in zip(found.argmax(axis=1), night, strict=True)]
    assert np.mean(right) > 0.75


def test_probabilities_rank_candidates(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    found = probabilities(classifier, *(alert for alert, _ in night))
    assert found.max() < 0.9999
    assert found.min() > 0
    assert len(np.unique(found[:, 1])) == len(night)


def test_batches_and_their_order_change_nothing(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    alerts = [alert for alert, _ in night[:21]]
    together = probabilities(classifier, *alerts)
    np.testing.assert_allclose(together, np.concatenate([probabilities(classifier, a) for a in alerts]), atol=1e-6)
    np.testing.assert_allclose(together[::-1], probabilities(classifier, *reversed(alerts)), atol=1e-6)


def orientations(alert: Alert) -> Iterator[Alert]:
    images = {kind.name.lower(): read_gzip_fits(alert.stamps[kind]) for kind in KINDS}
    for turns in range(4):
        for mirrored in (False, True):
            yield with_stamps(
                alert, **{name: np.rot90(i.T if mirrored else i, turns) for name, i in images.items()}
            )


def test_turned_and_mirrored_stamps_give_the_same_answer(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    for alert, _ in night[:6]:
        if all(read_gzip_fits(alert.stamps[kind]).shape == (SIZE, SIZE) for kind in KINDS):
            found = probabilities(classifier, *orientations(alert))
            np.testing.assert_allclose(found, found[:1].repeat(8, axis=0), atol=2e-5)


def test_odd_stamps_are_data(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    alert = night[0][0]
    science = read_gzip_fits(alert.stamps[StampKind.SCIENCE])
    holes = science.copy()
    holes[20:, 40:] = np.nan
    odd = [
        with_stamps(alert, science=science[:30]),
        with_stamps(alert, science=science[10:52, 10:52]),
        with_stamps(alert, science=np.pad(science, 9)),
        with_stamps(alert, science=holes),
        with_stamps(alert, science=np.full((63, 63), np.nan, np.float32)),
        with_stamps(alert, template=None),
        with_stamps(alert, difference=b"no image at all"),
    ]
    found = probabilities(classifier, *odd)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert np.isfinite(found).all()


def test_a_packet_that_says_little_is_data_too(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    alert = night[0][0]
    silent = alert.extras._replace(  # type: ignore[attr-defined]
        fwhm_pixels=None, reference_distance=None, reference_magnitude=None, coverages_in_history=None,
        ps1_star_galaxy_scores=(None,) * 3, ps1_distances_arcsec=(None,) * 3,
    )  # fmt: skip
    assert probabilities(classifier, replace(alert, extras=silent)).shape == (1, 5)


def test_the_match_with_known_asteroids_is_not_read(classifier: Early, night: list[tuple[Alert, str]]) -> None:
    alert = night[0][0]
    matched = alert.extras._replace(  # type: ignore[attr-defined]
        solar_system_name="433", solar_system_distance_arcsec=0.1, solar_system_magnitude=18.0
    )
    both = probabilities(classifier, alert, replace(alert, extras=matched))
    np.testing.assert_array_equal(both[0], both[1])


def test_what_cannot_be_classified_has_a_reason_and_harms_no_other(
    classifier: Early, night: list[tuple[Alert, str]]
) -> None:
    alert = night[0][0]
    foreign = Lsst().parse(lsst_packets.packet())
    batch = [
        subject(None, 1),
        subject(alert, 2),
        subject(with_stamps(alert, science=b"", template=None, difference=b"\xff\xd8"), 3),
        subject(foreign, 4, SurveyName.LSST),
        subject(alert, 5),
    ]
    outcomes = classifier.classify(batch)
    assert [outcome.object_id for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert [type(outcome) for outcome in outcomes] == [Failure, Classification, Failure, Failure, Classification]
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Failure)]
    assert reasons[0] == "no alert of the object has stamps"
    assert "none of the stamps" in reasons[1]
    assert "not those of LSST" in reasons[2]
    assert classifier.classify([]) == []


def test_inputs_go_by_name() -> None:
    """The converter puts metadata before stamps, or after: no code may count on an order."""
    model = EarlyModel()
    details = model._run.get_input_details()
    assert set(details) == {"stamps", "metadata"}
    assert tuple(details["stamps"]["shape"][1:]) == (SIZE, SIZE, CHANNELS)
    assert details["metadata"]["shape"][1] == 2 * len(NAMES) + len(KINDS)


def test_model_files_are_small_and_in_step_with_the_code() -> None:
    files = list(MODELS.glob("*.tflite"))
    assert sum(file.stat().st_size for file in files) < 5_000_000
    for file in files:
        model = EarlyModel(MODELS, file.name)
        assert model.classes == tuple(found.name for found in EARLY.classes)
        assert model._scaling.names == NAMES


def test_real_asteroids_and_stars_are_told_apart(classifier: Early, shared_alerts: object) -> None:
    """A smoke test on packets that training has seen: the figures are in docs/models/early.md."""
    from pathlib import Path

    from classify.training.early_examples import EarlySet, examples_in

    assert isinstance(shared_alerts, Path)
    folder = shared_alerts / "ztf" / "fink_reserialised_4_02"
    examples = EarlySet.of(examples_in([folder]))
    found = EarlyModel().probabilities(examples.pixels, examples.vectors, examples.missing)
    assert found.shape == (len(examples), 5)
    assert len(set(found.argmax(axis=1).tolist())) >= 3
