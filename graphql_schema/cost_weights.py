"""What fields cost, in points. One point is about the work of reading one object and writing it out.

docs/limits.md has the same numbers for clients; a test compares the two.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql_schema.limits import MAX_COUNT, MAX_DETECTIONS

SQUARE_DEGREES_PER_POINT = 10.0
WHOLE_SKY = 41_253.0
HALF_CIRCLE_ARCSEC = 648_000.0
COUNTED_PER_POINT = 1000.0
NAMES_PER_POINT = 10.0
CONDITIONS_PER_POINT = 100.0
ANY_REGION = 50.0
CHARACTERS_PER_POINT = 1000.0
OPEN_PATTERN = 20.0
IN_CATALOG = 100.0
"""All objects may have to be looked up: seven times the time of an open pattern over a million objects."""


class Weight(NamedTuple):
    """The cost of a field: `base` once, and `each` for every row of it, besides what is selected of the row.

    How many rows there are is what the argument `size_argument` says (a number, or the length of a list), else
    `size`; so many times as the argument `times_argument` says.
    """

    base: float = 0.0
    each: float = 0.0
    size: float = 1.0
    size_argument: str | None = None
    times_argument: str | None = None


FREE = Weight()
LEAF = Weight(base=0.01)
"""A number or a text, of every row."""
LIST = Weight(base=1.0, each=0.1, size=10.0)
"""A list of which nothing is said below."""
CONNECTION = Weight(base=1.0, each=1.0, size=20.0, size_argument="first")
"""A connection of which nothing is said below."""

WEIGHTS: Mapping[str, Weight] = {
    "Query.node": Weight(base=1),
    "Query.object": Weight(base=1),
    "Query.objectsByName": Weight(each=1, size_argument="names"),
    "Query.objects": Weight(base=1, each=1, size=20, size_argument="first"),
    "Query.coneSearch": Weight(base=1, each=1, size=20, size_argument="first"),
    "Query.crossmatch": Weight(base=1, each=0.2, size_argument="positions", times_argument="nearest"),
    "Query.detections": Weight(base=1, each=0.5, size=100, size_argument="first"),
    "Query.catalogs": Weight(base=1, each=0.1, size=10),
    "Query.catalogSearch": Weight(base=5, each=0.2, size=20),
    "Query.classifiers": Weight(base=1, each=0.5, size=5),
    "Query.surveys": Weight(base=20, each=1, size=2),
    "Query.deadLetters": Weight(base=20, each=0.1, size=10),
    "Query.publishers": Weight(base=1, each=0.1, size=2),
    "Query.nights": Weight(base=1, each=0.5, size=30, size_argument="first"),
    "Night.classes": Weight(base=0.5, each=0.05, size=10),
    "CrossmatchRow.matches": Weight(each=0.5, size=1),
    "Object.bandStatistics": Weight(base=1, size=3),
    "BandStatistics.magnitudeMedian": Weight(base=1),
    "BandStatistics.apparentMagnitudeMedian": Weight(base=1),
    "LightCurve.detections": Weight(base=5, each=0.05, size=100),
    "LightCurve.nonDetections": Weight(base=5, each=0.03, size=100),
    "LightCurve.forcedPhotometry": Weight(base=5, each=0.05, size=100),
    "LightCurve.columns": Weight(base=3),
    "Object.classifications": Weight(base=1, each=0.2, size=3),
    "Object.missingClassifications": Weight(base=1, each=0.2, size=3),
    "Classification.probabilities": Weight(base=0.1),
    "Classifier.classes": Weight(base=0.5),
    "Classifier.queue": Weight(base=2),
    "Object.classificationHistory": Weight(base=1, each=0.2, size=20, size_argument="first"),
    "Object.features": Weight(base=3),
    "Object.stamps": Weight(base=1),
    "Stamps.stamp": Weight(base=10),
    "Object.packet": Weight(base=1),
    "Packet.fields": Weight(base=10),
    "Object.visibility": Weight(base=100),
    "Object.periodogram": Weight(base=30),
    "Object.crossmatches": Weight(base=2, each=0.2, size=3),
    "Object.neighbors": Weight(base=2, each=1, size=3),
    "Object.links": Weight(base=0.2),
    "ObjectConnection.totalCount": Weight(base=0),
    "Query.__schema": Weight(base=10),
    "Query.__type": Weight(base=2),
    "__Schema.types": Weight(each=1, size=100),
    "__Schema.directives": Weight(each=0.5, size=10),
    "__Type.fields": Weight(each=0.2, size=12),
    "__Type.inputFields": Weight(each=0.2, size=12),
    "__Type.enumValues": Weight(each=0.2, size=8),
    "__Type.interfaces": Weight(each=0.2, size=2),
    "__Type.possibleTypes": Weight(each=0.2, size=2),
    "__Field.args": Weight(each=0.2, size=3),
    "__Directive.args": Weight(each=0.2, size=2),
    "Subscription.classified": Weight(base=10),
    "Subscription.detected": Weight(base=10),
}
"""By type and field. Of those that are not here, lists have weights above, a leaf has that of leaves (none within
introspection), and an object costs what is selected of it."""


def counts(weight: Weight, argument: str) -> bool:
    """Whether what a field costs depends on an argument."""
    return argument in _ARGUMENTS or argument in {weight.size_argument, weight.times_argument, "last"}


def rows_of(weight: Weight, arguments: Mapping[str, Any]) -> float:
    """How many rows a field gives at most; never more than any list may hold."""
    rows = _number(_size_argument(weight, arguments), weight.size) if weight.size_argument else weight.size
    return rows * _number(arguments.get(weight.times_argument), 1.0) if weight.times_argument else rows


def _size_argument(weight: Weight, arguments: Mapping[str, Any]) -> Any:
    """`last` says how many rows come where it stands in place of `first`."""
    if weight.size_argument == "first" and arguments.get("last") is not None:
        return arguments["last"]
    return arguments.get(str(weight.size_argument))


def _number(asked: Any, default: float) -> float:
    if isinstance(asked, list):
        return float(len(asked))
    if isinstance(asked, int) and not isinstance(asked, bool):
        return float(min(max(asked, 0), MAX_DETECTIONS))
    return default


def cost_of_arguments(arguments: Mapping[str, Any]) -> float:
    """What the arguments of a field cost besides: regions by their area, filters by their conditions, counts by
    their caps. Values that do not fit cost nothing; they are refused later."""
    return sum(_ARGUMENTS[name](value) for name, value in arguments.items() if name in _ARGUMENTS)


def _cone(radius: Any) -> float:
    if not isinstance(radius, int | float):
        return 0.0
    degrees = float(min(max(radius, 0), HALF_CIRCLE_ARCSEC)) / 3600
    area = WHOLE_SKY * (1 - math.cos(math.radians(degrees))) / 2
    return area / SQUARE_DEGREES_PER_POINT


def _box(box: Any) -> float:
    try:
        width = (float(box["raMax"]) - float(box["raMin"])) % 360 or 360.0
        high, low = (math.sin(math.radians(float(box[name]))) for name in ("decMax", "decMin"))
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0.0
    area = width * abs(high - low) * 180 / math.pi
    return area / SQUARE_DEGREES_PER_POINT if math.isfinite(area) else 0.0


def _region(region: Any) -> float:
    if not isinstance(region, dict):
        return 0.0
    cost = 0.0
    for name, shape in region.items():
        if name == "cone":
            cost += _cone(shape.get("radius")) if isinstance(shape, dict) else 0.0
        elif name == "box":
            cost += _box(shape)
        elif shape is not None:
            cost += ANY_REGION + (len(shape) if isinstance(shape, str | list) else 0) / CHARACTERS_PER_POINT
    return cost


def _filter(condition: Any) -> float:
    """A filter costs by its conditions, in whatever depth; many cost more than each, as the database plans them."""
    cost, conditions = 0.0, 0
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for name, value in one.items():
                if name in {"and", "or", "not"}:
                    waiting.append(value)
                elif value is not None:
                    conditions += 1
                    cost += _condition(name, value)
    return cost + conditions + conditions**2 / CONDITIONS_PER_POINT


def _condition(name: str, value: Any) -> float:
    if name == "names" and isinstance(value, list):
        return len(value) / NAMES_PER_POINT
    if name == "nameLike" and isinstance(value, str):
        return OPEN_PATTERN if value[:1] in {"*", "%", "?", "_"} else 0.0
    if name == "inCatalog":
        return IN_CATALOG
    if name == "object":
        return _filter(value)
    return _region(value) if name == "region" else 0.0


def _count(cap: Any) -> float:
    return min(max(cap, 0), MAX_COUNT) / COUNTED_PER_POINT if isinstance(cap, int) else 0.0


_ARGUMENTS: dict[str, Callable[[Any], float]] = {
    "radius": _cone,
    "region": _region,
    "where": _filter,
    "cap": _count,
}
