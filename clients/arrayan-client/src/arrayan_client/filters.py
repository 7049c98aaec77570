"""Conditions in the words of ALeRCE's client, as the schema's filters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from arrayan_client.errors import InvalidInput
from arrayan_client.generated.input_types import ClassificationFilter, ObjectFilter
from arrayan_client.positions import AngleLike, PositionLike, arcseconds, place_of

RangeLike = Any
"""A number: at least so much. A pair: from, to; None for an open end. A mapping: `{"gt": 3}`, as in the schema."""
WhereLike = ObjectFilter | Mapping[str, Any] | None
"""The schema's `ObjectFilter`: as it is written in GraphQL, `{"detectionCount": {"gte": 5}}`, or made of the types
of `arrayan_client.generated`."""
OrderLike = str | Sequence[Any] | None

DEFAULT_RADIUS = 30.0


def object_filter(
    *,
    where: WhereLike = None,
    survey: str | None = None,
    oid: str | Iterable[str] | None = None,
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
    region: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """All conditions together; None without any. Raises InvalidInput."""
    conditions: dict[str, Any] = {
        "survey": survey_name(survey),
        "names": _names(oid),
        "detectionCount": range_of(ndet, "ndet"),
        "firstMjd": range_of(firstmjd, "firstmjd"),
        "lastMjd": range_of(lastmjd, "lastmjd"),
        "class": _class_filter(classifier, class_name, probability, ranking),
        "region": _region(position, ra, dec, radius, region),
    }
    given = {name: value for name, value in conditions.items() if value is not None}
    raw = where_of(where)
    if not raw:
        return given or None
    return {**given, "and": [raw]} if given else raw


def where_of(where: WhereLike) -> dict[str, Any] | None:
    """A filter of the schema as JSON. Raises InvalidInput."""
    if where is None:
        return None
    if isinstance(where, (ObjectFilter, ClassificationFilter)):
        return where.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(where, Mapping):
        return dict(where)
    raise InvalidInput(
        f"where must be an ObjectFilter or a mapping, got {type(where).__name__}",
        hint='For example where={"detectionCount": {"gte": 5}}.',
    )


def classification_filter(
    *,
    where: WhereLike = None,
    survey: str | None = None,
    classifier: str | None = None,
    class_name: str | Iterable[str] | None = None,
    probability: RangeLike = None,
    changed_only: bool = False,
) -> dict[str, Any] | None:
    """Conditions on an answer of a classifier; `where` is on its object. Raises InvalidInput."""
    conditions: dict[str, Any] = {
        "survey": survey_name(survey),
        "classifier": classifier,
        "classes": _names(class_name),
        "probability": range_of(probability, "probability"),
        "changedOnly": True if changed_only else None,
        "object": where_of(where),
    }
    return {name: value for name, value in conditions.items() if value is not None} or None


def range_of(value: RangeLike, name: str) -> dict[str, Any] | None:
    """Limits of a number. Raises InvalidInput."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) == 1:
            return {"gte": value[0]}
        if len(value) == 2:
            limits = {"gte": value[0], "lte": value[1]}
            return {key: limit for key, limit in limits.items() if limit is not None}
    elif not isinstance(value, (str, bool)):
        return {"gte": value}
    raise InvalidInput(
        f"{name} must be a number (at least) or a pair (from, to), got {value!r}",
        hint=f"For example {name}=5, {name}=(5, 10), or {name}=(None, 10).",
    )


def order_of(order_by: OrderLike, order_mode: str = "DESC") -> list[dict[str, Any]] | None:
    """What to sort by: `last_mjd`, or a list of keys or of the schema's ObjectOrder. Raises InvalidInput."""
    if order_by is None:
        return None
    direction = str(order_mode).upper()
    if direction not in {"ASC", "DESC"}:
        raise InvalidInput(f"order_mode must be ASC or DESC, got {order_mode!r}")
    keys = [order_by] if isinstance(order_by, (str, Mapping)) else list(order_by)
    return [
        dict(key) if isinstance(key, Mapping) else {"field": str(key).upper(), "direction": direction}
        for key in keys
    ]


def survey_name(survey: str | None) -> str | None:
    """A survey as the schema writes it."""
    return None if survey is None else str(survey).upper()


def _names(names: str | Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else [str(name) for name in names]


def _class_filter(
    classifier: str | None, class_name: str | Iterable[str] | None, probability: RangeLike, ranking: int | None
) -> dict[str, Any] | None:
    if classifier is None:
        if class_name is not None or probability is not None or ranking is not None:
            raise InvalidInput(
                "class_name, probability and ranking need a classifier, since each has classes of its own",
                hint="Name one, as classifier=...; query_classifiers() lists them.",
            )
        return None
    conditions = {
        "classifier": classifier,
        "class": _names(class_name),
        "probability": range_of(probability, "probability"),
        "ranking": ranking,
    }
    return {name: value for name, value in conditions.items() if value is not None}


def _region(
    position: PositionLike, ra: Any, dec: Any, radius: AngleLike, region: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    has_place = position is not None or ra is not None or dec is not None
    if not has_place:
        if radius is not None:
            raise InvalidInput("radius needs a position", hint="Give position=, or ra= and dec=.")
        return None if region is None else dict(region)
    if region is not None:
        raise InvalidInput("give a position or a region, not both", hint='Join them by where={"region": ...}.')
    size = arcseconds(DEFAULT_RADIUS if radius is None else radius)
    return {"cone": {**place_of(position, ra, dec).as_variables(), "radius": size}}
