"""What a form asks for, as the filter and the order of the endpoint."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tom_arrayan.documents import CHECK, SEARCH
from tom_arrayan.endpoint import Endpoint, Json
from tom_arrayan.moments import mjd_from_text, mjd_of
from tom_arrayan.taxonomy import taxonomy_of

PAGE = 200
MOST = 1000
DEFAULT_MOST = 100
DEFAULT_RADIUS = 5.0
"""Arcsec around a position for which no radius is given."""

WILDCARDS = ("*", "?", "%")


def check(endpoint: Endpoint, form: Json) -> None:
    """Have the server look at a question without answering it. ArrayanError says what is wrong with it."""
    endpoint.ask(CHECK, variables_of(endpoint, form), seconds=10)


def found_objects(endpoint: Endpoint, form: Json) -> Iterator[Json]:
    """The objects that a form asks for, page by page as they are wanted."""
    variables = variables_of(endpoint, form)
    left = int(form.get("most") or DEFAULT_MOST)
    after = None
    while left > 0:
        page = endpoint.ask(SEARCH, {**variables, "first": min(left, PAGE), "after": after})["objects"]
        yield from page["nodes"]
        left -= len(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def variables_of(endpoint: Endpoint, form: Json) -> Json:
    """`where` and `orderBy`. Days before now are counted from now, so that a saved query goes with the time."""
    asked_class = class_filter(endpoint, form)
    where = {
        "survey": form.get("survey") or None,
        **_names(form.get("names") or ""),
        "region": _region(form),
        "class": asked_class,
        "detectionCount": _range(form.get("detections_min"), form.get("detections_max")),
        "firstMjd": _times(form, "first"),
        "lastMjd": _times(form, "last"),
        "stellar": {"star": True, "no_star": False}.get(form.get("reference") or ""),
    }
    by_probability = form.get("order") == "probability" and asked_class and asked_class["class"]
    field = "PROBABILITY" if by_probability else "LAST_MJD"
    return {
        "where": {name: value for name, value in where.items() if value is not None},
        "orderBy": [{"field": field, "direction": "DESC"}],
    }


def class_filter(endpoint: Endpoint, form: Json) -> Json | None:
    """`classifier` or `classifier:class`; a class with parts is asked for by its parts."""
    classifier, _, name = (form.get("classification") or "").partition(":")
    if not classifier.strip():
        return None
    asked: Json = {"classifier": classifier.strip(), "class": None}
    if name.strip():
        asked["class"] = taxonomy_of(endpoint).leaves(classifier.strip(), name.strip())
    if form.get("probability_min") is not None:
        asked["probability"] = {"gte": float(form["probability_min"])}
        asked["ranking"] = 1 if not asked["class"] else None
    return asked


def _names(text: str) -> Json:
    names = text.replace(",", " ").split()
    if len(names) == 1 and any(mark in names[0] for mark in WILDCARDS):
        return {"nameLike": names[0]}
    return {"names": names} if names else {}


def _region(form: Json) -> Json | None:
    position = (form.get("position") or "").strip()
    if not position:
        return None
    return {"cone": {"position": position, "radius": float(form.get("radius") or DEFAULT_RADIUS)}}


def _times(form: Json, which: str) -> Json | None:
    after, before = form.get(f"{which}_after"), form.get(f"{which}_before")
    least = mjd_from_text(after) if after else None
    if days := form.get(f"{which}_days"):
        since = mjd_of(datetime.now(UTC)) - float(days)
        least = since if least is None else max(least, since)
    return _range(least, mjd_from_text(before) if before else None)


def _range(least: Any, most: Any) -> Json | None:
    limits = {"gte": least, "lte": most}
    given = {name: value for name, value in limits.items() if value is not None}
    return given or None
