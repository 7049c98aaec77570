"""Light curves, whole and in parts, and what follows from them."""

from collections.abc import Iterable, Mapping
from typing import Any

from arrayan_client.columns import (
    DETECTION_COLUMNS,
    FORCED_PHOTOMETRY_COLUMNS,
    NON_DETECTION_COLUMNS,
    OBJECT_OF_DETECTION,
    STATISTICS_COLUMNS,
)
from arrayan_client.errors import InvalidInput
from arrayan_client.generated import operations as texts
from arrayan_client.generated.detections import Detections
from arrayan_client.generated.detections_in_region import DetectionsInRegion
from arrayan_client.generated.forced_photometry_of import ForcedPhotometryOf
from arrayan_client.generated.magstats import Magstats
from arrayan_client.generated.non_detections import NonDetections
from arrayan_client.generated.periodogram_of import PeriodogramOf, PeriodogramOfObjectPeriodogram
from arrayan_client.generated.visibility_of import VisibilityOf, VisibilityOfObjectVisibility
from arrayan_client.generated.whole_light_curve import WholeLightCurve
from arrayan_client.paging import Page, Pages, Progress, collected, page_of, rows_of
from arrayan_client.positions import degrees
from arrayan_client.records import (
    BandStatistics,
    Detection,
    DetectionOfObject,
    ForcedPhotometry,
    LightCurve,
    NonDetection,
)
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Steps
from arrayan_client.verbs.objects import found, named

LIGHT_CURVE = Operation(texts.WHOLE_LIGHT_CURVE_GQL, WholeLightCurve)
DETECTIONS = Operation(texts.DETECTIONS_GQL, Detections)
NON_DETECTIONS = Operation(texts.NON_DETECTIONS_GQL, NonDetections)
FORCED_PHOTOMETRY = Operation(texts.FORCED_PHOTOMETRY_OF_GQL, ForcedPhotometryOf)
MAGSTATS = Operation(texts.MAGSTATS_GQL, Magstats)
PERIODOGRAM = Operation(texts.PERIODOGRAM_OF_GQL, PeriodogramOf)
VISIBILITY = Operation(texts.VISIBILITY_OF_GQL, VisibilityOf)
IN_REGION = Operation(texts.DETECTIONS_IN_REGION_GQL, DetectionsInRegion)

PAGE = 5000

Periodogram = PeriodogramOfObjectPeriodogram
Visibility = VisibilityOfObjectVisibility
Bands = str | Iterable[str] | None


def window(
    name: str, survey: str | None, bands: Bands, after_mjd: float | None, before_mjd: float | None
) -> dict[str, Any]:
    """The variables of a light curve, or of a part of it."""
    limits = {"afterMjd": after_mjd, "beforeMjd": before_mjd}
    return {**named(name, survey), "bands": band_list(bands), **limits}


def band_list(bands: Bands) -> list[str] | None:
    """Bands as the schema takes them; a text may hold several: `gr` or `g,r`."""
    if bands is None:
        return None
    letters = bands.replace(",", "").replace(" ", "") if isinstance(bands, str) else bands
    return [str(band) for band in letters]


def query_lightcurve(session: Session, variables: Mapping[str, Any]) -> Steps[LightCurve]:
    answer = yield from session.ask(LIGHT_CURVE, variables)
    node = found(answer.object_, variables["name"], variables["survey"])
    curve = node.light_curve
    return LightCurve(
        node,
        rows_of(list[Detection](curve.detections), DETECTION_COLUMNS, LIGHT_CURVE, variables),
        rows_of(list[NonDetection](curve.non_detections), NON_DETECTION_COLUMNS, LIGHT_CURVE, variables),
        rows_of(list[ForcedPhotometry](curve.forced_photometry), FORCED_PHOTOMETRY_COLUMNS, LIGHT_CURVE, variables),
    )


def query_detections(session: Session, variables: Mapping[str, Any]) -> Steps[Rows[Detection]]:
    answer = yield from session.ask(DETECTIONS, variables)
    curve = found(answer.object_, variables["name"], variables["survey"]).light_curve
    return rows_of(list[Detection](curve.detections), DETECTION_COLUMNS, DETECTIONS, variables)


def query_non_detections(session: Session, variables: Mapping[str, Any]) -> Steps[Rows[NonDetection]]:
    answer = yield from session.ask(NON_DETECTIONS, variables)
    curve = found(answer.object_, variables["name"], variables["survey"]).light_curve
    return rows_of(list[NonDetection](curve.non_detections), NON_DETECTION_COLUMNS, NON_DETECTIONS, variables)


def query_forced_photometry(session: Session, variables: Mapping[str, Any]) -> Steps[Rows[ForcedPhotometry]]:
    answer = yield from session.ask(FORCED_PHOTOMETRY, variables)
    curve = found(answer.object_, variables["name"], variables["survey"]).light_curve
    records = list[ForcedPhotometry](curve.forced_photometry)
    return rows_of(records, FORCED_PHOTOMETRY_COLUMNS, FORCED_PHOTOMETRY, variables)


def query_magstats(session: Session, name: str, survey: str | None) -> Steps[Rows[BandStatistics]]:
    variables = named(name, survey)
    answer = yield from session.ask(MAGSTATS, variables)
    statistics = list[BandStatistics](found(answer.object_, name, survey).band_statistics)
    return rows_of(statistics, STATISTICS_COLUMNS, MAGSTATS, variables)


def query_periodogram(session: Session, name: str, survey: str | None) -> Steps[Periodogram | None]:
    answer = yield from session.ask(PERIODOGRAM, named(name, survey))
    periodogram: Periodogram | None = found(answer.object_, name, survey).periodogram
    return periodogram


def query_visibility(
    session: Session, name: str, survey: str | None, longitude: Any, latitude: Any, height: Any, night: Any
) -> Steps[Visibility | None]:
    metres = height.to_value("m") if hasattr(height, "to_value") else float(height)
    site = {
        "longitude": degrees(longitude, "longitude"),
        "latitude": degrees(latitude, "latitude"),
        "height": float(metres),
        "night": str(night)[:10],
    }
    answer = yield from session.ask(VISIBILITY, {**named(name, survey), **site})
    visibility: Visibility | None = found(answer.object_, name, survey).visibility
    return visibility


def search_detections(
    session: Session,
    region: Mapping[str, Any] | None,
    after_mjd: float,
    before_mjd: float,
    limit: int | None,
    progress: Progress,
) -> Steps[Rows[DetectionOfObject]]:
    if region is None:
        raise InvalidInput("a region is needed", hint="Give a position with a radius, or region=.")

    def read(answer: DetectionsInRegion) -> Page[DetectionOfObject]:
        return page_of([_with_object(edge) for edge in answer.detections.edges], answer.detections.page_info)

    variables = {"region": region, "afterMjd": float(after_mjd), "beforeMjd": float(before_mjd)}
    pages = Pages(session, IN_REGION, variables, read, size=PAGE, limit=limit)
    records = yield from collected(pages, limit, progress)
    columns = (*OBJECT_OF_DETECTION, *DETECTION_COLUMNS)
    return rows_of(records, columns, IN_REGION, variables, not pages.was_cut)


def _with_object(edge: Any) -> DetectionOfObject:
    values = {field: getattr(edge.node, field) for field in Detection.model_fields}
    return DetectionOfObject.model_construct(
        **values, object_survey=str(edge.object_.survey), object_name=edge.object_.name
    )
