"""Objects, and lists of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from anyio import to_thread

from domain.errors import InvalidPosition
from domain.light_curve import Window
from domain.links import links_of
from domain.object_filter import ObjectFilter
from domain.periodogram import periodogram
from domain.sky import HEALPIX_ORDER, coarser_pixel, position
from domain.sky_object import SkyObject
from domain.skymap import SkymapLevel
from domain.time import datetime_from_mjd
from domain.visibility import site, visibility
from graphql_schema.context import Info
from graphql_schema.errors import InvalidInput
from graphql_schema.inputs.arguments import AfterCursor
from graphql_schema.inputs.catalogs import known_names
from graphql_schema.inputs.identifiers import parse_candid, parse_day, parse_name
from graphql_schema.inputs.paging import PageAsked
from graphql_schema.limits import (
    MAX_CLASSIFICATIONS,
    MAX_COUNT,
    MAX_CROSSMATCH_ARCSEC,
    MAX_NEIGHBOR_ARCSEC,
    at_most,
    page_size,
)
from graphql_schema.links import LightCurveLink, ObjectsLink
from graphql_schema.loaders.catalogs import CrossmatchKey
from graphql_schema.loaders.classifications import FeaturesKey, HistoryKey, HistoryPage
from graphql_schema.loaders.light_curves import LightCurveKey
from graphql_schema.loaders.neighbors import NeighborKey
from graphql_schema.loaders.packets import PacketKey
from graphql_schema.loaders.stamps import StampsKey
from graphql_schema.node_id import OBJECT, encode_node_id
from graphql_schema.types.band_statistics import BAND_STATISTICS, BandStatistics
from graphql_schema.types.catalog import CatalogMatch
from graphql_schema.types.classification import (
    DESCRIBED,
    FEATURES,
    Classification,
    ClassificationConnection,
    Feature,
    only_named,
)
from graphql_schema.types.enums import Band, Survey, TableFormat
from graphql_schema.types.light_curve import LightCurve
from graphql_schema.types.link import LINKS, Link
from graphql_schema.types.missing_classification import MissingClassification
from graphql_schema.types.node import Node
from graphql_schema.types.packet import Packet
from graphql_schema.types.page_info import PageInfo, page_info_of
from graphql_schema.types.periodogram import Periodogram, measured, needed_columns
from graphql_schema.types.skymap import SkymapPlace
from graphql_schema.types.stamps import Stamps
from graphql_schema.types.visibility import Visibility
from storage.objects import Listed, Placed, count_objects


@strawberry.type(
    description="A place on the sky, or a moving body, that one survey detected: its detections together."
)
class Object(Node):
    row: strawberry.Private[SkyObject]
    survey: Survey = strawberry.field(description="The survey that detects it.")
    name: str = strawberry.field(description="The survey's own identifier, e.g. ZTF20aaelulu.")
    ra: float = strawberry.field(description="Mean right ascension of the detections, degrees ICRS.")
    dec: float = strawberry.field(description="Mean declination of the detections, degrees ICRS.")
    detection_count: int = strawberry.field(description="Number of detections, of alerts and of their histories.")
    non_detection_count: int = strawberry.field(description="Number of epochs with a limit only.")
    first_mjd: float = strawberry.field(description="Time of the first detection, MJD (UTC).")
    last_mjd: float = strawberry.field(description="Time of the last detection, MJD (UTC).")
    first_time: datetime = strawberry.field(description="Time of the first detection, UTC.")
    last_time: datetime = strawberry.field(description="Time of the last detection, UTC.")
    corrected: bool | None = strawberry.field(
        description="True when the photometry can be corrected with the reference source: the first detection "
        "lies within 1.4 (survey units) of one."
    )
    stellar: bool | None = strawberry.field(
        description="Whether the reference source looks like a star, at the first detection that can tell; "
        "null when none can."
    )
    mean_color: float | None = strawberry.field(
        description="Mean g - mean r of the difference magnitudes, mag; null unless both bands were seen."
    )
    mean_apparent_color: float | None = strawberry.field(
        description="Mean g - mean r of the apparent magnitudes, mag; null unless both bands have some."
    )

    @classmethod
    def from_row(cls, row: SkyObject) -> "Object":
        return cls(
            id=strawberry.ID(encode_node_id(OBJECT, row.object_id)),
            row=row,
            survey=Survey(row.survey),
            name=row.name,
            ra=row.ra,
            dec=row.dec,
            detection_count=row.detection_count,
            non_detection_count=row.non_detection_count,
            first_mjd=row.first_mjd,
            last_mjd=row.last_mjd,
            first_time=datetime_from_mjd(row.first_mjd),
            last_time=datetime_from_mjd(row.last_mjd),
            corrected=row.corrected,
            stellar=row.stellar,
            mean_color=row.mean_color,
            mean_apparent_color=row.mean_apparent_color,
        )

    @strawberry.field(description="HEALPix nested pixel at the given order (0-29), as text.")
    def healpix(
        self,
        order: Annotated[
            int | None, strawberry.argument(description="Order, 0 (12 pixels) to 29 (0.4 mas); 10 when null.")
        ] = 10,
    ) -> strawberry.ID:
        order = 10 if order is None else order
        if not 0 <= order <= HEALPIX_ORDER:
            raise InvalidInput(f"order must lie between 0 and {HEALPIX_ORDER}, got {order}")
        return strawberry.ID(str(coarser_pixel(self.row.hpx, order)))

    @strawberry.field(description="Summaries per band, from the bluest to the reddest.")
    async def band_statistics(self, info: Info) -> Sequence[BandStatistics]:
        return BAND_STATISTICS.of(await info.context.loaders.band_statistics.load(self.row.object_id))

    @strawberry.field(
        description="What was measured, whole or in a window: bands, and MJD limits that are included."
    )
    def light_curve(
        self,
        bands: Annotated[list[Band] | None, strawberry.argument(description="These bands; all when null.")] = None,
        after_mjd: Annotated[float | None, strawberry.argument(description="Not before this MJD (UTC).")] = None,
        before_mjd: Annotated[float | None, strawberry.argument(description="Not after this MJD (UTC).")] = None,
    ) -> LightCurve:
        window = Window(None if bands is None else tuple(bands), after_mjd, before_mjd)
        link = LightCurveLink(self.row.survey, self.row.name, window)
        return LightCurve(object_id=self.row.object_id, window=window, link=link)

    @strawberry.field(description="The latest answer of every classifier, or of one, in the order of their names.")
    async def classifications(
        self,
        info: Info,
        classifier: Annotated[
            str | None, strawberry.argument(description="Of this classifier only, by its name; of all when null.")
        ] = None,
    ) -> list[Classification]:
        rows = await info.context.loaders.classifications.load(self.row.object_id)
        return [Classification.from_row(row) for row in rows if classifier in (None, row.classifier)]

    @strawberry.field(
        description="The classifiers in use that have no answer for it, and why, in the order of their names."
    )
    async def missing_classifications(self, info: Info) -> list[MissingClassification]:
        states = await info.context.loaders.answer_states.load(self.row.object_id)
        return [MissingClassification.from_row(one, one.missing) for one in states if one.missing is not None]

    @strawberry.field(description="Every answer ever given, newest first. `first` at most 500.")
    async def classification_history(
        self,
        info: Info,
        classifier: Annotated[
            str | None, strawberry.argument(description="Of this classifier only, by its name; of all when null.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many answers a page holds, 0 to 500; 20 when null.")
        ] = 20,
        after: AfterCursor = None,
    ) -> ClassificationConnection:
        size = page_size(20 if first is None else first, MAX_CLASSIFICATIONS)
        page = HistoryPage(None if classifier is None else parse_name(classifier), size + 1, after)
        rows = await info.context.loaders.classification_history.load(HistoryKey(self.row.object_id, page))
        return ClassificationConnection.from_rows(rows, first=size, after=after)

    @strawberry.field(
        description="The numbers that the latest answers follow from, in the order of their classifier."
    )
    async def features(
        self,
        info: Info,
        names: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these, by name without the band; all when null."),
        ] = None,
    ) -> Sequence[Feature]:
        described = info.leaves is None or not DESCRIBED.isdisjoint(info.leaves)
        columns = await info.context.loaders.features.load(FeaturesKey(self.row.object_id, described))
        return FEATURES.of(columns if names is None else only_named(columns, names))

    @strawberry.field(
        description="Stamps of one alert; of the first alert that has them when none is named. Null when there "
        "are none."
    )
    async def stamps(
        self,
        info: Info,
        candid: Annotated[
            strawberry.ID | None, strawberry.argument(description="The alert, by the survey's identifier.")
        ] = None,
    ) -> Stamps | None:
        key = StampsKey(self.row.object_id, None if candid is None else parse_candid(candid))
        row = await info.context.loaders.stamps.load(key)
        return None if row is None else Stamps(row=row, survey=self.row.survey)

    @strawberry.field(
        description="How periodic the light curve is; null with fewer than 10 measurements or all of one moment."
    )
    async def periodogram(self, info: Info) -> Periodogram | None:
        corrected = self.row.corrected
        key = LightCurveKey(self.row.object_id, Window(), needed_columns(corrected=corrected))
        columns = await info.context.loaders.detections.load(key)
        found = await to_thread.run_sync(periodogram, measured(columns, corrected=corrected))
        return None if found is None else Periodogram.from_domain(found)

    @strawberry.field(description="When the object can be observed from a site in a night.")
    async def visibility(
        self,
        longitude: Annotated[float, strawberry.argument(description="Longitude of the site, degrees east.")],
        latitude: Annotated[float, strawberry.argument(description="Latitude of the site, degrees north.")],
        night: Annotated[str, strawberry.argument(description="Date on which the night begins, YYYY-MM-DD.")],
        height: Annotated[float, strawberry.argument(description="Height of the site, m (WGS 84).")] = 0.0,
    ) -> Visibility:
        place, seen_from = position(self.row.ra, self.row.dec), site(longitude, latitude, height)
        found = await to_thread.run_sync(visibility, place, seen_from, parse_day(night))
        return Visibility.from_domain(found)

    @strawberry.field(
        description="Everything that the survey sent with one alert; with the first one when none is named. Null "
        "when there is no such alert of the object."
    )
    async def packet(
        self,
        info: Info,
        candid: Annotated[
            strawberry.ID | None, strawberry.argument(description="The alert, by the survey's identifier.")
        ] = None,
    ) -> Packet | None:
        key = PacketKey(self.row.object_id, None if candid is None else parse_candid(candid))
        row = await info.context.loaders.packets.load(key)
        return None if row is None else Packet(row=row)

    @strawberry.field(
        description="Sources of catalogues within a radius (arcsec, at most 600), nearest first, at most 100."
    )
    async def crossmatches(
        self,
        info: Info,
        catalogs: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these catalogues, by name; all when null. At most 100."),
        ] = None,
        radius: Annotated[float | None, strawberry.argument(description="Radius, arcsec; 2 when null.")] = 2.0,
    ) -> list[CatalogMatch]:
        radius = 2.0 if radius is None else radius
        if not radius > 0:
            raise InvalidPosition(f"radius must be greater than 0, got {radius}")
        at_most("radius", radius, MAX_CROSSMATCH_ARCSEC)
        key = CrossmatchKey(self.row, radius, await known_names(info, catalogs))
        return [CatalogMatch.from_found(one) for one in await info.context.loaders.crossmatches.load(key)]

    @strawberry.field(
        description="Other objects within a radius (arcsec, at most 600), of this or another survey, nearest first."
    )
    async def neighbors(
        self,
        info: Info,
        radius: Annotated[float, strawberry.argument(description="Radius, arcsec; at most 600.")] = 3.0,
        survey: Annotated[
            Survey | None, strawberry.argument(description="Only objects of this survey; of all when null.")
        ] = None,
    ) -> list[Annotated["Neighbor", strawberry.lazy("graphql_schema.types.object")]]:
        if not radius > 0:
            raise InvalidPosition(f"radius must be greater than 0, got {radius}")
        at_most("radius", radius, MAX_NEIGHBOR_ARCSEC)
        found = await info.context.loaders.neighbors.load(NeighborKey(self.row, radius, survey))
        return [Neighbor.from_placed(placed) for placed in found]

    @strawberry.field(description="Pages about the object or its place elsewhere.")
    def links(self) -> Sequence[Link]:
        return LINKS.of(links_of(self.row.survey, self.row.name, self.row.ra, self.row.dec))


@strawberry.type(description="An object at a distance from a place or from another object.")
class Neighbor:
    separation: float = strawberry.field(description="Angle to it, arcsec.")
    object: Object = strawberry.field(description="The object.")

    @classmethod
    def from_placed(cls, placed: Placed) -> "Neighbor":
        return cls(separation=placed.separation_arcsec, object=Object.from_row(placed.object))


@strawberry.type(description="A number that was counted up to a cap.")
class Count:
    value: int = strawberry.field(description="The number, at most the cap.")
    exact: bool = strawberry.field(
        description="True when all were counted; false when there are more than the cap."
    )


@strawberry.type(description="An object in a list.")
class ObjectEdge:
    skymap_id: strawberry.Private[str | None]
    cursor: str = strawberry.field(description="Mark of this place in the list, to give to `after` or `before`.")
    node: Object = strawberry.field(description="The object.")

    @strawberry.field(
        description="Where the object lies in the sky map of `where: {region: {skymap: ...}}`; null without one."
    )
    async def skymap(self, info: Info) -> SkymapPlace | None:
        if self.skymap_id is None:
            return None
        item = await info.context.loaders.skymaps.load(self.skymap_id)
        return SkymapPlace.from_place(item.place_of(self.node.row.hpx))


@strawberry.type(description="A page of objects.")
class ObjectConnection:
    where: strawberry.Private[ObjectFilter]
    link: strawberry.Private[ObjectsLink]
    edges: list[ObjectEdge] = strawberry.field(description="The objects with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @strawberry.field(description="The objects without their cursors.")
    def nodes(self) -> list[Object]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many objects pass the filter, counted up to a cap (at most 1,000,000).")
    async def total_count(
        self,
        info: Info,
        cap: Annotated[
            int | None,
            strawberry.argument(description="Count no further than this, 0 to 1000000; 10000 when null."),
        ] = 10000,
    ) -> Count:
        cap = 10000 if cap is None else cap
        if cap < 0:
            raise InvalidInput(f"cap must not be negative, got {cap}")
        at_most("cap", cap, MAX_COUNT)
        found = await count_objects(info.context.reader, self.where, cap=cap + 1)
        return Count(value=min(found, cap), exact=found <= cap)

    @strawberry.field(
        description="Where to get all objects that pass the filter as a file, relative to this server: at most "
        "1,000,000, whatever page this is."
    )
    def download(
        self,
        format: Annotated[TableFormat, strawberry.argument(description="The format of the file.")],  # noqa: A002
    ) -> str:
        return self.link.address(format)

    @classmethod
    def from_rows(
        cls, rows: Sequence[Listed], asked: PageAsked, *, where: ObjectFilter, link: ObjectsLink
    ) -> "ObjectConnection":
        """Of the rows that were read for a page."""
        page = asked.rows(rows)
        skymap_id = where.region.skymap_id if isinstance(where.region, SkymapLevel) else None
        return cls(
            where=where,
            link=link,
            edges=[
                ObjectEdge(cursor=row.cursor, node=Object.from_row(row.object), skymap_id=skymap_id) for row in page
            ],
            page_info=page_info_of([row.cursor for row in page], len(rows), asked),
        )


@strawberry.type(description="An object in a cone.")
class ConeEdge:
    cursor: str = strawberry.field(description="Mark of this place in the list, to give to `after` or `before`.")
    node: Object = strawberry.field(description="The object.")
    separation: float = strawberry.field(description="Angle to the centre of the cone, arcsec.")


@strawberry.type(description="A page of objects in a cone, nearest first.")
class ConeConnection:
    edges: list[ConeEdge] = strawberry.field(description="The objects with their separations.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @classmethod
    def from_rows(cls, rows: Sequence[Placed], asked: PageAsked) -> "ConeConnection":
        """Of the rows that were read for a page."""
        page = asked.rows(rows)
        edges = [
            ConeEdge(cursor=row.cursor, node=Object.from_row(row.object), separation=row.separation_arcsec)
            for row in page
        ]
        return cls(edges=edges, page_info=page_info_of([row.cursor for row in page], len(rows), asked))
