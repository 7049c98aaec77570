"""Limits of numbers."""

import strawberry

from domain.object_filter import Range


@strawberry.input(description="Limits of a number; those that are given must all hold.")
class FloatRange:
    gte: float | None = strawberry.field(default=None, description="At least.")
    lte: float | None = strawberry.field(default=None, description="At most.")
    gt: float | None = strawberry.field(default=None, description="Greater than.")
    lt: float | None = strawberry.field(default=None, description="Less than.")

    def to_domain(self) -> Range:
        return Range(self.gte, self.lte, self.gt, self.lt)


@strawberry.input(description="Limits of a whole number; those that are given must all hold.")
class IntRange:
    gte: int | None = strawberry.field(default=None, description="At least.")
    lte: int | None = strawberry.field(default=None, description="At most.")
    gt: int | None = strawberry.field(default=None, description="Greater than.")
    lt: int | None = strawberry.field(default=None, description="Less than.")

    def to_domain(self) -> Range:
        return Range(self.gte, self.lte, self.gt, self.lt)


def range_of(limits: FloatRange | IntRange | None) -> Range | None:
    """Limits in our own terms; none for none."""
    return None if limits is None else limits.to_domain()
