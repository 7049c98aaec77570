"""`AsyncArrayan`: derived from `client.py` by `make client`; change that file instead."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, overload

from typing_extensions import Self

from arrayan_client.errors import InvalidInput
from arrayan_client.events import Event, Follower
from arrayan_client.filters import (
    OrderLike,
    RangeLike,
    WhereLike,
    classification_filter,
    object_filter,
    order_of,
    where_of,
)
from arrayan_client.paging import Pages, Progress, Record
from arrayan_client.positions import AngleLike, PositionLike, place_of, places_of
from arrayan_client.records import (
    BandStatistics,
    CatalogSource,
    Classification,
    ClassificationEvent,
    ClassifiedObject,
    CrossmatchRow,
    Detection,
    DetectionEvent,
    DetectionOfObject,
    Download,
    Feature,
    ForcedPhotometry,
    FoundObject,
    LightCurve,
    NonDetection,
    Packet,
    PlacedObject,
    Probability,
    Skymap,
    SkyObject,
    Stamps,
    TaxonClass,
)
from arrayan_client.retry import Retry
from arrayan_client.rows import Rows
from arrayan_client.session import Session
from arrayan_client.steps import Result, Steps
from arrayan_client.subscription import AsyncSubscription
from arrayan_client.transport import AsyncTransport
from arrayan_client.verbs import classes, downloads, light_curves, objects, sky, skymaps, stamps, status
from arrayan_client.verbs.classes import Classifier
from arrayan_client.verbs.light_curves import Bands, Periodogram, Visibility
from arrayan_client.verbs.sky import Catalog
from arrayan_client.verbs.status import Night, SurveyStatus

FOR_EVER = 1_000_000_000


class AsyncArrayan:
    """A client of an Arrayán server.

    Angles are degrees ICRS or Quantities, radii arcseconds or Quantities, times MJD (UTC), magnitudes AB. Lost
    connections and busy servers are tried again with growing pauses. What cannot be done raises an `ArrayanError`.

        async with AsyncArrayan() as arrayan:
            for found in await arrayan.cone_search("17:57:56 +09:11:44", radius=60):
                print(found.name, found.separation)
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        retry: Retry | None = None,
        timeout: float = 60.0,
    ) -> None:
        """The server's address is `url`, else the variable ARRAYAN_URL, else http://127.0.0.1:8000; the token is
        `token`, else ARRAYAN_TOKEN, else none. `timeout` is in seconds. Raises InvalidInput."""
        self._session = Session.of(url, token, retry, timeout)
        self._transport = AsyncTransport(self._session)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._session.url

    # Objects

    async def query_objects(
        self,
        *,
        classifier: str | None = None,
        class_name: str | Iterable[str] | None = None,
        probability: RangeLike = None,
        ranking: int | None = None,
        ndet: RangeLike = None,
        firstmjd: RangeLike = None,
        lastmjd: RangeLike = None,
        position: PositionLike = None,
        ra: Any = None,
        dec: Any = None,
        radius: AngleLike = None,
        oid: str | Iterable[str] | None = None,
        survey: str | None = None,
        region: Mapping[str, Any] | None = None,
        where: WhereLike = None,
        order_by: OrderLike = None,
        order_mode: str = "DESC",
        limit: int | None = objects.DEFAULT_LIMIT,
        progress: Progress = None,
    ) -> Rows[SkyObject]:
        """Objects that pass all conditions, newest last detection first unless `order_by` says otherwise.

        A range is a number (at least) or a pair (from, to). `class_name` means the most probable class; with
        `probability`, any ranking passes unless `ranking` names one. `where` is an `ObjectFilter` of the schema,
        for everything else. `order_by` is `last_mjd`, `first_mjd`, `detection_count`, `ra`, `dec`, `name`,
        `duration` or `probability`. `limit=None` gives all."""
        filters = object_filter(
            where=where,
            survey=survey,
            oid=oid,
            classifier=classifier,
            class_name=class_name,
            probability=probability,
            ranking=ranking,
            ndet=ndet,
            firstmjd=firstmjd,
            lastmjd=lastmjd,
            position=position,
            ra=ra,
            dec=dec,
            radius=radius,
            region=region,
        )
        variables = {"where": filters, "orderBy": order_of(order_by, order_mode)}
        return await self._run(objects.query_objects(self._session, variables, limit, progress))

    def iterate_objects(
        self,
        where: WhereLike = None,
        *,
        order_by: OrderLike = None,
        order_mode: str = "DESC",
        limit: int | None = None,
    ) -> AsyncIterator[SkyObject]:
        """Objects that pass a filter, one after the other; pages of 500 are fetched as they are needed."""
        variables = {"where": where_of(where), "orderBy": order_of(order_by, order_mode)}
        return self._each(objects.object_pages(self._session, variables, limit))

    async def query_classified(
        self,
        classifier: str,
        class_name: str | Iterable[str] | None = None,
        *,
        probability: RangeLike = None,
        ndet: RangeLike = None,
        firstmjd: RangeLike = None,
        lastmjd: RangeLike = None,
        survey: str | None = None,
        region: Mapping[str, Any] | None = None,
        where: WhereLike = None,
        order_by: OrderLike = "probability",
        order_mode: str = "DESC",
        limit: int | None = objects.DEFAULT_LIMIT,
        progress: Progress = None,
    ) -> Rows[ClassifiedObject]:
        """Objects with the latest answer of a classifier, the surest first: candidates with their probabilities."""
        filters = object_filter(
            where=where,
            survey=survey,
            classifier=classifier,
            class_name=class_name,
            probability=probability,
            ranking=1,
            ndet=ndet,
            firstmjd=firstmjd,
            lastmjd=lastmjd,
            region=region,
        )
        variables = {"where": filters, "orderBy": order_of(order_by, order_mode)}
        return await self._run(objects.query_classified(self._session, variables, classifier, limit, progress))

    async def count_objects(self, where: WhereLike = None, *, cap: int = 1_000_000) -> int:
        """How many objects pass a filter, counted up to `cap`."""
        return await self._run(objects.count_objects(self._session, {"where": where_of(where)}, cap))

    async def query_object(self, name: str, survey: str | None = None) -> SkyObject:
        """One object by the survey's identifier; of ZTF unless a survey is named. Raises ObjectNotFound."""
        return await self._run(objects.query_object(self._session, name, survey))

    async def query_objects_by_name(
        self, names: Iterable[str], survey: str | None = None, *, progress: Progress = None
    ) -> list[SkyObject | None]:
        """Objects in the order of their names, as many as you like; None for one that is not there."""
        return await self._run(objects.query_objects_by_name(self._session, names, survey, progress))

    async def query_neighbors(
        self, name: str, radius: AngleLike = 3.0, survey: str | None = None
    ) -> Rows[FoundObject]:
        """Other objects near one, of all surveys, nearest first."""
        return await self._run(objects.query_neighbors(self._session, name, survey, radius))

    # Light curves

    async def query_lightcurve(
        self,
        name: str,
        survey: str | None = None,
        *,
        bands: Bands = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
    ) -> LightCurve:
        """Detections, non-detections and forced photometry of an object, whole or in a window. Raises
        ObjectNotFound."""
        variables = light_curves.window(name, survey, bands, after_mjd, before_mjd)
        return await self._run(light_curves.query_lightcurve(self._session, variables))

    async def query_detections(
        self,
        name: str,
        survey: str | None = None,
        *,
        bands: Bands = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
    ) -> Rows[Detection]:
        """The significant measurements of an object, by time."""
        variables = light_curves.window(name, survey, bands, after_mjd, before_mjd)
        return await self._run(light_curves.query_detections(self._session, variables))

    async def query_non_detections(
        self,
        name: str,
        survey: str | None = None,
        *,
        bands: Bands = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
    ) -> Rows[NonDetection]:
        """The epochs at which an object was looked for and not detected, by time."""
        variables = light_curves.window(name, survey, bands, after_mjd, before_mjd)
        return await self._run(light_curves.query_non_detections(self._session, variables))

    async def query_forced_photometry(
        self,
        name: str,
        survey: str | None = None,
        *,
        bands: Bands = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
    ) -> Rows[ForcedPhotometry]:
        """The fluxes at an object's place, detected or not, by time."""
        variables = light_curves.window(name, survey, bands, after_mjd, before_mjd)
        return await self._run(light_curves.query_forced_photometry(self._session, variables))

    async def query_magstats(self, name: str, survey: str | None = None) -> Rows[BandStatistics]:
        """The statistics of an object in each band."""
        return await self._run(light_curves.query_magstats(self._session, name, survey))

    async def query_periodogram(self, name: str, survey: str | None = None) -> Periodogram | None:
        """How periodic an object is: periods (days), powers, and the highest peaks; None with too few points."""
        return await self._run(light_curves.query_periodogram(self._session, name, survey))

    async def query_visibility(
        self,
        name: str,
        night: Any,
        *,
        longitude: Any,
        latitude: Any,
        height: Any = 0.0,
        survey: str | None = None,
    ) -> Visibility | None:
        """When an object can be observed from a site (degrees east and north, m) in the night that begins on a date
        (YYYY-MM-DD)."""
        steps = light_curves.query_visibility(self._session, name, survey, longitude, latitude, height, night)
        return await self._run(steps)

    async def search_detections(
        self,
        after_mjd: float,
        before_mjd: float,
        *,
        position: PositionLike = None,
        ra: Any = None,
        dec: Any = None,
        radius: AngleLike = None,
        region: Mapping[str, Any] | None = None,
        limit: int | None = 5000,
        progress: Progress = None,
    ) -> Rows[DetectionOfObject]:
        """Single detections in a region and a window of time (MJD, limits included), whatever their object."""
        place = object_filter(position=position, ra=ra, dec=dec, radius=radius, region=region) or {}
        steps = light_curves.search_detections(
            self._session, place.get("region"), after_mjd, before_mjd, limit, progress
        )
        return await self._run(steps)

    # Classes

    async def query_probabilities(
        self, name: str, survey: str | None = None, *, classifier: str | None = None, history: bool = False
    ) -> Rows[Probability]:
        """What classifiers say of an object: a row for each class of each latest answer, or with `history` of every
        answer, oldest first."""
        return await self._run(classes.query_probabilities(self._session, name, survey, classifier, history))

    async def query_classifications(
        self, name: str, survey: str | None = None, *, classifier: str | None = None, history: bool = False
    ) -> list[Classification]:
        """The same, answer by answer."""
        return await self._run(classes.query_classifications(self._session, name, survey, classifier, history))

    async def query_features(
        self, name: str, survey: str | None = None, *, names: str | Iterable[str] | None = None
    ) -> Rows[Feature]:
        """The numbers that the latest answers follow from, with their units."""
        return await self._run(classes.query_features(self._session, name, survey, names))

    async def query_classifiers(self) -> Rows[Classifier]:
        """Every version of every classifier, the current one of each name first."""
        return await self._run(classes.query_classifiers(self._session))

    async def query_classes(self, classifier: str, version: str | None = None) -> Rows[TaxonClass]:
        """The classes of a classifier, of its current version unless one is named. Raises InvalidInput."""
        return await self._run(classes.query_classes(self._session, classifier, version))

    # Places

    async def cone_search(
        self,
        position: PositionLike = None,
        radius: AngleLike = 30.0,
        *,
        ra: Any = None,
        dec: Any = None,
        where: WhereLike = None,
        limit: int | None = objects.DEFAULT_LIMIT,
        progress: Progress = None,
    ) -> Rows[FoundObject]:
        """Objects within a radius (arcsec or Quantity, at most 10 degrees) of a place, nearest first."""
        place = place_of(position, ra, dec)
        return await self._run(sky.cone_search(self._session, place, radius, where_of(where), limit, progress))

    async def crossmatch(
        self,
        table: Any,
        radius: AngleLike = 2.0,
        *,
        nearest: int = 1,
        ra: str | None = None,
        dec: str | None = None,
        name: str | None = None,
        where: WhereLike = None,
        progress: Progress = None,
    ) -> Rows[CrossmatchRow]:
        """The objects near each position of a table, at most 100,000 positions, in requests of 10,000.

        `table` is an array SkyCoord, an astropy Table, a data frame of pandas or polars, a mapping of columns, or a
        list of positions or of `(name, ra, dec)`; `ra`, `dec` and `name` name its columns where they are not the
        usual ones. A row for each match, and one for each position without any, in the order of the table.
        """
        places = places_of(table, ra, dec, name)
        return await self._run(sky.crossmatch(self._session, places, radius, nearest, where_of(where), progress))

    async def query_catalogs(self) -> Rows[Catalog]:
        """The catalogues that the server keeps."""
        return await self._run(sky.query_catalogs(self._session))

    async def catalog_search(
        self,
        position: PositionLike = None,
        radius: AngleLike = 50.0,
        *,
        ra: Any = None,
        dec: Any = None,
        catalogs: str | Iterable[str] | None = None,
    ) -> Rows[CatalogSource]:
        """Sources of catalogues around a place, nearest first, at most 1,000 within at most a degree."""
        return await self._run(sky.catalog_search(self._session, place_of(position, ra, dec), radius, catalogs))

    async def query_crossmatches(
        self,
        name: str,
        survey: str | None = None,
        *,
        radius: AngleLike = 2.0,
        catalogs: str | Iterable[str] | None = None,
    ) -> Rows[CatalogSource]:
        """Sources of catalogues near an object, nearest first."""
        return await self._run(sky.query_crossmatches(self._session, name, survey, radius, catalogs))

    # Sky maps

    async def upload_skymap(self, file: bytes | str | Path) -> Skymap:
        """Send a HEALPix map of probability (FITS, gzipped or not; multi-order or flat). The same map has the same
        id."""
        return await self._run(skymaps.upload_skymap(self._session, file))

    async def get_skymap(self, skymap_id: str) -> Skymap:
        """What the server knows of a map. Raises ObjectNotFound when it is not there, or has expired."""
        return await self._run(skymaps.get_skymap(self._session, skymap_id))

    async def search_skymap(
        self,
        skymap: Skymap | str,
        credible_level: float = 0.9,
        *,
        ndet: RangeLike = None,
        firstmjd: RangeLike = None,
        lastmjd: RangeLike = None,
        where: WhereLike = None,
        limit: int | None = objects.DEFAULT_LIMIT,
        progress: Progress = None,
    ) -> Rows[PlacedObject]:
        """Objects in a credible region of a map, the most probable place first."""
        region = skymaps.region_of(skymap, credible_level)
        filters = object_filter(where=where, ndet=ndet, firstmjd=firstmjd, lastmjd=lastmjd, region=region) or {}
        return await self._run(skymaps.search_skymap(self._session, filters, limit, progress))

    # Stamps

    async def get_stamps(self, name: str, candid: Any = None, survey: str | None = None) -> Stamps:
        """The images of an alert, of the first that has them unless `candid` names one. Raises ObjectNotFound."""
        return await self._run(stamps.get_stamps(self._session, name, candid, survey))

    async def get_packet(self, name: str, candid: Any = None, survey: str | None = None) -> Packet:
        """Every field that the survey sent with an alert, with the first one unless `candid` names one. Raises
        ObjectNotFound."""
        return await self._run(stamps.get_packet(self._session, name, candid, survey))

    async def plot_stamps(self, name: str, candid: Any = None, survey: str | None = None, **options: Any) -> Any:
        """Draw the images of an alert; gives the figure of matplotlib. Raises MissingPackage."""
        return (await self.get_stamps(name, candid, survey)).plot(**options)

    async def plot_lightcurve(self, name: str, survey: str | None = None, **options: Any) -> Any:
        """Draw a light curve; gives the axes of matplotlib. Raises MissingPackage.

        Options: `quantity` is "difference" (magnitudes), "apparent" or "flux"; `period` folds at so many days;
        `limits` and `forced` (True) show non-detections and forced photometry; `ax` draws into axes of yours.
        """
        return (await self.query_lightcurve(name, survey)).plot(**options)

    # Files

    async def download(
        self,
        path: str | Path,
        where: WhereLike = None,
        *,
        format: str | None = None,  # noqa: A002 - as everybody names it
        order_by: OrderLike = None,
        order_mode: str = "DESC",
        limit: int | None = None,
    ) -> Download:
        """Objects as a file, up to a million: csv, vot, fits or parquet, by its ending unless `format` names one.
        The file is there when it is whole, and not before."""
        question = {"where": where_of(where), "orderBy": order_of(order_by, order_mode), "maxRows": limit}
        return await self._run(downloads.download_objects(self._session, path, format, question))

    async def download_lightcurve(
        self,
        name: str,
        path: str | Path,
        *,
        survey: str | None = None,
        format: str | None = None,  # noqa: A002
        table: str | None = None,
        bands: Bands = None,
        after_mjd: float | None = None,
        before_mjd: float | None = None,
    ) -> Download:
        """A light curve as a file. VOTable and FITS hold all tables unless `table` names one of `detections`,
        `non_detections` and `forced_photometry`; CSV and Parquet hold one, detections unless named."""
        letters = light_curves.band_list(bands)
        window = {
            "bands": None if letters is None else ",".join(letters),
            "afterMjd": after_mjd,
            "beforeMjd": before_mjd,
        }
        return await self._run(
            downloads.download_lightcurve(self._session, name, path, format, survey, table, window)
        )

    # The server

    async def query_surveys(self) -> Rows[SurveyStatus]:
        """What has come of every survey."""
        return await self._run(status.query_surveys(self._session))

    async def query_nights(self, survey: str | None = None, *, limit: int | None = 30) -> Rows[Night]:
        """What has come by observing night, newest first."""
        return await self._run(status.query_nights(self._session, survey, limit))

    # What happens now

    @overload
    def subscribe(
        self,
        kind: Literal["classified"] = "classified",
        *,
        classifier: str | None = None,
        class_name: str | Iterable[str] | None = None,
        probability: RangeLike = None,
        changed_only: bool = False,
        survey: str | None = None,
        where: WhereLike = None,
        after: str | None = None,
        limit: int | None = None,
        idle_seconds: float | None = None,
        retry: Retry | None = None,
    ) -> AsyncSubscription[ClassificationEvent]: ...

    @overload
    def subscribe(
        self,
        kind: Literal["detected"],
        *,
        survey: str | None = None,
        where: WhereLike = None,
        after: str | None = None,
        limit: int | None = None,
        idle_seconds: float | None = None,
        retry: Retry | None = None,
    ) -> AsyncSubscription[DetectionEvent]: ...

    def subscribe(
        self,
        kind: Literal["classified", "detected"] = "classified",
        *,
        classifier: str | None = None,
        class_name: str | Iterable[str] | None = None,
        probability: RangeLike = None,
        changed_only: bool = False,
        survey: str | None = None,
        where: WhereLike = None,
        after: str | None = None,
        limit: int | None = None,
        idle_seconds: float | None = None,
        retry: Retry | None = None,
    ) -> AsyncSubscription[ClassificationEvent] | AsyncSubscription[DetectionEvent]:
        """Events as they happen: answers of classifiers, or new alerts. `where` is a filter on their objects.

        Begins behind the event `after` (`"0"`: the oldest that is kept), else with what happens from now on. When
        the connection is lost, it goes on behind the last event, for as long as it takes (`retry` sets an end):
        none is missed, none comes twice. Ends after `limit` events, or when none came for `idle_seconds`."""
        if kind == "classified":
            answers = classification_filter(
                where=where,
                survey=survey,
                classifier=classifier,
                class_name=class_name,
                probability=probability,
                changed_only=changed_only,
            )
            return self._follow(ClassificationEvent, kind, answers, after, limit, idle_seconds, retry)
        if kind != "detected":
            raise InvalidInput(f'events are "classified" or "detected", got {kind!r}')
        if classifier or class_name or probability is not None or changed_only:
            raise InvalidInput('classifier, class_name, probability and changed_only are for "classified" alone')
        filters = object_filter(where=where, survey=survey)
        return self._follow(DetectionEvent, kind, filters, after, limit, idle_seconds, retry)

    # The client itself

    async def close(self) -> None:
        """Give the connections back. The client cannot be used afterwards."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncArrayan({self.url!r})"

    async def _run(self, steps: Steps[Result]) -> Result:
        return await self._transport.run(steps)

    async def _each(self, pages: Pages[Record]) -> AsyncIterator[Record]:
        while not pages.has_ended:
            for record in await self._run(pages.next()):
                yield record

    def _follow(
        self,
        model: type[Event],
        kind: str,
        where: Mapping[str, Any] | None,
        after: str | None,
        limit: int | None,
        idle_seconds: float | None,
        retry: Retry | None,
    ) -> AsyncSubscription[Event]:
        patience = retry or replace(self._session.retry, attempts=FOR_EVER)
        follower = Follower(
            self._session, kind, model, where, after, idle_seconds=idle_seconds, limit=limit, retry=patience
        )
        return AsyncSubscription(follower, self._transport.follow(follower))
