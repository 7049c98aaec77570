"""The classifiers that a server has, and their classes."""

from typing import NamedTuple, Self

from django.core.cache import cache

from tom_arrayan.documents import CLASSIFIERS
from tom_arrayan.endpoint import Endpoint, Json
from tom_arrayan.errors import ArrayanError

KEPT_SECONDS = 3600
AWAY_SECONDS = 20
"""A server that was away is not asked for its classes again for so long: each form would wait for it."""
FORM_SECONDS = 5.0


class ClassOfObjects(NamedTuple):
    """A class of a classifier. Those with parts stand for all of them."""

    name: str
    description: str
    leaves: tuple[str, ...]


class Taxonomy(NamedTuple):
    """The classes of every classifier that answers now, by its name."""

    classifiers: dict[str, tuple[ClassOfObjects, ...]]

    @classmethod
    def of(cls, classifiers: list[Json]) -> Self:
        """From what the endpoint lists; versions that are out of use are left out."""
        return cls({found["name"]: _classes(found["classes"]) for found in classifiers if found["isCurrent"]})

    def leaves(self, classifier: str, name: str) -> list[str]:
        """The classes without parts that a class consists of. Itself when it is not known here: then the server
        says what is wrong with it."""
        for known in self.classifiers.get(classifier, ()):
            if known.name == name:
                return list(known.leaves)
        return [name]


def taxonomy_of(endpoint: Endpoint) -> Taxonomy:
    """From the TOM's cache, else from the server. ArrayanError while the server is away."""
    key = f"tom_arrayan:classifiers:{endpoint.url}"
    kept: Json | None = cache.get(key)
    if kept is None:
        kept = _asked(endpoint)
        cache.set(key, kept, AWAY_SECONDS if "error" in kept else KEPT_SECONDS)
    if "error" in kept:
        raise ArrayanError(kept["error"])
    return Taxonomy.of(kept["classifiers"])


def _asked(endpoint: Endpoint) -> Json:
    try:
        return endpoint.ask(CLASSIFIERS, {}, seconds=FORM_SECONDS)
    except ArrayanError as error:
        return {"error": str(error)}


def _classes(classes: list[Json]) -> tuple[ClassOfObjects, ...]:
    children = {found["name"]: found["children"] for found in classes}
    return tuple(
        ClassOfObjects(found["name"], found["description"], tuple(_leaves_of(found["name"], children)))
        for found in classes
    )


def _leaves_of(name: str, children: dict[str, list[str]]) -> list[str]:
    below = children[name]
    return [leaf for child in below for leaf in _leaves_of(child, children)] if below else [name]
