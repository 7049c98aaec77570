"""Which answers of classifiers a subscriber wants to be told of."""

import strawberry

from domain import event_filter as domain
from domain.object_filter import NO_LIMITS
from graphql_schema.errors import LimitExceeded
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.inputs.object_filter import ObjectFilter
from graphql_schema.inputs.ranges import FloatRange
from graphql_schema.limits import MAX_CLASSES
from graphql_schema.types.enums import Survey


@strawberry.input(description="Conditions on an answer of a classifier; those that are given must all hold.")
class ClassificationFilter:
    survey: Survey | None = strawberry.field(default=None, description="Of an object of this survey.")
    classifier: str | None = strawberry.field(
        default=None, description="Of this classifier, by its name; `classifiers` lists them. Of any when null."
    )
    classes: list[str] | None = strawberry.field(
        default=None, description="The most probable class is one of these; any when null. At most 100."
    )
    probability: FloatRange | None = strawberry.field(
        default=None, description="Probability of the most probable class, between 0 and 1."
    )
    changed_only: bool | None = strawberry.field(
        default=False,
        description="Only when the most probable class changed, or is the first that the classifier gave.",
    )
    object: ObjectFilter | None = strawberry.field(
        default=None, description="The object passes this filter when the answer is told of."
    )

    def to_domain(self) -> domain.ClassificationEventFilter:
        """The same filter in our own terms. Raises LimitExceeded, InvalidInput, and what a bad region raises."""
        if self.classes is not None and len(self.classes) > MAX_CLASSES:
            raise LimitExceeded(f"classes may hold at most {MAX_CLASSES} classes, got {len(self.classes)}")
        return domain.ClassificationEventFilter(
            survey=self.survey,
            classifier=None if self.classifier is None else parse_name(self.classifier),
            classes=None if self.classes is None else frozenset(map(parse_name, self.classes)),
            probability=NO_LIMITS if self.probability is None else self.probability.to_domain(),
            changed_only=bool(self.changed_only),
            object=None if self.object is None else self.object.to_domain(),
        )
