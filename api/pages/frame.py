"""What every page says about the whole, and chooses from."""

from typing import Any, NamedTuple

from api.pages.asking import Asker, Question
from domain.time import parse_time


class Frame(NamedTuple):
    """What every page says about the whole."""

    surveys: list[dict[str, Any]]
    classifiers: list[dict[str, Any]]
    catalogs: list[dict[str, Any]]

    @property
    def current(self) -> list[dict[str, Any]]:
        return [classifier for classifier in self.classifiers if classifier["isCurrent"]]

    @property
    def classes(self) -> dict[str, list[str]]:
        """The classes that can be asked for, by classifier: those that an answer gives probabilities for."""
        return {
            classifier["name"]: [one["name"] for one in classifier["classes"] if not one["children"]]
            for classifier in self.current
        }

    @property
    def newest_mjd(self) -> float | None:
        """Time of the newest alert of all surveys; None before there is any."""
        times = [survey["lastAlertTime"] for survey in self.surveys if survey["lastAlertTime"]]
        return max(map(parse_time, times), default=None)


async def ask_frame(asker: Asker) -> Frame:
    """The frame as it is now. Raises NotAnswered."""
    found = await asker.ask(Question.of("frame"))
    return Frame(found["surveys"], found["classifiers"], found["catalogs"])
