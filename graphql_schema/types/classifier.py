"""Classifiers, and the trees of their classes."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from domain.taxonomy import TaxonClass as Row
from graphql_schema.context import Info
from graphql_schema.types.enums import Survey
from storage.classification_work import Waiting
from storage.classifiers import ClassifierVersion


@strawberry.type(description="A class that a classifier may give.")
class TaxonClass:
    name: str = strawberry.field(description="Name of the class.")
    description: str = strawberry.field(description="What belongs to it.")
    parent: str | None = strawberry.field(description="The class that it is a part of; null at the top.")
    children: list[str] = strawberry.field(
        description="The classes that it consists of. Probabilities are given to classes without any."
    )

    @classmethod
    def from_rows(cls, rows: Sequence[Row]) -> "list[TaxonClass]":
        """All classes of a tree."""
        return [
            cls(
                name=row.name,
                description=row.description,
                parent=row.parent,
                children=[other.name for other in rows if other.parent == row.name],
            )
            for row in rows
        ]


@strawberry.type(description="What waits for a classifier.")
class ClassifierQueue:
    waiting: int = strawberry.field(description="Objects that it has not answered for yet, claimed ones included.")
    claimed: int = strawberry.field(description="Of these, the objects that a worker is at this moment busy with.")
    failed: int = strawberry.field(
        description="Objects that it could not answer for, and that wait until they change or somebody retries."
    )
    deferred: int = strawberry.field(
        description="Objects of which there is too little for an answer yet: they wait for more detections. "
        "Nothing is wrong with them, and they count neither as waiting nor as failed."
    )
    oldest_queued_at: datetime | None = strawberry.field(
        description="Since when the oldest of the waiting ones waits, UTC; null when none does."
    )

    @classmethod
    def from_row(cls, row: Waiting) -> "ClassifierQueue":
        return cls(
            waiting=row.waiting,
            claimed=row.claimed,
            failed=row.failed,
            deferred=row.deferred,
            oldest_queued_at=row.since,
        )


@strawberry.type(description="A classifier in one of its versions.")
class Classifier:
    taxonomy_id: strawberry.Private[int]
    name: str = strawberry.field(description="Name of the classifier.")
    version: str = strawberry.field(description="Its version; a model that answers differently has another.")
    is_current: bool = strawberry.field(
        description="Whether this version answers for what comes in; of one name, at most one is."
    )
    kind: str = strawberry.field(
        description="What it goes by: `stamps`, the first that an object has, or `light_curve`, from 6 detections "
        "in one band on and again with every tenth more."
    )
    surveys: list[Survey] | None = strawberry.field(
        description="Whose objects it can answer for; null when it answers for those of every survey."
    )
    description: str = strawberry.field(description="What it looks at and what it is good for.")

    @strawberry.field(description="The tree of its classes, parents before their children.")
    async def classes(self, info: Info) -> list[TaxonClass]:
        return TaxonClass.from_rows(await info.context.loaders.taxonomies.load(self.taxonomy_id))

    @strawberry.field(description="What waits for it; null for a version that is not current.")
    async def queue(self, info: Info) -> ClassifierQueue | None:
        if not self.is_current:
            return None
        return ClassifierQueue.from_row(await info.context.loaders.work.load(self.name))

    @classmethod
    def from_row(cls, row: ClassifierVersion) -> "Classifier":
        return cls(
            taxonomy_id=row.taxonomy_id,
            name=row.name,
            version=row.version,
            is_current=row.is_current,
            kind=row.kind.value,
            surveys=row.surveys,
            description=row.description,
        )
