"""Catalogues whose rows a test knows, loaded as the command does."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from domain.catalog import Catalog, CatalogColumn, CatalogDescription
from storage.catalog_load import CatalogLoad, SourceRows
from tests.support.points import sky_points

COLUMNS = (CatalogColumn("magnitude", "mag", "Mean magnitude"), CatalogColumn("kind"))


class Places(NamedTuple):
    """Positions of sources, degrees."""

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]


def awkward_places(count: int = 4000) -> Places:
    """Some of the points around poles, RA 0 and corners of pixels."""
    points = sky_points()
    chosen = np.random.default_rng(5).permutation(len(points.ra))[:count]
    return Places(points.ra[chosen], points.dec[chosen])


def load_places(
    connection: Connection,
    name: str,
    places: Places,
    *,
    ids: Sequence[str] | None = None,
    radius_arcsec: float = 1.5,
    at_ingest: bool = False,
) -> Catalog:
    """Load a catalogue whose sources are called by their index; their values are `[index / 2, "kind"]`."""
    told = CatalogDescription(name, f"The catalogue {name}", radius_arcsec, at_ingest, COLUMNS)
    numbers = range(len(places.ra))
    with CatalogLoad(connection, told) as loading:
        loading.add(
            SourceRows(
                list(map(str, numbers)) if ids is None else ids,
                places.ra,
                places.dec,
                [f'[{number / 2},"kind"]' for number in numbers],
            )
        )
        return loading.finish(0)
