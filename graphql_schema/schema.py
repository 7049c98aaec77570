"""The schema, assembled."""

import strawberry
from strawberry.extensions import (
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig

from graphql_schema.errors import ErrorCodes
from graphql_schema.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
from graphql_schema.queries.detections import DetectionQueries
from graphql_schema.queries.nodes import NodeQueries
from graphql_schema.queries.objects import ObjectQueries
from graphql_schema.queries.surveys import SurveyQueries
from graphql_schema.scalars import FLOAT_ARRAY, FloatArray
from graphql_schema.types.detection import Detection
from graphql_schema.types.object import Object

DOCUMENTS_REMEMBERED = 512


@strawberry.type(
    description="All questions. Angles are degrees ICRS unless a name says otherwise, radii are arcseconds, times "
    "MJD (UTC); 64-bit identifiers travel as text."
)
class Query(NodeQueries, ObjectQueries, DetectionQueries, SurveyQueries):
    pass


def make_schema() -> strawberry.Schema:
    """The schema that the endpoint serves."""
    return strawberry.Schema(
        query=Query,
        types=[Object, Detection],
        extensions=[
            ErrorCodes,
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: MaxAliasesLimiter(max_alias_count=MAX_ALIASES),
            lambda: QueryDepthLimiter(max_depth=MAX_DEPTH),
            lambda: ParserCache(maxsize=DOCUMENTS_REMEMBERED),
            lambda: ValidationCache(maxsize=DOCUMENTS_REMEMBERED),
        ],
        config=StrawberryConfig(scalar_map={FloatArray: FLOAT_ARRAY}),
    )
