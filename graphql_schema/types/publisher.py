"""Who sends events on, and how far they have come."""

from datetime import datetime

import strawberry

from storage.publishers import Publishing


@strawberry.type(description="A process that sends events on to topics of Kafka, under a name.")
class Publisher:
    name: str = strawberry.field(description="Its name, as `arrayan publish kafka --name` has it.")
    events_behind: int = strawberry.field(
        description="Events that it has not sent on yet; may count a few that there never were."
    )
    updated_at: datetime = strawberry.field(description="When it last noted how far it has come, UTC.")

    @classmethod
    def from_row(cls, row: Publishing) -> "Publisher":
        return cls(name=row.name, events_behind=row.events_behind, updated_at=row.updated_at)
