"""The names that a question about answers may use: of classifiers, versions, classes and features."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from domain.classification import split_feature
from domain.errors import ArrayanError
from domain.object_filter import ClassFilter, ObjectFilter

MOST_LISTED = 30
"""Names that an error lists."""


class UnknownName(ArrayanError):
    """A name that no classifier, version, class or feature has; the message names the nearest and the others."""


class Unknown(NamedTuple):
    """A name that is not among those of its kind. Where none is known, none can be told to be wrong."""

    kind: str
    name: str
    known: Sequence[str]

    @property
    def error(self) -> UnknownName:
        nearest = _nearest(self.name, self.known)
        meant = "" if nearest is None else f"did you mean {nearest!r}? "
        more = len(self.known) - MOST_LISTED
        listed = ", ".join(self.known[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
        return UnknownName(f"no {self.kind} is named {self.name[:80]!r}; {meant}there are {listed}")


class Vocabulary(NamedTuple):
    """What the classifiers that have been registered can answer."""

    classes: Mapping[str, Mapping[str, Sequence[str]]]
    """Leaves of the tree, by classifier and version."""
    features: frozenset[str]
    """Names without the band, also of those that no object has yet."""

    def unknown(self, where: ObjectFilter) -> Iterator[Unknown]:
        """Names in a filter that are not known."""
        for part in where.everywhere():
            if part.class_ is not None:
                yield from self._unknown_of_class(part.class_)
            if part.feature is not None and not self._has_feature(part.feature.name):
                yield Unknown("feature", part.feature.name, sorted(self.features))

    def _unknown_of_class(self, where: ClassFilter) -> Iterator[Unknown]:
        versions = self.classes.get(where.classifier)
        if versions is None:
            yield Unknown("classifier", where.classifier, sorted(self.classes))
            return
        if where.version is not None and where.version not in versions:
            yield Unknown(f"version of {where.classifier}", where.version, list(versions))
            return
        asked = versions.values() if where.version is None else [versions[where.version]]
        known = dict.fromkeys(name for leaves in asked for name in leaves)
        for name in where.classes or ():
            if name not in known:
                yield Unknown(f"class of {where.classifier}", name, list(known))

    def _has_feature(self, name: str) -> bool:
        return name in self.features or split_feature(name)[0] in self.features


def _nearest(name: str, known: Sequence[str]) -> str | None:
    """The name that was likely meant, whatever its capitals."""
    by_letters = {one.casefold(): one for one in known}
    found = get_close_matches(name[:80].casefold(), by_letters, n=1)
    return by_letters[found[0]] if found else None
