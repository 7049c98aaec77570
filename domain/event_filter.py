"""What subscribers want to be told of."""

from dataclasses import dataclass

from domain.event import Event
from domain.object_filter import NO_LIMITS, ObjectFilter, Range
from domain.survey import SurveyName


@dataclass(frozen=True, slots=True)
class ClassificationEventFilter:
    """Which answers of classifiers; conditions that are given must all hold. None asks nothing."""

    survey: SurveyName | None = None
    classifier: str | None = None
    classes: frozenset[str] | None = None
    """The most probable class is one of these."""
    probability: Range = NO_LIMITS
    """Of the most probable class."""
    changed_only: bool = False
    object: ObjectFilter | None = None

    def passes(self, event: Event) -> bool:
        """Whether the event says nothing against it; classifier, survey and object are not looked at."""
        if self.changed_only and not event.is_change:
            return False
        if self.classes is not None and event.class_ not in self.classes:
            return False
        return event.probability is not None and self.probability.holds(event.probability)
