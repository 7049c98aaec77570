"""Python's collector of garbage, in processes that answer."""

import gc

ROWS_BETWEEN_COLLECTIONS = 50_000


def spare_the_collector() -> None:
    """What is there before the first request stays: Python's collector need not look through it again whenever an
    answer has made some thousand rows, which would take it longer than to answer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ROWS_BETWEEN_COLLECTIONS)
