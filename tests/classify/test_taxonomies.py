"""The taxonomies that the classifiers answer in, and the registry."""

import pytest

from classify import registry
from classify.registry import UnknownClassifier, load_classifier, load_classifiers
from classify.taxonomies.early import EARLY
from classify.taxonomies.late import LATE
from simulate.classes import EARLY_CLASS
from tests.support.rule_classifiers import SizeClassifier


def test_the_early_classes_are_those_of_the_simulator() -> None:
    assert set(EARLY.leaves) == set(EARLY_CLASS.values())


def test_the_late_classes_are_those_of_the_simulator_that_have_light_curves() -> None:
    assert set(LATE.leaves) == EARLY_CLASS.keys() - {"asteroid", "bogus"}
    assert [LATE.children(branch) for branch in ("Transient", "Stochastic", "Periodic")] == [
        ("SNIa", "SNIbc", "SNII", "SLSN"),
        ("QSO", "AGN", "Blazar", "YSO", "CV/Nova"),
        ("LPV", "E", "DSCT", "RRL", "CEP", "Periodic-Other"),
    ]


def test_an_unknown_classifier_is_named() -> None:
    with pytest.raises(UnknownClassifier, match="'nobody'"):
        load_classifier("nobody")


def test_a_classifier_is_loaded_by_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.CLASSIFIERS, "size", "tests.support.rule_classifiers:SizeClassifier")
    assert isinstance(load_classifier("size"), SizeClassifier)
    assert [classifier.name for classifier in load_classifiers(["size"])] == ["size"]


def test_every_registered_classifier_has_the_name_of_its_line() -> None:
    assert {name: load_classifier(name).name for name in registry.CLASSIFIERS} == {
        name: name for name in registry.CLASSIFIERS
    }
