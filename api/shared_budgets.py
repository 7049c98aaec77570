"""Budgets that the processes of one server have in common."""

import fcntl
import hashlib
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from api.budgets import PointBudget

ROWS = 8192
PLACES = 8
"""Clients in a row. A client's row follows from its name; in a row that is taken, the newcomer has the place of
whoever is full again first, mostly long ago."""
NUMBERS = 2 * PLACES
"""Of a row: who has each place, then when each is full again."""
ROW_BYTES = 8 * NUMBERS
KEY_BYTES = 8


class BudgetTable:
    """When each of some 65,000 clients has all its points again, in a file that processes look at together.

    One process changes a row at a time; the system frees the row of a process that dies.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, ROWS * ROW_BYTES)
        self._bytes = mmap.mmap(self._file, ROWS * ROW_BYTES)
        whole = memoryview(self._bytes)
        self._keys = whole.cast("Q")
        self._times = whole.cast("d")

    def budget(self, client: str, per_minute: int) -> "SharedBudget":
        """The budget of a client, by the name that all processes know it by."""
        return SharedBudget(self, client, per_minute)

    def full_at(self, key: int) -> float:
        """When a client has all its points again; 0 for one that is not known."""
        place = self._place(key)
        return 0.0 if place is None else self._times[place + PLACES]

    def change(self, key: int, pay: Callable[[float], float]) -> None:
        """Let nobody else change it meanwhile. What `pay` raises changes nothing."""
        row = key % ROWS
        fcntl.lockf(self._file, fcntl.LOCK_EX, ROW_BYTES, row * ROW_BYTES)
        try:
            place = self._place(key)
            full_at = pay(0.0 if place is None else self._times[place + PLACES])
            if place is None:
                places = range(row * NUMBERS, row * NUMBERS + PLACES)
                place = min(places, key=lambda one: self._times[one + PLACES])
            self._times[place + PLACES] = full_at
            self._keys[place] = key
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, ROW_BYTES, row * ROW_BYTES)

    def close(self) -> None:
        """Let go of the file."""
        self._keys.release()
        self._times.release()
        self._bytes.close()
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _place(self, key: int) -> int | None:
        begin = key % ROWS * NUMBERS
        for place in range(begin, begin + PLACES):
            if self._keys[place] == key:
                return place
        return None


class SharedBudget(PointBudget):
    """A client's points, wherever it asks."""

    __slots__ = ("_key", "_table")

    def __init__(
        self, table: BudgetTable, client: str, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(per_minute, clock)
        self._table = table
        self._key = int.from_bytes(hashlib.blake2b(client.encode(), digest_size=KEY_BYTES).digest()) or 1

    def _known_full_at(self) -> float:
        return self._table.full_at(self._key)

    def _change(self, pay: Callable[[float], float]) -> None:
        self._table.change(self._key, pay)
