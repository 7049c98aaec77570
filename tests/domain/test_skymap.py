"""Credible regions and ranks against brute force."""

import numpy as np
import pytest
from astropy_healpix import level_ipix_to_uniq
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sky import healpix
from domain.skymap import (
    InvalidSkymap,
    Skymap,
    skymap,
    skymap_bytes,
    skymap_id_of,
    skymap_level,
    skymap_of_bytes,
)
from tests.support.points import inside
from tests.support.skymaps import SQUARE_DEGREES, Map, two_arcs

MAP = two_arcs()


def made(item: Map) -> Skymap:
    return skymap(level_ipix_to_uniq(item.order, item.pixel), item.probability)


@pytest.mark.parametrize("level", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_a_region_is_the_smallest_with_its_probability(level: float) -> None:
    random = np.random.default_rng(1)
    ra, dec = random.uniform(0, 360, 3000), np.degrees(np.arcsin(random.uniform(-1, 1, 3000)))
    ours, wanted = made(MAP), MAP.inside(level)
    index = MAP.index_of(ra, dec)
    pixels = healpix(ra, dec)
    assert (inside(pixels, ours.ranges(level)) == wanted[index]).all()
    area = (SQUARE_DEGREES / (12 * 4.0**MAP.order))[wanted].sum()
    assert ours.area(level) == pytest.approx(area)
    assert MAP.probability[wanted].sum() >= level - 1e-9
    levels = MAP.credible_levels()
    for place in range(0, 3000, 101):
        found = ours.place_of(int(pixels[place]))
        assert found.density == pytest.approx(MAP.density[index[place]])
        assert found.credible_level == pytest.approx(levels[index[place]], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=12, max_size=12), st.integers(0, 10**6), st.floats(0.001, 1), st.booleans()
)
def test_regions_of_any_map(orders: list[int], seed: int, level: float, is_flat: bool) -> None:
    random = np.random.default_rng(seed)
    order = np.concatenate([np.full(4**one, one) for one in orders])
    pixel = np.concatenate([base * 4**one + np.arange(4**one) for base, one in enumerate(orders)])
    weight = np.full(order.size, 1.0) if is_flat else random.integers(0, 4, order.size) / 4.0**order
    weight[0] += 0.01
    item = Map(order, pixel, weight / weight.sum())
    shuffled = random.permutation(order.size)
    ours = made(Map(order[shuffled], pixel[shuffled], item.probability[shuffled]))
    chosen = ours.inside(level)
    assert ours.probability[chosen].sum() >= level - 1e-9
    last = np.flatnonzero(chosen & (ours.density == ours.density[chosen].min()))[-1]
    assert ours.probability[chosen].sum() - ours.probability[last] < level + 1e-9
    assert ours.density[chosen].min() >= ours.density[~chosen].max(initial=0) - 1e-12
    assert (ours.first[1:] > ours.last[:-1]).all()
    back = skymap_of_bytes(skymap_bytes(ours))
    assert (back.uniq == ours.uniq).all()
    assert (back.probability == ours.probability).all()
    assert skymap_id_of(back) == skymap_id_of(ours)


def test_a_single_pixel_may_hold_it_all() -> None:
    one = skymap(np.array([4 * 4**10 + 77]), np.array([1.0]))
    assert one.ranges(0.5) == one.ranges(1.0)
    assert len(one.ranges(0.5).first) == 1
    assert one.place_of(0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("uniq", "probability", "message"),
    [
        ([], [], "the map has no pixels"),
        ([3], [1.0], "UNIQ numbers must be"),
        ([4 * 4**30], [1.0], "orders 0 to 29"),
        ([4, 5], [0.5, float("nan")], "1 pixels have no finite probability"),
        ([4, 5], [1.5, -0.5], "1 pixels have a negative probability"),
        ([4, 5], [0.2, 0.2], "sum to 0.4, where those of a map sum to 1"),
        ([4, 4], [0.5, 0.5], "pixels of the map overlap"),
        ([4, 4 * 4**2 + 3], [0.5, 0.5], "pixels of the map overlap"),
    ],
)
def test_what_is_no_map_is_refused_in_words(uniq: list[int], probability: list[float], message: str) -> None:
    with pytest.raises(InvalidSkymap, match=message):
        skymap(np.array(uniq, dtype=np.int64), np.array(probability))


@pytest.mark.parametrize("level", [0.0, -0.1, 1.01, float("nan"), float("inf")])
def test_levels_lie_between_0_and_1(level: float) -> None:
    with pytest.raises(InvalidSkymap):
        skymap_level("x", level)
