"""What the client means, apart from how bytes travel.

Everything that the client does is a generator that yields what it wants of the world, a `Request` or a `Pause`,
and is sent what came of it. `Arrayan` performs these wishes by blocking, `AsyncArrayan` by awaiting; neither
knows more."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Request:
    """A request of HTTP to a path of the server."""

    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    into: Path | None = None
    """Where a body goes that is not kept in memory; only when the status is 200."""
    read_seconds: float | None = None
    """Silence of the server after which the connection counts as lost; None for the client's own."""


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    """Their names are in small letters."""
    content: bytes


@dataclass(frozen=True)
class Lost:
    """There was no answer, or not all of it."""

    reason: str


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


Wish = Request | Pause
Outcome = Answer | Lost | None
Steps = Generator[Wish, Outcome, Result]
