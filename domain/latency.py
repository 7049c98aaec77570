"""How long alerts took, as counts in fixed buckets: small enough for a row per night, and sums are exact.

There are 24 buckets to a factor of ten, so that a percentile is known to 5 %. The first bucket is all below one
second, the last all that took longer than ten days: that was not a stream any more.
"""

from collections.abc import Iterable, Sequence
from math import log10

BUCKETS_PER_DECADE = 24
LONGEST_SECONDS = 10 * 86_400
LAST_BUCKET = int(log10(LONGEST_SECONDS) * BUCKETS_PER_DECADE) + 2
BUCKET_COUNT = LAST_BUCKET + 1


def bucket_counts(seconds: Iterable[float]) -> list[int]:
    """How many there are in each bucket."""
    counts = [0] * BUCKET_COUNT
    for each in seconds:
        counts[_bucket(each)] += 1
    return counts


def percentile(counts: Sequence[int], share: float) -> float | None:
    """Seconds within which a share of the alerts arrived, to 5 %; None when there are none, or it took longer
    than ten days. Below one second it is 1."""
    wanted = share * sum(counts)
    if wanted == 0:
        return None
    reached = 0
    for bucket, count in enumerate(counts):
        reached += count
        if reached >= wanted:
            return _middle(bucket)
    raise AssertionError("the counts add up")


def _bucket(seconds: float) -> int:
    if seconds < 1:
        return 0
    return min(1 + int(log10(seconds) * BUCKETS_PER_DECADE), LAST_BUCKET)


def _middle(bucket: int) -> float | None:
    if bucket == LAST_BUCKET:
        return None
    return 1.0 if bucket == 0 else float(10 ** ((bucket - 0.5) / BUCKETS_PER_DECADE))
