"""The classifiers that there are. A classifier is loaded when it is asked for, and not before: models are heavy."""

from collections.abc import Iterable, Mapping
from importlib import import_module

from classify.classifier import Classifier
from domain.errors import ArrayanError

CLASSIFIERS: Mapping[str, str] = {}
"""Name of each classifier, and the module and class that makes it: `"early": "classify.classifiers.early:Early"`.
The class takes no arguments."""


class UnknownClassifier(ArrayanError):
    """A name that no classifier has."""


def load_classifier(name: str, known: Mapping[str, str] = CLASSIFIERS) -> Classifier:
    """A classifier with its model. Raises UnknownClassifier."""
    if name not in known:
        raise UnknownClassifier(f"no classifier is named {name!r}; there are: {', '.join(known) or 'none'}")
    module, _, maker = known[name].partition(":")
    classifier: Classifier = getattr(import_module(module), maker)()
    return classifier


def load_classifiers(names: Iterable[str] = (), known: Mapping[str, str] = CLASSIFIERS) -> list[Classifier]:
    """The classifiers named, or all. Raises UnknownClassifier."""
    return [load_classifier(name, known) for name in (tuple(names) or known)]
