"""Answers that an object has not got."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_schema.types.enums import WhyUnanswered
from storage.classification_state import ObjectState

WAITING = "a worker will answer for it"
FAILED = "it could not be classified; who runs this broker can see why"


@strawberry.type(description="A classifier that has not answered for an object, and why.")
class MissingClassification:
    classifier: str = strawberry.field(description="Name of the classifier.")
    why: WhyUnanswered = strawberry.field(description="Why, as one of few words.")
    since: datetime | None = strawberry.field(
        description="Since when it waits, is deferred, or failed, UTC; null when it was never asked."
    )
    reason: str = strawberry.field(description="Why, in words for people. Where it is deferred, what is missing.")

    @classmethod
    def from_row(cls, row: ObjectState, why: WhyUnanswered) -> Self:
        return cls(classifier=row.classifier, why=why, since=row.since, reason=_reason(row))


def _reason(row: ObjectState) -> str:
    """What failed is told to who runs the broker: it may name files and quote errors."""
    if row.work is WhyUnanswered.DEFERRED and row.reason is not None:
        return row.reason
    if row.work is not None:
        return FAILED if row.work is WhyUnanswered.FAILED else WAITING
    return row.why_never_asked
