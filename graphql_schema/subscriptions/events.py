"""Subscriptions to what is stored and to what classifiers say."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import partial
from typing import Annotated

import strawberry

from domain.event import Event, parse_event_id
from domain.event_filter import ClassificationEventFilter
from domain.object_filter import ObjectFilter as DomainObjectFilter
from graphql_schema.context import Context, EventSource, Info
from graphql_schema.errors import InvalidInput
from graphql_schema.inputs.arguments import Where
from graphql_schema.inputs.classification_filter import ClassificationFilter
from graphql_schema.subscriptions.patience import patiently
from graphql_schema.types.classification import Classification
from graphql_schema.types.detection import Detection
from graphql_schema.types.events import ClassificationEvent, DetectionEvent, event_id_of
from graphql_schema.types.object import Object
from storage.event_batch import EventBatch

AfterEvent = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Begin behind this event, an `eventId`: what was missed comes first, then what happens. `0` "
        "begins with the oldest that is kept; null with what happens from now on."
    ),
]


@strawberry.type(
    description="What is told as it happens, over WebSocket (graphql-transport-ws) or server-sent events. Events "
    "come in one order for everybody, and are kept for some days: a client that was away goes on with `after`."
)
class Subscription:
    @strawberry.subscription(
        description="A new or changed classification that passes the filter: every answer of a classifier for an "
        "object, as soon as it is stored."
    )
    async def classified(
        self,
        info: Info,
        where: Annotated[
            ClassificationFilter | None,
            strawberry.argument(description="Only answers that pass this filter; all when null."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[ClassificationEvent, None]:
        wanted = ClassificationEventFilter() if where is None else where.to_domain()
        source = source_of(info.context)
        async for batch in batches(info.context, after):
            for event, told in await patiently(partial(classified_in, batch, wanted)):
                source.tell(event)
                yield told

    @strawberry.subscription(
        description="A new alert of an object that passes the filter, as soon as it is stored. Detections that "
        "came in the history of an alert are no events."
    )
    async def detected(
        self, info: Info, where: Where = None, after: AfterEvent = None
    ) -> AsyncGenerator[DetectionEvent, None]:
        wanted = None if where is None else where.to_domain()
        source = source_of(info.context)
        async for batch in batches(info.context, after):
            for event, told in await patiently(partial(detected_in, batch, wanted)):
                source.tell(event)
                yield told


def source_of(context: Context) -> EventSource:
    """Where events come from. Raises InvalidInput where there are none to be had."""
    if context.events is None:
        raise InvalidInput(
            "subscriptions are answered over WebSocket (graphql-transport-ws) or as server-sent events "
            "(Accept: text/event-stream)"
        )
    return context.events


async def batches(context: Context, after: str | None) -> AsyncIterator[EventBatch]:
    """Events in their order, with nothing remembered of what was read for those before. Raises InvalidEventId."""
    begin = None if after is None else parse_event_id(after)
    async for batch in source_of(context).batches(begin):
        context.forget()
        yield batch


async def classified_in(
    batch: EventBatch, wanted: ClassificationEventFilter
) -> list[tuple[Event, ClassificationEvent]]:
    """The answers of a batch that a subscriber wants to be told of."""
    events = [event for event in batch.answered if wanted.passes(event)]
    if not events:
        return []
    answers, objects = await batch.answers(), await batch.answered_objects()
    events = [
        event
        for event in events
        if event.serial in answers
        and event.object_id in objects
        and wanted.classifier in (None, answers[event.serial].classifier)
        and wanted.survey in (None, objects[event.object_id].survey)
    ]
    return [
        (
            event,
            ClassificationEvent(
                event_id=event_id_of(event),
                object=Object.from_row(objects[event.object_id]),
                classification=Classification.from_row(answers[event.serial]),
                previous_class=event.previous_class,
            ),
        )
        for event in await _of_objects(batch, events, wanted.object)
    ]


async def detected_in(batch: EventBatch, wanted: DomainObjectFilter | None) -> list[tuple[Event, DetectionEvent]]:
    """The new alerts of a batch that a subscriber wants to be told of."""
    events = await _of_objects(batch, batch.stored, wanted)
    if not events:
        return []
    detections, objects = await batch.detections(), await batch.stored_objects()
    return [
        (
            event,
            DetectionEvent(
                event_id=event_id_of(event),
                object=Object.from_row(objects[event.object_id]),
                detection=Detection.from_row(detections[event.serial]),
            ),
        )
        for event in events
        if event.serial in detections and event.object_id in objects
    ]


async def _of_objects(
    batch: EventBatch, events: Sequence[Event], wanted: DomainObjectFilter | None
) -> Sequence[Event]:
    """The events whose objects pass a filter."""
    if wanted is None or not events:
        return events
    passing = await batch.passing(events, wanted)
    return [event for event in events if event.object_id in passing]
