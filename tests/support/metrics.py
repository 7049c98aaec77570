"""What metrics say, as text and as the growth of their numbers."""

from collections.abc import Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


class Series(NamedTuple):
    """A name, and labels in the order of their names."""

    name: str
    labels: tuple[tuple[str, str], ...]


def series(name: str, **labels: str) -> Series:
    return Series(name, tuple(sorted(labels.items())))


def parsed(text: str) -> dict[Series, float]:
    """What `/metrics` answered."""
    return {
        series(sample.name, **sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Growth:
    """Numbers since this was made: other tests count in the same process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._before = numbers(registry)

    def __getitem__(self, wanted: Series) -> float:
        return numbers(self._registry).get(wanted, 0.0) - self._before.get(wanted, 0.0)

    def grown(self, name: str) -> Mapping[tuple[str, ...], float]:
        """The series of a name that have grown, by the values of their labels."""
        after = numbers(self._registry)
        return {
            tuple(text for _, text in wanted.labels): number - self._before.get(wanted, 0.0)
            for wanted, number in after.items()
            if wanted.name == name and number != self._before.get(wanted, 0.0)
        }


def numbers(registry: Collector) -> dict[Series, float]:
    return {
        series(sample.name, **sample.labels): sample.value
        for family in registry.collect()
        for sample in family.samples
    }
