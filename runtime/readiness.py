"""Whether a process can do its work, and what is wrong when it cannot."""

from typing import Any


class Readiness:
    """The parts that a process needs: each is there, or missing for a reason.

    One thread may write what another reads.
    """

    def __init__(self, *parts: str) -> None:
        self._problems: dict[str, str | None] = dict.fromkeys(parts, "not reached yet")

    def copy(self) -> "Readiness":
        """As it is now, to be added to."""
        copied = Readiness()
        copied._problems = dict(self._problems)
        return copied

    def found(self, part: str) -> None:
        """It is there."""
        self._problems[part] = None

    def missing(self, part: str, reason: str) -> None:
        """It is not there."""
        self._problems[part] = reason

    def note(self, part: str, problem: str | None) -> None:
        """It is there when there is no problem."""
        self._problems[part] = problem

    def is_there(self, part: str) -> bool:
        return self._problems[part] is None

    @property
    def is_ready(self) -> bool:
        return not any(self._problems.values())

    def as_json(self) -> dict[str, Any]:
        """For whatever watches the process."""
        return {
            "status": "ready" if self.is_ready else "unready",
            "parts": {
                part: {"ready": True} if problem is None else {"ready": False, "reason": problem}
                for part, problem in dict(self._problems).items()
            },
        }
