"""Scalars of our own."""

from typing import NewType

import strawberry

FloatArray = NewType("FloatArray", list[float | None])

FLOAT_ARRAY = strawberry.scalar(
    name="FloatArray",
    description="A JSON array of numbers or nulls, given as one leaf: for columns that are plotted or analysed.",
    serialize=lambda values: values,
    parse_value=lambda values: values,
)
