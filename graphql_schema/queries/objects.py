"""Objects by name, by filter, and by place."""

from typing import Annotated

import strawberry

from domain.errors import InvalidPosition
from domain.object_filter import NEWEST_FIRST
from domain.sky import cone
from domain.survey import SurveyName
from graphql_schema.context import Info
from graphql_schema.errors import InvalidInput, LimitExceeded
from graphql_schema.inputs.arguments import (
    AfterCursor,
    BeforeCursor,
    FirstObjects,
    LastRows,
    OfSurvey,
    OrderBy,
    Where,
)
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.inputs.object_filter import domain_filter
from graphql_schema.inputs.paging import page_asked
from graphql_schema.inputs.position import PositionInput, all_positions, center_of
from graphql_schema.limits import (
    MAX_CONE_ARCSEC,
    MAX_MATCHES,
    MAX_NAMES,
    MAX_NEAREST,
    MAX_NEIGHBOR_ARCSEC,
    MAX_OBJECTS,
    MAX_POSITIONS,
    at_most,
)
from graphql_schema.links import ObjectsLink
from graphql_schema.types.crossmatch import CrossmatchRow
from graphql_schema.types.object import ConeConnection, Object, ObjectConnection
from storage.crossmatch import crossmatch
from storage.objects import cone_search, list_objects


@strawberry.type
class ObjectQueries:
    @strawberry.field(
        description="One object by the survey's own identifier, e.g. ZTF20aaelulu; null when unknown."
    )
    async def object(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The survey's identifier, exactly.")],
        survey: OfSurvey = SurveyName.ZTF,
    ) -> Object | None:
        key = (survey or SurveyName.ZTF, parse_name(name))
        row = await info.context.loaders.objects_by_name.load(key)
        return None if row is None else Object.from_row(row)

    @strawberry.field(description="Objects by name, in the order asked; null where unknown. At most 1000.")
    async def objects_by_name(
        self,
        info: Info,
        names: Annotated[list[str], strawberry.argument(description="The survey's identifiers, at most 1000.")],
        survey: OfSurvey = SurveyName.ZTF,
    ) -> list[Object | None]:
        if len(names) > MAX_NAMES:
            raise LimitExceeded(f"names may hold at most {MAX_NAMES} names, got {len(names)}")
        keys = [(survey or SurveyName.ZTF, parse_name(name)) for name in names]
        rows = await info.context.loaders.objects_by_name.load_many(keys)
        return [None if row is None else Object.from_row(row) for row in rows]

    @strawberry.field(
        description="Objects that pass a filter, sorted (newest last detection first unless told otherwise), "
        "page by page: `first` or `last` at most 500."
    )
    async def objects(
        self,
        info: Info,
        where: Where = None,
        order_by: OrderBy = None,
        first: FirstObjects = 20,
        after: AfterCursor = None,
        last: LastRows = None,
        before: BeforeCursor = None,
    ) -> ObjectConnection:
        page = page_asked(first, after, last, before, default=20, cap=MAX_OBJECTS)
        chosen = domain_filter(where)
        order = [key.to_domain() for key in order_by or ()] or NEWEST_FIRST
        rows = await list_objects(
            *(info.context.reader, chosen, order),
            limit=page.limit,
            after=after,
            before=before,
            backwards=page.backwards,
        )
        return ObjectConnection.from_rows(rows, page, where=chosen, link=ObjectsLink(where, order_by))

    @strawberry.field(
        description="Objects within radius (arcsec, at most 36000) of a position, nearest first. The position is "
        "ra and dec in degrees ICRS, or text: `150.1 -2.2` or `10:00:24 -02:12:00`. `first` or `last` at most 500."
    )
    async def cone_search(
        self,
        info: Info,
        ra: Annotated[
            float | None, strawberry.argument(description="Right ascension of the centre, degrees ICRS.")
        ] = None,
        dec: Annotated[
            float | None, strawberry.argument(description="Declination of the centre, degrees ICRS.")
        ] = None,
        position: Annotated[
            str | None, strawberry.argument(description="The centre as text, in place of ra and dec.")
        ] = None,
        radius: Annotated[float, strawberry.argument(description="Radius, arcsec; at most 36000.")] = 30.0,
        where: Where = None,
        first: FirstObjects = 20,
        after: AfterCursor = None,
        last: LastRows = None,
        before: BeforeCursor = None,
    ) -> ConeConnection:
        page = page_asked(first, after, last, before, default=20, cap=MAX_OBJECTS)
        region = cone(center_of(ra, dec, position), at_most("radius", radius, MAX_CONE_ARCSEC))
        rows = await cone_search(
            *(info.context.reader, region, domain_filter(where)),
            limit=page.limit,
            after=after,
            before=before,
            backwards=page.backwards,
        )
        return ConeConnection.from_rows(rows, page)

    @strawberry.field(
        description="Many positions at once (a table of targets): the objects of each within radius (arcsec, at "
        "most 600), nearest first. The answer has a row for every position, in the order given, also for those "
        "without a match. At most 10000 positions, and at most 50000 positions x nearest."
    )
    async def crossmatch(
        self,
        info: Info,
        positions: Annotated[list[PositionInput], strawberry.argument(description="The places, at most 10000.")],
        radius: Annotated[float, strawberry.argument(description="Radius, arcsec; at most 600.")] = 2.0,
        nearest: Annotated[
            int | None,
            strawberry.argument(description="How many matches a position has at most, 1 to 50; 1 when null."),
        ] = 1,
        where: Where = None,
    ) -> list[CrossmatchRow]:
        nearest = 1 if nearest is None else nearest
        if len(positions) > MAX_POSITIONS:
            raise LimitExceeded(f"positions may hold at most {MAX_POSITIONS} places, got {len(positions)}")
        if nearest < 1:
            raise InvalidInput(f"nearest must be at least 1, got {nearest}")
        at_most("nearest", nearest, MAX_NEAREST)
        at_most("positions x nearest", len(positions) * nearest, MAX_MATCHES)
        if not radius > 0:
            raise InvalidPosition(f"radius must be greater than 0, got {radius}")
        at_most("radius", radius, MAX_NEIGHBOR_ARCSEC)
        places = all_positions("positions", positions)
        found = await crossmatch(
            info.context.reader, places, radius_arcsec=radius, nearest=nearest, where=domain_filter(where)
        )
        return [
            CrossmatchRow.from_matches(given.name, place, matches)
            for given, place, matches in zip(positions, places, found, strict=True)
        ]
