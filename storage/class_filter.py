"""Conditions on what classifiers say of objects.

The first two classes of the latest answer have columns and indexes of their own, which serve nearly every question:
a class of more than half the probability is the first, one of more than a third is among the first two. Others are
looked up in the array of probabilities, row by row.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Double,
    FromClause,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
)

from domain.object_filter import ClassFilter, FeatureFilter, Range
from storage.ranges import in_range
from storage.tables import classifier, feature, latest_classification, sky_object

ROUNDING = 0.002
"""Stored probabilities sum to 1 within this."""

_latest = latest_classification.c


def is_classified(row: FromClause = sky_object) -> ColumnElement[bool]:
    """Whether any classifier has answered for the object in a row."""
    return exists().where(_latest.object_id == row.c.object_id).correlate(row)


def with_class(where: ClassFilter, row: FromClause = sky_object) -> ColumnElement[bool]:
    """Whether the latest answer of a classifier for the object in a row is as asked."""
    return exists().where(_latest.object_id == row.c.object_id, of_class(where)).correlate(row)


def of_class(where: ClassFilter) -> ColumnElement[bool]:
    """Whether a row of latest_classification is as asked."""
    conditions = [_latest.classifier == where.classifier]
    if where.version is not None:
        versions = select(classifier.c.classifier_id).where(
            classifier.c.name == where.classifier, classifier.c.version == where.version
        )
        conditions.append(_latest.classifier_id.in_(versions))
    match _ranking(where):
        case 1:
            conditions.append(_is_first(where))
        case 2:
            conditions.append(_is_second(where))
        case None if _least(where.probability) > 1 / 3 + ROUNDING:
            conditions.append(or_(_is_first(where), _is_second(where)))
        case _:
            conditions.append(_best_of_any(where).is_not(None))
    return and_(*conditions)


def asked_probability(where: ClassFilter) -> ColumnElement[Any]:
    """The probability that a row of latest_classification, which is as asked, is sorted by: of the class in
    question, of the most probable one if there are several."""
    match _ranking(where):
        case 1:
            return _latest.probability
        case 2:
            return _latest.second_probability
        case _:
            return _best_of_any(where)


def _ranking(where: ClassFilter) -> int | None:
    if where.ranking is None and _least(where.probability) > 1 / 2 + ROUNDING:
        return 1
    return where.ranking


def _least(limits: Range) -> float:
    """What passes the limits is not less than this."""
    return max(limit for limit in (limits.gte, limits.gt, 0.0) if limit is not None)


def _is_first(where: ClassFilter) -> ColumnElement[bool]:
    return and_(true(), *_named(_latest["class"], where), *in_range(_latest.probability, where.probability))


def _is_second(where: ClassFilter) -> ColumnElement[bool]:
    return and_(
        _latest.second_class.is_not(None),
        *_named(_latest.second_class, where),
        *in_range(_latest.second_probability, where.probability),
    )


def _named(column: ColumnElement[Any], where: ClassFilter) -> list[ColumnElement[bool]]:
    if where.classes is None:
        return []
    if not where.classes:
        return [false()]
    return [column == where.classes[0]] if len(where.classes) == 1 else [column.in_(where.classes)]


_BEST = (
    "SELECT max(probability) AS probability FROM ("
    "SELECT leaf, probability, row_number() OVER (ORDER BY probability DESC, place) AS ranking "
    "FROM classifier JOIN taxonomy USING (taxonomy_id) "
    "CROSS JOIN LATERAL unnest(leaves, latest_classification.probabilities) WITH ORDINALITY "
    "AS one(leaf, probability, place) WHERE classifier_id = latest_classification.classifier_id) ranked "
    "WHERE (CAST(:classes AS text[]) IS NULL OR leaf = ANY(CAST(:classes AS text[]))) "
    "AND (CAST(:ranking AS integer) IS NULL OR ranking = :ranking) "
    "AND (CAST(:gte AS float8) IS NULL OR probability >= :gte) "
    "AND (CAST(:gt AS float8) IS NULL OR probability > :gt) "
    "AND (CAST(:lte AS float8) IS NULL OR probability <= :lte) "
    "AND (CAST(:lt AS float8) IS NULL OR probability < :lt)"
)


def _best_of_any(where: ClassFilter) -> ColumnElement[float]:
    """The largest probability among a row's classes that are as asked; null when none is."""
    values = {
        "classes": None if where.classes is None else list(where.classes),
        "ranking": where.ranking,
        **where.probability._asdict(),
    }
    named: list[BindParameter[Any]] = [bindparam(name, value, unique=True) for name, value in values.items()]
    return text(_BEST).bindparams(*named).columns(_latest.probability).scalar_subquery()


def feature_condition(where: FeatureFilter, row: FromClause = sky_object) -> ColumnElement[bool]:
    """Whether a feature of the latest answers for the object in a row is known and within limits."""
    value = feature.c["values"][func.array_position(classifier.c.feature_names, where.name)]
    known = exists().where(
        feature.c.object_id == row.c.object_id,
        _latest.object_id == feature.c.object_id,
        _latest.classifier_id == feature.c.classifier_id,
        classifier.c.classifier_id == feature.c.classifier_id,
        value != literal(float("nan"), Double),
        *in_range(value, where.value),
    )
    return known.correlate(row)
