"""Latencies in buckets: percentiles to 5 %, whatever the batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.latency import BUCKET_COUNT, LONGEST_SECONDS, bucket_counts, percentile


@given(st.lists(st.floats(1.0, LONGEST_SECONDS * 0.9), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_is_known_to_five_percent(seconds: list[float], share: float) -> None:
    found = percentile(bucket_counts(seconds), share)
    exact = float(np.quantile(seconds, share, method="inverted_cdf"))
    assert found is not None
    assert found == pytest.approx(exact, rel=0.05)


@given(st.lists(st.floats(0, 1e9), max_size=50), st.integers(0, 50))
def test_counts_of_parts_add_up_to_those_of_the_whole(seconds: list[float], cut: int) -> None:
    parts = zip(bucket_counts(seconds[:cut]), bucket_counts(seconds[cut:]), strict=True)
    assert [a + b for a, b in parts] == bucket_counts(seconds)


@pytest.mark.parametrize(("seconds", "expected"), [([], None), ([0.0], 1.0), ([-5.0], 1.0), ([1e7], None)])
def test_the_ends_of_the_scale(seconds: list[float], expected: float | None) -> None:
    counts = bucket_counts(seconds)
    assert len(counts) == BUCKET_COUNT
    assert percentile(counts, 0.5) == expected
