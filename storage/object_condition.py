"""Filters of objects in SQL."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, func, not_, or_, true

from domain.object_filter import BandFilter, ObjectFilter
from storage.catalog_filter import in_catalog
from storage.class_filter import feature_condition, is_classified, with_class
from storage.ranges import in_range
from storage.regions import lies_in
from storage.tables import band_statistics, sky_object


def object_condition(
    where: ObjectFilter, row: FromClause = sky_object, *, catalogs_lead: bool = True
) -> ColumnElement[bool]:
    """Whether a row with the columns of `object` passes a filter. Without `catalogs_lead`, each row is looked up
    in the catalogues, for rows that are few."""
    column = row.c
    conditions: list[ColumnElement[bool]] = [
        *_equal(column.survey, where.survey),
        *in_range(column.detection_count, where.detection_count),
        *in_range(column.first_mjd, where.first_mjd),
        *in_range(column.last_mjd, where.last_mjd),
        *in_range(column.last_mjd - column.first_mjd, where.duration_days),
        *in_range(column.mean_color, where.mean_color),
        *_equal(column.stellar, where.stellar),
        *_equal(column.corrected, where.corrected),
        *(object_condition(part, row, catalogs_lead=catalogs_lead) for part in where.all_of),
    ]
    if where.names is not None:
        conditions.append(column.name.in_(where.names))
    if where.name_like is not None:
        conditions.append(column.name.like(_like_pattern(where.name_like)))
    if where.region is not None:
        conditions.append(lies_in(where.region, str(row.description)))
    if where.class_ is not None:
        conditions.append(with_class(where.class_, row))
    if where.classified is not None:
        conditions.append(is_classified(row) if where.classified else not_(is_classified(row)))
    if where.feature is not None:
        conditions.append(feature_condition(where.feature, row))
    if where.band is not None:
        conditions.append(_in_band(where.band, row))
    if where.in_catalog is not None:
        conditions.append(in_catalog(where.in_catalog, row, leads=catalogs_lead))
    if where.any_of is not None:
        parts = (object_condition(part, row, catalogs_lead=False) for part in where.any_of)
        conditions.append(or_(false(), *parts))
    if where.none_of is not None:
        # A filter on a value that is not known does not pass; so its opposite does.
        refused = object_condition(where.none_of, row, catalogs_lead=False)
        conditions.append(not_(func.coalesce(refused, False)))
    return and_(true(), *conditions)


def _equal(column: ColumnElement[Any], value: object) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _like_pattern(pattern: str) -> str:
    """`*` stands for any letters and `?` for one, beside SQL's own signs."""
    return pattern.replace("\\", "\\\\").replace("*", "%").replace("?", "_")


def _in_band(where: BandFilter, row: FromClause) -> ColumnElement[bool]:
    """Whether the object was detected in a band, and its statistics there are within limits."""
    band = band_statistics.c
    limits = where._asdict()
    del limits["band"]
    within = [condition for name, range_ in limits.items() for condition in in_range(band[name], range_)]
    return exists().where(band.object_id == row.c.object_id, band.band == where.band, *within).correlate(row)
