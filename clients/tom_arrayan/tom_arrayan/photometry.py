"""Light curves of Arrayán as the photometry of a TOM, in magnitudes (AB).

| what Arrayán has | what the TOM gets |
|---|---|
| a detection | brightness and error |
| forced photometry of at least 3 sigma, brighter than the reference | brightness and error |
| other forced photometry | an upper limit: 5 sigma of its own error |
| a non-detection | an upper limit: the depth of the image, 5 sigma |

The name of a band has the survey before it (`ztfg`, `lsstr`): the same letter is another filter elsewhere. Every
point keeps in `value` what it was made of: kind, object, flux (nJy), sign, identifier of the alert.
"""

from collections.abc import Iterable, Iterator
from math import log10
from typing import Any, NamedTuple

from tom_dataproducts.models import PhotometryReducedDatum

from tom_arrayan.endpoint import SERVICE, Endpoint, Json
from tom_arrayan.moments import instant

SIGNIFICANT = 3.0
"""Sigma from which forced photometry is a measurement."""
LIMIT_SIGMA = 5.0
ZERO_POINT = 31.4
"""AB magnitude of 1 nJy."""
UNIT = "mag"
IDENTITY = "point"
"""The key in `value` under which a point is known again."""
MAY_CHANGE = ("timestamp", "brightness", "brightness_error", "limit", "source_location", "value")
"""A detection that came in the history of an alert gets better when its own alert comes."""


class Brightness(NamedTuple):
    """What a point shows: a brightness with its error, or a limit. `of` is `difference` or `apparent`."""

    brightness: float | None = None
    error: float | None = None
    limit: float | None = None
    of: str = "difference"


def store(target: Any, endpoint: Endpoint, objects: Iterable[Json]) -> list[Any]:
    """Give a target the points of some objects. What it has already is left as it is, or mended; gives what was
    added or mended."""
    kept = {
        datum.value.get(IDENTITY): datum
        for datum in PhotometryReducedDatum.objects.filter(target=target, source_name=SERVICE)
    }
    added, mended = [], []
    for point in points_of(endpoint, objects):
        known = kept.get(point["value"][IDENTITY])
        if known is None:
            added.append(PhotometryReducedDatum(target=target, **point))
        elif any(getattr(known, name) != point[name] for name in MAY_CHANGE):
            for name in MAY_CHANGE:
                setattr(known, name, point[name])
            mended.append(known)
    PhotometryReducedDatum.objects.bulk_create(added, batch_size=500, ignore_conflicts=True)
    PhotometryReducedDatum.objects.bulk_update(mended, MAY_CHANGE, batch_size=100)
    return [*added, *mended]


def points_of(endpoint: Endpoint, objects: Iterable[Json]) -> Iterator[Json]:
    """Everything that was measured of some objects, as the fields of a PhotometryReducedDatum. Rows that show
    neither a brightness nor a limit are left out."""
    for found in objects:
        curve = found["lightCurve"]
        for kind, rows, shown in (
            ("detection", curve["detections"], detected),
            ("non-detection", curve["nonDetections"], not_detected),
            ("forced", curve["forcedPhotometry"], forced),
        ):
            for row in rows if endpoint.has_forced or kind != "forced" else ():
                brightness = shown(row, endpoint.magnitudes)
                if brightness.brightness is not None or brightness.limit is not None:
                    yield _fields(endpoint, found, kind, row, brightness)


def detected(row: Json, magnitudes: str) -> Brightness:
    """A detection. Its apparent magnitude only when asked for, and where there is one."""
    if magnitudes == "apparent" and row["apparentMagnitude"] is not None:
        return Brightness(row["apparentMagnitude"], row["apparentMagnitudeError"], of="apparent")
    return Brightness(row["magnitude"], row["magnitudeError"])


def not_detected(row: Json, magnitudes: str) -> Brightness:
    """An epoch with a limit only: of the difference image, whatever was asked for."""
    del magnitudes
    return Brightness(limit=row["limitingMagnitude"])


def forced(row: Json, magnitudes: str) -> Brightness:
    """Forced photometry: a measurement where there is a signal, else a limit."""
    if magnitudes == "apparent" and row["apparentMagnitude"] is not None:
        return Brightness(row["apparentMagnitude"], row["apparentMagnitudeError"], of="apparent")
    flux, error = row["flux"], row["fluxError"]
    if flux is None or not error:
        return Brightness(limit=row["limitingMagnitude"])
    if flux >= SIGNIFICANT * error:
        return Brightness(row["magnitude"], row["magnitudeError"])
    return Brightness(limit=ZERO_POINT - 2.5 * log10(LIMIT_SIGMA * error))


def _fields(endpoint: Endpoint, found: Json, kind: str, row: Json, shown: Brightness) -> Json:
    survey, name, band = found["survey"], found["name"], row["band"]
    identity = [survey, kind, row["candid"]] if "candid" in row else [survey, kind, band, row["time"]]
    value = {
        IDENTITY: " ".join(identity),
        "kind": kind,
        "survey": survey,
        "object": name,
        "magnitude": shown.of,
        "candid": row.get("candid"),
        "flux_njy": row.get("flux"),
        "flux_error_njy": row.get("fluxError"),
        "is_positive": row.get("isPositive"),
        "limiting_magnitude": row.get("limitingMagnitude"),
        "dubious": row.get("dubious"),
    }
    return {
        "timestamp": instant(row["time"]),
        "bandpass": f"{survey.lower()}{band}",
        "brightness": shown.brightness,
        "brightness_error": shown.error,
        "limit": shown.limit,
        "unit": UNIT,
        "instrument": survey,
        "source_name": SERVICE,
        "source_location": f"{endpoint.public_url or endpoint.url}/object/{survey}/{name}"[:200],
        "reduction_version": "forced" if kind == "forced" else "alert",
        "value": {key: given for key, given in value.items() if given is not None},
    }
