"""Limits of numbers in SQL."""

from typing import Any

from sqlalchemy import ColumnElement, Double, literal

from domain.object_filter import Range


def in_range(column: ColumnElement[Any], limits: Range | None) -> list[ColumnElement[bool]]:
    """The conditions of some limits; none for none."""
    if limits is None:
        return []
    bounds = {name: literal(value, Double) for name, value in limits._asdict().items() if value is not None}
    compare = {
        "gte": column.__ge__,
        "lte": column.__le__,
        "gt": column.__gt__,
        "lt": column.__lt__,
    }
    return [compare[name](bound) for name, bound in bounds.items()]
