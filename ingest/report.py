"""What became of everything that was read."""

from typing import NamedTuple

from storage.alert_store import StoreResult


class IngestReport(NamedTuple):
    """`read` is the sum of the others."""

    read: int
    stored: int
    duplicates: int
    dead_letters: int

    @classmethod
    def of(cls, result: StoreResult) -> "IngestReport":
        return cls(sum(result), *result)
