"""What was measured, and what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, NamedTuple


class BenchmarkUnavailable(Exception):
    """Something that a benchmark compares with is not on this machine; the message says what."""


class Goal(NamedTuple):
    """What a ratio should be."""

    sense: Literal["<=", ">="]
    ratio: float

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.ratio if self.sense == "<=" else ratio >= self.ratio

    def __str__(self) -> str:
        return f"{self.sense} {self.ratio:g}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report: our value and the peer's, once per round. Without a peer, ours alone."""

    name: str
    unit: str
    ours: Sequence[float]
    peer_name: str = ""
    peer: Sequence[float] = field(default=())
    goal: Goal | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours over the peer's, of the same round."""
        return [mine / other for mine, other in zip(self.ours, self.peer, strict=True)] if self.peer else []

    @property
    def ratio(self) -> float | None:
        """Median over the rounds; None without a peer."""
        return median(self.ratios) if self.peer else None

    @property
    def is_met(self) -> bool | None:
        """None without a goal."""
        return None if self.goal is None or self.ratio is None else self.goal.is_met(self.ratio)


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one benchmark found: its figures, and in words what a reader must know about them."""

    name: str
    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())
