"""Matches at ingest: whoever comes first, alerts or catalogue, the same objects have the same sources."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from domain.catalog import Catalog
from domain.sky import Position, healpix, separation_arcsec
from storage.catalog_cells import STORED_MARGIN_ARCSEC
from storage.catalog_load import remove_catalog, stored_catalog
from storage.catalog_matches import fill_matches, match_at_ingest, match_new_objects, stop_matching
from storage.database import connect
from tests.support.catalogs import Places, load_places
from tests.support.scattered_objects import insert_objects, object_row, scattered_objects
from tests.support.storing import alert_store, small_sky_received

RADIUS = 2.0


@pytest.fixture
def connection(any_database_url: str) -> Iterator[psycopg.Connection]:
    with connect(any_database_url, role="test") as connection:
        yield connection


Pairs = set[tuple[int, int]]
"""Objects and the pixels of sources."""


def matches(connection: psycopg.Connection, catalog: Catalog) -> Pairs:
    rows = connection.execute(
        "SELECT object_id, hpx FROM catalog_match WHERE catalog_id = %s", (catalog.catalog_id,)
    ).fetchall()
    return {(object_id, pixel) for object_id, pixel in rows}


def pairs(connection: psycopg.Connection, places: Places, radius_arcsec: float) -> Pairs:
    """What lies within a radius, by brute force."""
    pixels = healpix(*places).tolist()
    return {
        (object_id, pixel)
        for object_id, ra, dec in connection.execute("SELECT object_id, ra, dec FROM object").fetchall()
        for source_ra, source_dec, pixel in zip(*places, pixels, strict=True)
        if separation_arcsec(Position(ra, dec), Position(source_ra, source_dec)) <= radius_arcsec
    }


def around(connection: psycopg.Connection) -> Places:
    """Some sources near every object, out to twice the radius."""
    rows: NDArray[np.float64] = np.array(
        connection.execute("SELECT ra, dec FROM object ORDER BY object_id").fetchall()
    )
    random = np.random.default_rng(2)
    ra, dec = np.repeat(rows[:, 0], 4), np.repeat(rows[:, 1], 4)
    angle, distance = random.uniform(0, 2 * np.pi, len(ra)), random.uniform(0, 2 * RADIUS, len(ra)) / 3600
    decs = np.clip(dec + distance * np.sin(angle), -90, 90)
    return Places((ra + distance * np.cos(angle) / np.maximum(np.cos(np.radians(decs)), 1e-6)) % 360, decs)


def test_alerts_first_or_catalogue_first(
    any_database_url: str, connection: psycopg.Connection, tmp_path: Path
) -> None:
    with alert_store(any_database_url, tmp_path) as store:
        store.store(small_sky_received())
        places = around(connection)
        late = load_places(connection, "late", places, radius_arcsec=RADIUS, at_ingest=True)
        assert matches(connection, late) == set()
        assert list(fill_matches(connection, late)) == [4]
        filled = matches(connection, late)
        assert filled == pairs(connection, places, RADIUS + STORED_MARGIN_ARCSEC)
        assert stored_catalog(connection, "late").is_matched
        remove_catalog(connection, "late")

        connection.execute("TRUNCATE object, detection, non_detection, forced_photometry, band_statistics, alert")
        early = load_places(connection, "early", places, radius_arcsec=RADIUS, at_ingest=True)
        load_places(connection, "not asked", places, radius_arcsec=RADIUS)
        for received in small_sky_received():
            store.store([received])
        # Objects move as they are detected again, so that the margin may hold others; the radius does not.
        inside, outside = pairs(connection, places, RADIUS), pairs(connection, places, RADIUS + 2.0)
        stored = matches(connection, early)
        assert set() != inside <= stored <= outside
        store.store(small_sky_received())
        assert matches(connection, early) == stored
        assert connection.execute("SELECT count(*) FROM catalog_match").fetchone() == (len(stored),)


def test_filling_may_be_killed_and_begun_again(any_database_url: str, connection: psycopg.Connection) -> None:
    insert_objects(any_database_url, scattered_objects())
    places = around(connection)
    catalog = load_places(connection, "one", places, radius_arcsec=RADIUS)
    catalog = match_at_ingest(connection, "one")
    filling = fill_matches(connection, catalog)
    next(filling)
    filling.close()
    assert not stored_catalog(connection, "one").is_matched
    assert max(fill_matches(connection, catalog)) == len(scattered_objects())
    assert matches(connection, catalog) == pairs(connection, places, RADIUS + STORED_MARGIN_ARCSEC)
    assert stored_catalog(connection, "one").is_matched
    stop_matching(connection, "one")
    assert matches(connection, catalog) == set()
    assert not stored_catalog(connection, "one").at_ingest


def test_objects_that_are_being_stored_when_the_catalogue_comes_are_not_missed(
    any_database_url: str, connection: psycopg.Connection
) -> None:
    places = Places(np.array([150.0]), np.array([2.0]))
    with connect(any_database_url, role="writer") as writer:
        with writer.transaction():
            new = object_row(1, name="ZTF26aaaaaaa", ra=150.0, dec=2.0)
            names, marks = ", ".join(new._fields), ", ".join(["%s"] * len(new))
            writer.execute(f"INSERT INTO object ({names}) VALUES ({marks})".encode(), new)
            match_new_objects(writer, [1])
            catalog = load_places(connection, "one", places, radius_arcsec=RADIUS, at_ingest=True)
            filled: list[int] = []
            filler = threading.Thread(target=lambda: filled.extend(fill_matches(connection, catalog)))
            filler.start()
            filler.join(0.5)
            assert filler.is_alive()
        filler.join(30)
    assert filled == [1]
    assert matches(connection, catalog) == {(1, int(healpix(150.0, 2.0)))}
