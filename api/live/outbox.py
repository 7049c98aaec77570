"""What waits to be sent to one client."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """Items in their order, up to `most` of them; one task takes them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[Item] = deque()
        self._filled: asyncio.Future[None] | None = None
        self._emptied = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_full(self) -> bool:
        return len(self._items) >= self._most

    def put(self, item: Item) -> None:
        """Add an item, also to a full box: whoever must not asks before."""
        self._items.append(item)
        if self._filled is not None and not self._filled.done():
            self._filled.set_result(None)

    async def room(self) -> None:
        """Wait until everything is taken, when the box is full."""
        while self.is_full:
            self._emptied.clear()
            await self._emptied.wait()

    async def take(self) -> list[Item]:
        """Everything that waits, at least one item."""
        while not self._items:
            self._filled = asyncio.get_running_loop().create_future()
            await self._filled
        items = list(self._items)
        self._items.clear()
        self._emptied.set()
        return items
