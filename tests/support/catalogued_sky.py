"""The scattered objects with catalogues around them, for the tests that only read them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.sky import Position
from domain.sky_object import SkyObject
from storage.catalog_filter import SMALL
from storage.catalog_matches import fill_matches
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.catalogs import Places, load_places
from tests.support.databases import Backend, TestDatabases
from tests.support.endpoint import Endpoint, endpoint
from tests.support.points import Points, separations
from tests.support.scattered_objects import insert_objects, scattered_objects

RADII = {"few": 60.0, "near": 1.5, "wide": 30.0}
"""Default radii of the catalogues, arcsec. `near` is matched, `few` is small, `wide` is neither."""
ELSEWHERE = {"few": 20, "near": 50, "wide": SMALL}
"""How many sources are near no object in particular."""


class FilledSky(NamedTuple):
    """Objects, and catalogues by name."""

    url: str
    rows: Sequence[SkyObject]
    sources: dict[str, Places]


class CataloguedSky(NamedTuple):
    """Objects, and catalogues by name. Tests must not write there."""

    url: str
    rows: Sequence[SkyObject]
    sources: dict[str, Places]
    endpoint: Endpoint


@pytest.fixture(scope="session")
def catalogued(
    any_backend: Backend, databases: TestDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CataloguedSky]:
    """Objects and catalogues in a database of one server: tests/storage has both."""
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    rows = scattered_objects()
    with databases.fresh(any_backend) as url:
        sky = fill_sky(url, rows)
        with endpoint(url, archive) as asked:
            yield CataloguedSky(*sky, asked)


def fill_sky(url: str, rows: Sequence[SkyObject]) -> FilledSky:
    """Put objects and the catalogues around them into an empty database."""
    insert_objects(url, rows)
    with connect(url, role="test") as connection:
        sources = {name: sources_near(rows, name) for name in RADII}
        for name, places in sources.items():
            is_matched = name == "near"
            catalog = load_places(connection, name, places, radius_arcsec=RADII[name], at_ingest=is_matched)
            if is_matched:
                assert max(fill_matches(connection, catalog)) == len(rows)
    return FilledSky(url, rows, sources)


def sources_near(rows: Sequence[SkyObject], name: str) -> Places:
    """One or more sources around two thirds of the objects, out to twice the radius, and some elsewhere."""
    radius_arcsec, elsewhere = RADII[name], ELSEWHERE[name]
    random = np.random.default_rng(round(radius_arcsec * 10))
    ra, dec = np.array([row.ra for row in rows]), np.array([row.dec for row in rows])
    chosen = random.integers(0, len(rows), len(rows))
    angle = np.radians(random.uniform(0, 360, len(rows)))
    distance = random.uniform(0, 2 * radius_arcsec, len(rows)) / 3600
    decs = np.clip(dec[chosen] + distance * np.sin(angle), -90, 90)
    ras = (ra[chosen] + distance * np.cos(angle) / np.maximum(np.cos(np.radians(decs)), 1e-6)) % 360
    return Places(
        np.append(ras, random.uniform(0, 360, elsewhere)), np.append(decs, random.uniform(-80, 80, elsewhere))
    )


def angles_to_sources(sky: FilledSky | CataloguedSky, row: SkyObject) -> dict[str, NDArray[np.float64]]:
    """Angles from an object to all sources of each catalogue, arcsec."""
    return {name: separations(Points(*places), Position(row.ra, row.dec)) for name, places in sky.sources.items()}


@cache
def _found_in(url: str) -> dict[str, dict[str, bool]]:
    return {}


def found_in(sky: FilledSky | CataloguedSky, row: SkyObject) -> Mapping[str, bool]:
    """In which catalogues an object is."""
    known = _found_in(sky.url)
    if row.name not in known:
        angles = angles_to_sources(sky, row)
        known[row.name] = {name: bool((angles[name] <= radius).any()) for name, radius in RADII.items()}
    return known[row.name]
