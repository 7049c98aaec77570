"""Links to files: what was asked comes back from its JSON, whatever it was."""

from typing import Any

import anyio
from hypothesis import given, settings
from hypothesis import strategies as some
from strawberry.types.maybe import Some

from graphql_schema.downloads import ObjectsAsked, objects_asked
from graphql_schema.inputs.as_json import as_json
from graphql_schema.inputs.class_filter import ClassFilter, FeatureFilter
from graphql_schema.inputs.object_filter import ObjectFilter, ObjectOrderInput
from graphql_schema.inputs.ranges import FloatRange, IntRange
from graphql_schema.inputs.region import BoxInput, ConeInput, RegionInput
from graphql_schema.types.enums import Band, Direction, ObjectOrderField, Survey

NUMBERS = some.floats(allow_nan=False, allow_infinity=False)
NAMES = some.text(some.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
FLOATS = some.builds(FloatRange, gte=some.none() | NUMBERS, lt=some.none() | NUMBERS)
CONES = some.builds(
    ConeInput, ra=NUMBERS, dec=some.floats(-90, 90), position=some.none(), radius=some.floats(0.1, 1000)
)
BOXES = some.builds(
    BoxInput,
    ra_min=some.floats(0, 360),
    ra_max=some.floats(0, 360),
    dec_min=some.floats(-90, 0),
    dec_max=some.just(9),
)
REGIONS = some.builds(RegionInput, cone=some.builds(Some, CONES), box=some.none()) | some.builds(
    RegionInput, cone=some.none(), box=some.builds(Some, BOXES)
)
CLASSES = some.builds(
    ClassFilter,
    classifier=NAMES,
    version=some.none() | NAMES,
    class_=some.none() | some.lists(NAMES, max_size=3),
    ranking=some.none() | some.integers(1, 9),
    probability=some.none() | FLOATS,
)
FEATURES = some.builds(FeatureFilter, name=NAMES, band=some.none() | some.sampled_from(Band), value=FLOATS)
LEAVES = some.builds(
    ObjectFilter,
    survey=some.none() | some.sampled_from(Survey),
    names=some.none() | some.lists(NAMES, max_size=3),
    name_like=some.none() | NAMES,
    detection_count=some.none() | some.builds(IntRange, lte=some.integers(-(2**31), 2**31 - 1)),
    mean_color=some.none() | FLOATS,
    stellar=some.none() | some.booleans(),
    class_=some.none() | CLASSES,
    feature=some.none() | FEATURES,
    region=some.none() | REGIONS,
)
FILTERS = some.recursive(
    LEAVES,
    lambda inner: some.builds(
        ObjectFilter,
        and_=some.none() | some.lists(inner, max_size=2),
        or_=some.none() | some.lists(inner, max_size=2),
        not_=some.none() | inner,
    ),
    max_leaves=4,
)
ORDERS = some.lists(
    some.builds(
        ObjectOrderInput, field=some.sampled_from(ObjectOrderField), direction=some.sampled_from(Direction)
    ),
    min_size=1,
    max_size=3,
)


def read(**variables: Any) -> ObjectsAsked:
    return anyio.run(objects_asked, variables)


@given(where=FILTERS, order_by=ORDERS)
@settings(max_examples=60, deadline=None)
def test_what_was_asked_is_asked_again(where: ObjectFilter, order_by: list[ObjectOrderInput]) -> None:
    again = read(where=as_json(where), orderBy=as_json(order_by))
    assert again.where == where.to_domain()
    assert again.order == [key.to_domain() for key in order_by]
