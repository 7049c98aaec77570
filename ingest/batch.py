"""What is stored together: decoded alerts and dead letters, up to a limit."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.dead_letter import DeadLetter
from domain.packet import ReceivedAlert
from ingest.decoding import Decoded
from storage.alert_store import AlertStore, StoreResult


class BatchLimits(NamedTuple):
    """When a batch is full: so many alerts, so many bytes of packets, or its first alert so old."""

    alerts: int = 1000
    size_bytes: int = 40_000_000
    seconds: float = 1.0


class Batch:
    """Alerts and dead letters that wait for their transaction."""

    def __init__(self) -> None:
        self.alerts: list[ReceivedAlert] = []
        self.dead_letters: list[DeadLetter] = []

    def __len__(self) -> int:
        return len(self.alerts) + len(self.dead_letters)

    def add(self, decoded: Iterable[Decoded]) -> None:
        for item in decoded:
            if isinstance(item, DeadLetter):
                self.dead_letters.append(item)
            else:
                self.alerts.append(item.without_copies())

    def store(self, store: AlertStore) -> StoreResult:
        """One transaction. Raises what the store raises."""
        return store.store(self.alerts, self.dead_letters)
