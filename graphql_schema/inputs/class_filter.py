"""Conditions on what classifiers say, and on features."""

import strawberry

from domain import object_filter as domain
from domain.classification import feature_name
from graphql_schema.errors import InvalidInput, LimitExceeded
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.inputs.ranges import FloatRange
from graphql_schema.limits import MAX_CLASSES
from graphql_schema.types.enums import Band


@strawberry.input(
    description="The latest answer of a classifier has a class that is one of `class`, with this ranking and a "
    "probability within limits."
)
class ClassFilter:
    classifier: str = strawberry.field(description="Name of the classifier; `classifiers` lists them.")
    version: str | None = strawberry.field(
        default=None, description="Only answers of this version; of any when null."
    )
    class_: list[str] | None = strawberry.field(
        default=None,
        name="class",
        description="One of these classes, leaves of the classifier's tree; any when null. Queries refuse a "
        "name that no version of it gives.",
    )
    ranking: int | None = strawberry.field(
        default=None,
        description="1 for the most probable class, 2 for the next. When null: 1 if `class` is given and "
        "`probability` is not, else any.",
    )
    probability: FloatRange | None = strawberry.field(
        default=None, description="Probability of the class, between 0 and 1."
    )

    def to_domain(self) -> domain.ClassFilter:
        """The same filter in our own terms. Raises InvalidInput, LimitExceeded."""
        if self.ranking is not None and self.ranking < 1:
            raise InvalidInput(f"ranking begins with 1, got {self.ranking}")
        if self.class_ is not None and len(self.class_) > MAX_CLASSES:
            raise LimitExceeded(f"class may hold at most {MAX_CLASSES} classes, got {len(self.class_)}")
        ranking = self.ranking
        if ranking is None and self.class_ is not None and self.probability is None:
            ranking = 1
        return domain.ClassFilter(
            classifier=parse_name(self.classifier),
            version=None if self.version is None else parse_name(self.version),
            classes=None if self.class_ is None else tuple(map(parse_name, self.class_)),
            ranking=ranking,
            probability=domain.NO_LIMITS if self.probability is None else self.probability.to_domain(),
        )


@strawberry.input(
    description="A feature of the latest answers is known and within limits. It is looked up row by row: join it "
    "with other conditions."
)
class FeatureFilter:
    name: str = strawberry.field(
        description="Name of the feature, as `Object.features` gives it. Queries refuse a name that no classifier "
        "gives."
    )
    band: Band | None = strawberry.field(
        default=None, description="Its band; null for a feature of all bands together."
    )
    value: FloatRange = strawberry.field(description="Its value, in the unit of the feature.")

    def to_domain(self) -> domain.FeatureFilter:
        return domain.FeatureFilter(feature_name(parse_name(self.name), self.band), self.value.to_domain())
