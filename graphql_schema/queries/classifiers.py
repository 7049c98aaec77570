"""The classifiers that there are."""

import strawberry

from graphql_schema.context import Info
from graphql_schema.types.classifier import Classifier
from storage.classifiers import list_classifiers


@strawberry.type
class ClassifierQueries:
    @strawberry.field(
        description="Every version of every classifier that has run here, the current one of each name first."
    )
    async def classifiers(self, info: Info) -> list[Classifier]:
        return [Classifier.from_row(row) for row in await list_classifiers(info.context.reader)]
