"""Sky maps in a database, as if they had been sent."""

import asyncio

from domain.skymap_file import read_skymap
from storage.skymaps import SkymapStore
from tests.support.skymaps import Map, multi_order_fits


def keep(url: str, item: Map) -> str:
    """The identifier under which a map is kept from now on."""
    stored, _ = asyncio.run(SkymapStore(url).keep(read_skymap(multi_order_fits(item))))
    return stored.skymap_id
