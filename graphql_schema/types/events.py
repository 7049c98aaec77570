"""What subscribers are told."""

import strawberry

from domain.event import Event
from graphql_schema.types.classification import Classification
from graphql_schema.types.detection import Detection
from graphql_schema.types.object import Object

EVENT_ID = (
    "Name of this event, to give to `after` of any subscription: what followed it comes first, without a gap and "
    "without a repeat."
)


@strawberry.type(description="A classifier has answered for an object.")
class ClassificationEvent:
    event_id: strawberry.ID = strawberry.field(description=EVENT_ID)
    object: Object = strawberry.field(description="The object, as it is when the event is sent.")
    classification: Classification = strawberry.field(description="The answer.")
    previous_class: str | None = strawberry.field(
        description="The most probable class of the classifier's answer before, of whatever version; null when "
        "this is its first for the object."
    )


@strawberry.type(description="A new alert is stored.")
class DetectionEvent:
    event_id: strawberry.ID = strawberry.field(description=EVENT_ID)
    object: Object = strawberry.field(description="The object, as it is when the event is sent.")
    detection: Detection = strawberry.field(description="The measurement that caused the alert.")


def event_id_of(event: Event) -> strawberry.ID:
    """The name of an event, for clients."""
    return strawberry.ID(str(event.id))
