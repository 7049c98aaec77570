"""What came of observing nights."""

from collections.abc import Sequence

import strawberry

from domain.latency import percentile
from graphql_schema.context import Info
from graphql_schema.types.enums import Survey
from graphql_schema.types.page_info import PageInfo, page_info
from storage.nights import Night as Row
from storage.nights import NightClass as ClassRow
from storage.nights import NightKey


@strawberry.type(description="How often a classifier named a class, of the alerts of one night.")
class NightClass:
    classifier: str = strawberry.field(description="Name of the classifier, of whatever version.")
    class_: str = strawberry.field(name="class", description="The most probable class of the answers counted here.")
    answers: int = strawberry.field(
        description="How many answers that alerts of the night caused name it. An object that is classified twice "
        "in a night counts twice."
    )

    @classmethod
    def from_row(cls, row: ClassRow) -> "NightClass":
        return cls(classifier=row.classifier, class_=row.class_, answers=row.answers)


@strawberry.type(description="What has come of one night of a survey.")
class Night:
    key: strawberry.Private[NightKey]
    survey: Survey = strawberry.field(description="The survey.")
    night: str = strawberry.field(
        description="The night's date, YYYY-MM-DD. For ZTF the UTC date of the observation; for LSST the UTC "
        "date 12 hours before it, as the survey's own day_obs has it."
    )
    alerts: int = strawberry.field(
        description="Alerts that came, each counted once however often it was sent: stored + deadLetters."
    )
    stored: int = strawberry.field(description="Alerts observed in this night that are stored.")
    dead_letters: int = strawberry.field(
        description="Packets known to be the survey's that could not be stored and wait for a retry: of this "
        "night, or received on its date when they hide when they were observed."
    )
    classified: int = strawberry.field(
        description="Answers of all classifiers that alerts of this night caused; an alert may cause several, or "
        "none."
    )
    latency_p50: float | None = strawberry.field(
        name="latencyP50",
        description="Half of the stored alerts were committed within this time after their observation, s; known "
        "to 5 %. Null when that took more than ten days: then the night was not taken in live.",
    )
    latency_p95: float | None = strawberry.field(
        name="latencyP95", description="The same for 95 % of the stored alerts, s; null as for latencyP50."
    )

    @strawberry.field(
        description="What the answers of the classifiers were, by classifier, the most frequent class first; "
        "together as many as `classified`."
    )
    async def classes(self, info: Info) -> list[NightClass]:
        return [NightClass.from_row(row) for row in await info.context.loaders.night_classes.load(self.key)]

    @classmethod
    def from_row(cls, row: Row) -> "Night":
        return cls(
            key=NightKey(row.survey, row.night),
            survey=Survey(row.survey),
            night=row.night.isoformat(),
            alerts=row.stored + row.dead_letters,
            stored=row.stored,
            dead_letters=row.dead_letters,
            classified=row.classified,
            latency_p50=percentile(row.latency, 0.5),
            latency_p95=percentile(row.latency, 0.95),
        )


@strawberry.type(description="A night in a list.")
class NightEdge:
    cursor: str = strawberry.field(description="Mark of this place in the list, to give to `after`.")
    node: Night = strawberry.field(description="The night.")


@strawberry.type(description="A page of nights, newest first.")
class NightConnection:
    edges: list[NightEdge] = strawberry.field(description="The nights.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @classmethod
    def from_rows(cls, rows: Sequence[Row], *, first: int, after: str | None) -> "NightConnection":
        """Of rows asked for with one more than `first`."""
        edges = [NightEdge(cursor=row.cursor, node=Night.from_row(row)) for row in rows[:first]]
        cursors = [edge.cursor for edge in edges]
        return cls(edges=edges, page_info=page_info(cursors, more=len(rows) > first, after=after))
