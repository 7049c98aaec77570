"""Packets that could not be stored, counted."""

from datetime import datetime

import strawberry

from graphql_schema.types.enums import Survey
from storage.dead_letters import LetterCount


@strawberry.type(description="Packets that could not be stored for one reason, and wait for a retry.")
class DeadLetterCount:
    survey: Survey | None = strawberry.field(
        description="The survey that they are known to be of; null where the bytes do not tell."
    )
    reason: str = strawberry.field(description="The reason, as `arrayan dead-letters list --reason` takes it.")
    meaning: str = strawberry.field(description="The reason in a sentence.")
    count: int = strawberry.field(description="How many packets wait; the same bytes sent again count once.")
    first_seen_at: datetime = strawberry.field(description="When the first of them came, UTC.")
    last_seen_at: datetime = strawberry.field(description="When the last of them came, or came again, UTC.")

    @classmethod
    def from_row(cls, row: LetterCount) -> "DeadLetterCount":
        return cls(
            survey=None if row.survey is None else Survey(row.survey),
            reason=row.reason.value,
            meaning=row.reason.meaning,
            count=row.packets,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )
