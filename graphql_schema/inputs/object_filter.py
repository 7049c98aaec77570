"""Which objects, and in which order."""

import strawberry

from domain import object_filter as domain
from domain.object_filter import ObjectOrder
from graphql_schema.errors import LimitExceeded
from graphql_schema.inputs.band_filter import BandFilter
from graphql_schema.inputs.class_filter import ClassFilter, FeatureFilter
from graphql_schema.inputs.identifiers import parse_name
from graphql_schema.inputs.ranges import FloatRange, IntRange, range_of
from graphql_schema.inputs.region import RegionInput
from graphql_schema.limits import MAX_NAMES
from graphql_schema.types.enums import Direction, ObjectOrderField, Survey


@strawberry.input(
    description="Conditions on an object; those that are given must all hold. A condition on a value that is "
    "null does not hold."
)
class ObjectFilter:
    survey: Survey | None = strawberry.field(default=None, description="Of this survey.")
    names: list[str] | None = strawberry.field(
        default=None, description="The survey's identifiers, one of which must match. At most 1000."
    )
    name_like: str | None = strawberry.field(
        default=None,
        description="Pattern of the whole identifier of the survey: `*` or `%` stands for any letters, "
        "`?` or `_` for one; capitals matter.",
    )
    detection_count: IntRange | None = strawberry.field(default=None, description="Number of detections.")
    first_mjd: FloatRange | None = strawberry.field(
        default=None, description="Time of the first detection, MJD (UTC)."
    )
    last_mjd: FloatRange | None = strawberry.field(
        default=None, description="Time of the last detection, MJD (UTC)."
    )
    duration_days: FloatRange | None = strawberry.field(
        default=None, description="Time from the first to the last detection, days."
    )
    mean_color: FloatRange | None = strawberry.field(
        default=None, description="Mean g - mean r of the difference magnitudes, mag."
    )
    stellar: bool | None = strawberry.field(
        default=None, description="Whether the reference source looks like a star."
    )
    corrected: bool | None = strawberry.field(
        default=None, description="Whether the photometry can be corrected with a reference source."
    )
    class_: ClassFilter | None = strawberry.field(
        default=None, name="class", description="What a classifier said last."
    )
    classified: bool | None = strawberry.field(
        default=None, description="Whether any classifier has answered for it."
    )
    band: BandFilter | None = strawberry.field(default=None, description="Its statistics in one band.")
    feature: FeatureFilter | None = strawberry.field(default=None, description="A feature of its light curve.")
    in_catalog: str | None = strawberry.field(
        default=None,
        description="A source of this catalogue lies within its default radius. The first objects of the order "
        "asked for are looked up; where too few of them pass, all are, which takes a second or two for each "
        "catalogue and million of objects: other conditions, or a region, make that quicker.",
    )
    region: RegionInput | None = strawberry.field(default=None, description="Mean position in this region.")
    and_: list["ObjectFilter"] | None = strawberry.field(
        default=None, name="and", description="All of these must hold too."
    )
    or_: list["ObjectFilter"] | None = strawberry.field(
        default=None, name="or", description="At least one of these must hold; none does in an empty list."
    )
    not_: "ObjectFilter | None" = strawberry.field(default=None, name="not", description="This must not hold.")

    def to_domain(self) -> domain.ObjectFilter:
        """The same filter in our own terms. Raises LimitExceeded, InvalidInput, and what a bad region raises."""
        if self.names is not None and len(self.names) > MAX_NAMES:
            raise LimitExceeded(f"names may hold at most {MAX_NAMES} names, got {len(self.names)}")
        return domain.ObjectFilter(
            survey=self.survey,
            names=None if self.names is None else tuple(map(parse_name, self.names)),
            name_like=None if self.name_like is None else parse_name(self.name_like),
            detection_count=range_of(self.detection_count),
            first_mjd=range_of(self.first_mjd),
            last_mjd=range_of(self.last_mjd),
            duration_days=range_of(self.duration_days),
            mean_color=range_of(self.mean_color),
            stellar=self.stellar,
            corrected=self.corrected,
            class_=None if self.class_ is None else self.class_.to_domain(),
            classified=self.classified,
            feature=None if self.feature is None else self.feature.to_domain(),
            band=None if self.band is None else self.band.to_domain(),
            in_catalog=None if self.in_catalog is None else domain.InCatalog(parse_name(self.in_catalog)),
            region=None if self.region is None else self.region.to_domain(),
            all_of=tuple(part.to_domain() for part in self.and_ or ()),
            any_of=None if self.or_ is None else tuple(part.to_domain() for part in self.or_),
            none_of=None if self.not_ is None else self.not_.to_domain(),
        )


@strawberry.input(name="ObjectOrder", description="A key to sort by; ties are broken by the object's own key.")
class ObjectOrderInput:
    field: ObjectOrderField = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which way.")

    def to_domain(self) -> ObjectOrder:
        return ObjectOrder(self.field, self.direction)


def domain_filter(where: ObjectFilter | None) -> domain.ObjectFilter:
    """A filter in our own terms; none asks nothing."""
    return domain.ObjectFilter() if where is None else where.to_domain()
