"""Asking for the next while the last is worked on: the database and we have a core each."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

Item = TypeVar("Item")


async def one_ahead(items: AsyncIterator[Item]) -> AsyncGenerator[Item, None]:
    """The same items; the next one is already asked for when one is given. Close it when not all are wanted."""

    async def ask() -> Item:
        return await anext(items)

    asked = asyncio.ensure_future(ask())
    try:
        while True:
            try:
                item = await asked
            except StopAsyncIteration:
                return
            asked = asyncio.ensure_future(ask())
            yield item
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
