"""Taxonomies: the classes that a classifier may give, as a tree."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from domain.errors import ArrayanError


class InvalidTaxonomy(ArrayanError):
    """Classes that do not make a tree."""


class TaxonClass(NamedTuple):
    """One class. `parent` is the class that it belongs to; None at the top."""

    name: str
    description: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Classes in a fixed order, parents before their children. Raises InvalidTaxonomy when they are no tree."""

    name: str
    version: str
    classes: tuple[TaxonClass, ...]

    def __post_init__(self) -> None:
        names = Counter(taxon.name for taxon in self.classes)
        if repeated := [name for name, count in names.items() if count > 1]:
            raise InvalidTaxonomy(f"taxonomy {self.name} has {repeated} more than once")
        if not self.classes:
            raise InvalidTaxonomy(f"taxonomy {self.name} has no class")
        above: set[str] = set()
        for taxon in self.classes:
            if taxon.parent is not None and taxon.parent not in above:
                raise InvalidTaxonomy(
                    f"taxonomy {self.name} names {taxon.parent!r} as the parent of {taxon.name!r}, "
                    "but not among the classes before it"
                )
            above.add(taxon.name)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Classes without children, in order: those that get probabilities."""
        parents = {taxon.parent for taxon in self.classes}
        return tuple(taxon.name for taxon in self.classes if taxon.name not in parents)

    def children(self, name: str) -> tuple[str, ...]:
        """Classes whose parent is `name`, in order."""
        return tuple(taxon.name for taxon in self.classes if taxon.parent == name)
