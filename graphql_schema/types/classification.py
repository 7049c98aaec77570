"""What classifiers said of an object."""

from collections.abc import Collection, Sequence
from datetime import datetime

import strawberry

from domain.classification import Ranked, ranked, split_feature
from graphql_schema.leaf_rows import ColumnLeaves, Computed, Leaves
from graphql_schema.types.enums import Band
from graphql_schema.types.page_info import PageInfo, page_info
from storage.classifications import StoredClassification
from storage.reader import Columns


@strawberry.type(description="The probability of one class.")
class Probability:
    class_: str = strawberry.field(name="class", description="Name of the class.")
    probability: float = strawberry.field(description="Probability, 0 to 1; those of all classes sum to 1.")
    ranking: int = strawberry.field(description="1 for the most probable class, 2 for the next.")

    @classmethod
    def from_row(cls, row: Ranked) -> "Probability":
        return cls(class_=row.name, probability=row.probability, ranking=row.ranking)


PROBABILITIES = Leaves(Ranked, Probability.from_row, class_=lambda row: row.name)


@strawberry.type(description="One answer of a classifier for one object. Answers are never changed afterwards.")
class Classification:
    classifier: str = strawberry.field(description="Name of the classifier.")
    version: str = strawberry.field(description="Version of the classifier.")
    class_: str = strawberry.field(name="class", description="The most probable class.")
    probability: float = strawberry.field(description="Probability of the most probable class, 0 to 1.")
    probabilities: Sequence[Probability] = strawberry.field(
        description="The probabilities of all classes without children, the most probable first."
    )
    candid: strawberry.ID | None = strawberry.field(
        description="The alert that caused it, by the survey's identifier; null when none did."
    )
    mjd: float = strawberry.field(description="Time of the observation that caused it, MJD (UTC).")
    classified_at: datetime = strawberry.field(description="When the answer was stored, UTC.")

    @classmethod
    def from_row(cls, row: StoredClassification) -> "Classification":
        classes = ranked(dict(zip(row.leaves, row.probabilities, strict=True)))
        return cls(
            classifier=row.classifier,
            version=row.version,
            class_=classes[0].name,
            probability=classes[0].probability,
            probabilities=PROBABILITIES.of(classes),
            candid=strawberry.ID(str(row.candid)),
            mjd=row.mjd,
            classified_at=row.classified_at,
        )


@strawberry.type(description="An answer in a list.")
class ClassificationEdge:
    cursor: str = strawberry.field(description="Mark of this place in the list, to give to `after`.")
    node: Classification = strawberry.field(description="The answer.")


@strawberry.type(description="A page of answers, newest first.")
class ClassificationConnection:
    edges: list[ClassificationEdge] = strawberry.field(description="The answers with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @classmethod
    def from_rows(
        cls, rows: Sequence[StoredClassification], *, first: int, after: str | None
    ) -> "ClassificationConnection":
        """Of rows asked for with one more than `first`."""
        edges = [ClassificationEdge(cursor=row.cursor, node=Classification.from_row(row)) for row in rows[:first]]
        cursors = [edge.cursor for edge in edges]
        return cls(edges=edges, page_info=page_info(cursors, more=len(rows) > first, after=after))


@strawberry.type(description="A named number that an answer follows from.")
class Feature:
    name: str = strawberry.field(description="Name of the feature, without the band.")
    band: Band | None = strawberry.field(description="Its band; null for a feature of all bands together.")
    value: float | None = strawberry.field(
        description="Its value, in `unit`; null when it cannot be told: too few points, no period, no limits."
    )
    unit: str | None = strawberry.field(
        description="Unit of the value as VOUnits write it, `log(d)` for log10 of days; null for a pure number."
    )
    description: str | None = strawberry.field(
        description="What it measures, and of which points; null when its classifier does not say."
    )
    version: str = strawberry.field(description="Version of the classifier that computed it.")


def stems(names: Sequence[str]) -> list[str]:
    """Names of features without their bands."""
    return [split_feature(name)[0] for name in names]


def bands(names: Sequence[str]) -> list[Band | None]:
    """Bands of features, by their names."""
    return [split_feature(name)[1] for name in names]


FEATURES = ColumnLeaves(
    Feature,
    ("value", "version", "unit", "description"),
    name=Computed(("name",), stems),
    band=Computed(("name",), bands),
)
DESCRIBED = {"unit", "description"}
"""What only the definitions of features tell."""


def only_named(columns: Columns, names: Collection[str]) -> Columns:
    """Of features, those whose name without the band is among some."""
    places = [place for place, name in enumerate(stems(columns.get("name", ()))) if name in names]
    return {column: [values[place] for place in places] for column, values in columns.items()}
