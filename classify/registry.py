"""The classifiers that there are. A classifier is loaded when it is asked for, and not before: models are heavy."""

from collections.abc import Iterable
from importlib import import_module

from classify.classifier import Classifier
from domain.errors import ArrayanError

CLASSIFIERS: dict[str, str] = {
    "early": "classify.classifiers.early:Early",
    "late": "classify.classifiers.late:Late",
}
"""Name of each classifier, and the module and class that makes it: `"early": "classify.classifiers.early:Early"`.
The class takes no arguments."""


class UnknownClassifier(ArrayanError):
    """A name that no classifier has."""


def load_classifier(name: str) -> Classifier:
    """A classifier with its model. Raises UnknownClassifier."""
    if name not in CLASSIFIERS:
        raise UnknownClassifier(f"no classifier is named {name!r}; there are: {', '.join(CLASSIFIERS) or 'none'}")
    module, _, maker = CLASSIFIERS[name].partition(":")
    classifier: Classifier = getattr(import_module(module), maker)()
    return classifier


def load_classifiers(names: Iterable[str] = ()) -> list[Classifier]:
    """The classifiers named, or all. Raises UnknownClassifier."""
    return [load_classifier(name) for name in (tuple(names) or CLASSIFIERS)]
