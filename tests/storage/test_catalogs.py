"""Catalogues appear whole, are replaced whole, and their sources are found wherever on the sky they are."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psycopg
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from catalogs.open_table import open_table
from catalogs.roles import Named, find_roles
from catalogs.sources import SourceReader
from domain.catalog import CatalogDescription, UnknownCatalog
from domain.sky import Position
from storage.catalog_load import (
    PARTITIONED,
    CatalogBusy,
    CatalogLoad,
    SourceRows,
    remove_catalog,
    stored_catalog,
    stored_catalogs,
)
from storage.catalogs import find_catalogs, list_catalogs, sources_around
from storage.database import connect
from storage.migrate import check
from storage.table_sizes import table_sizes
from tests.support.catalogs import COLUMNS, Places, awkward_places, load_places
from tests.support.points import CENTERS, Points, separations
from tests.support.reading import ask
from tests.support.statements import statements_of

EVERYTHING = 10_000_000


@pytest.fixture(scope="module")
def loaded(module_database_url: str) -> str:
    """A database with two catalogues of the same awkward places."""
    with connect(module_database_url, role="test") as connection:
        load_places(connection, "awkward", awkward_places())
        load_places(connection, "other", awkward_places(40), radius_arcsec=30.0)
    return module_database_url


@pytest.mark.parametrize("radius_arcsec", [0.05, 1.5, 60.0, 3600.0])
def test_every_source_around_is_found_nearest_first(loaded: str, radius_arcsec: float) -> None:
    places = awkward_places()
    found = ask(
        loaded,
        lambda reader: sources_around(
            reader, CENTERS, radius_arcsec=radius_arcsec, names=["awkward"], most=EVERYTHING
        ),
    )
    for number, center in enumerate(CENTERS):
        mine = [one for one in found if one.place == number]
        angles = separations(Points(*places), center)
        assert {int(one.match.source.source_id) for one in mine} == set(
            np.flatnonzero(angles <= radius_arcsec).tolist()
        )
        told = [one.match.separation_arcsec for one in mine]
        assert told == sorted(told)
        expected = [angles[int(one.match.source.source_id)] for one in mine]
        assert told == pytest.approx(expected, abs=1e-6)


def test_all_catalogues_are_searched_when_none_is_named(loaded: str) -> None:
    found = ask(loaded, lambda reader: sources_around(reader, CENTERS, radius_arcsec=3600.0, most=EVERYTHING))
    assert {one.catalog for one in found} == {"awkward", "other"}
    assert {one.columns for one in found} == {COLUMNS}
    for source in (one.match.source for one in found):
        assert source.values == (str(int(source.source_id) / 2), "kind")
    assert (
        ask(loaded, lambda reader: sources_around(reader, CENTERS, radius_arcsec=9.0, names=["none"], most=1)) == []
    )


def test_only_the_nearest_of_each_place_when_so_asked(loaded: str) -> None:
    every = ask(loaded, lambda reader: sources_around(reader, CENTERS, radius_arcsec=3600.0, most=EVERYTHING))
    three = ask(loaded, lambda reader: sources_around(reader, CENTERS, radius_arcsec=3600.0, most=3))
    wanted = [one for place in range(len(CENTERS)) for one in [each for each in every if each.place == place][:3]]
    assert three == wanted


def test_one_statement_for_any_number_of_places(loaded: str, caplog: pytest.LogCaptureFixture) -> None:
    for count in (1, 10, 100):
        with statements_of(threading.get_ident(), caplog) as made:
            centers = [CENTERS[number % len(CENTERS)] for number in range(count)]
            ask(loaded, partial(sources_around, centers=centers, radius_arcsec=2.0, most=5))
        assert len(made) == 1


def test_the_index_of_one_catalogue_is_used(loaded: str) -> None:
    """A cone reads no partition but the ones that are asked for, and those by index."""
    with psycopg.connect(loaded) as connection:
        catalog = {one.name: one.catalog_id for one in stored_catalogs(connection)}
        before = scans(connection)
    ask(loaded, lambda reader: sources_around(reader, CENTERS[:1], radius_arcsec=2.0, names=["awkward"], most=5))
    with psycopg.connect(loaded) as connection:
        after = scans(connection)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {f"catalog_source_{catalog['awkward']}"}
    assert all(after[name][0] == before[name][0] for name in after)


def scans(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Sequential and index scans by partition."""
    connection.execute("SELECT pg_sleep(0.05)")
    rows = connection.execute(
        "SELECT relname, seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname ~ '^catalog_source_'"
    ).fetchall()
    return {name: (seq, idx) for name, seq, idx in rows}


def test_catalogues_are_listed_with_what_was_said_of_them(loaded: str) -> None:
    awkward, other = ask(loaded, list_catalogs)
    assert (awkward.name, awkward.row_count, awkward.default_radius_arcsec) == ("awkward", 4000, 1.5)
    assert (other.description, other.columns, other.is_matched) == ("The catalogue other", COLUMNS, False)
    assert ask(loaded, lambda reader: find_catalogs(reader, ["other"])) == {"other": other}
    with pytest.raises(UnknownCatalog, match="no catalogue is named 'x'; there are awkward, other"):
        ask(loaded, lambda reader: find_catalogs(reader, ["x"]))


def test_catalogues_count_among_the_tables(loaded: str) -> None:
    with psycopg.connect(loaded) as connection:
        sizes = {table.name: table for table in table_sizes(connection)}
    assert sizes["catalog_source"].rows == 4040
    assert sizes["catalog_source"].size_bytes > 200_000


def test_tables_are_those_of_the_model_with_catalogues_there(loaded: str) -> None:
    check(loaded)


@pytest.fixture
def connection(any_database_url: str) -> Iterator[psycopg.Connection]:
    with connect(any_database_url, role="test") as connection:
        yield connection


def partitions(connection: psycopg.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relname ~ '^catalog_[a-z]+_[0-9]+$' AND relkind = 'r'"
    )
    return {name for (name,) in rows}


def small(count: int, dec: float = 0.0) -> Places:
    return Places(np.linspace(0, 359, count), np.full(count, dec))


def test_loading_again_replaces_and_removing_leaves_nothing(connection: psycopg.Connection) -> None:
    first = load_places(connection, "one", small(10))
    second = load_places(connection, "one", small(20))
    assert second.catalog_id != first.catalog_id
    assert stored_catalogs(connection) == [second]
    assert partitions(connection) == {f"{table}_{second.catalog_id}" for table in PARTITIONED}
    assert remove_catalog(connection, "one") == second
    assert partitions(connection) == set()
    with pytest.raises(UnknownCatalog, match="there is none yet"):
        stored_catalog(connection, "one")


def test_a_load_that_fails_leaves_the_old_catalogue(connection: psycopg.Connection) -> None:
    old = load_places(connection, "one", small(10))

    def interrupted() -> None:
        with CatalogLoad(connection, described("one")) as loading:
            loading.add(rows(small(5)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stored_catalogs(connection) == [old]
    assert partitions(connection) == {f"{table}_{old.catalog_id}" for table in PARTITIONED}
    load_places(connection, "one", small(7))


@pytest.mark.parametrize("moment", ["rows", "partitions"])
def test_a_load_whose_session_is_killed_is_not_seen_and_leaves_nothing_to_the_next(
    any_database_url: str, connection: psycopg.Connection, moment: str
) -> None:
    old = load_places(connection, "one", small(10))
    victim = connect(any_database_url, role="victim")
    pid = victim.info.backend_pid
    killer = threading.Timer(0.3, kill, (any_database_url, pid))

    def loaded() -> None:
        with CatalogLoad(victim, described("one")) as loading:
            loading.add(rows(small(500)))
            if moment == "rows":
                kill(any_database_url, pid)
                loading.add(rows(small(500)))
            with connection.transaction():
                connection.execute("LOCK TABLE catalog IN SHARE MODE")  # stops the load before its last step
                killer.start()
                loading.finish(0)

    with pytest.raises(psycopg.OperationalError):
        loaded()
    if moment == "partitions":
        killer.join()
    victim.close()
    assert stored_catalogs(connection) == [old]
    new = load_places(connection, "one", small(7))
    assert new.row_count == 7
    assert partitions(connection) == {f"{table}_{new.catalog_id}" for table in PARTITIONED}


def kill(url: str, pid: int) -> None:
    with psycopg.connect(url) as session:
        session.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_what_a_killed_removal_left_goes_with_the_next(connection: psycopg.Connection) -> None:
    old = load_places(connection, "old", small(10))
    connection.execute("DELETE FROM catalog")
    connection.execute(f"ALTER TABLE catalog_match DETACH PARTITION catalog_match_{old.catalog_id}")
    new = load_places(connection, "new", small(3))
    assert partitions(connection) == {f"{table}_{new.catalog_id}" for table in PARTITIONED}


def test_only_one_loads_at_a_time(any_database_url: str, connection: psycopg.Connection) -> None:
    with (
        connect(any_database_url, role="test") as other,
        CatalogLoad(connection, described("one")),
        pytest.raises(CatalogBusy),
        CatalogLoad(other, described("two")),
    ):
        pass
    load_places(connection, "one", small(3))


def test_readers_never_see_half(any_database_url: str, connection: psycopg.Connection) -> None:
    """Each load has its own number of sources at one place; whatever a reader sees is one of these loads, whole."""
    center, seen, done = Position(10.0, 5.0), set(), threading.Event()
    load_places(connection, "one", piled(1))

    def look() -> None:
        async def count(reader: object) -> None:
            while not done.is_set():
                found = await sources_around(reader, [center], radius_arcsec=5.0, most=EVERYTHING)  # type: ignore[arg-type]
                seen.add((len(found), frozenset(one.match.source.catalog_id for one in found)))

        ask(any_database_url, count)

    watcher = threading.Thread(target=look)
    watcher.start()
    sizes = {load_places(connection, "one", piled(size)).catalog_id: size for size in range(2, 12)}
    done.set()
    watcher.join(30)
    assert len(seen) > 2
    for size, (catalog_id,) in seen:
        assert sizes.get(catalog_id, 1) == size


def piled(count: int) -> Places:
    return Places(np.full(count, 10.0), np.full(count, 5.0))


def described(name: str) -> CatalogDescription:
    return CatalogDescription(name, "", 1.5, False, COLUMNS)


def rows(places: Places) -> SourceRows:
    return SourceRows(list(map(str, range(len(places.ra)))), places.ra, places.dec, ['[1,"x"]'] * len(places.ra))


def test_a_real_catalogue_is_complete(
    shared_training: Path, connection: psycopg.Connection, any_database_url: str
) -> None:
    """Beside astropy, around places in the catalogue's crowd and all over the sky."""
    path = shared_training / "catalog_positions.parquet"
    if not path.exists():
        pytest.skip("no catalog_positions.parquet in ../shared/training")
    table = open_table(path)
    ras, decs = [], []
    with CatalogLoad(connection, CatalogDescription("real", "", 1.5, False, ())) as loading:
        for part in SourceReader(table, find_roles(table, Named()), []).read():
            loading.add(SourceRows(part.ids, part.ra, part.dec, part.values))
            ras.append(part.ra)
            decs.append(part.dec)
        assert loading.finish(0).row_count == sum(map(len, ras)) > 100_000
    points = Points(np.concatenate(ras), np.concatenate(decs))
    random = np.random.default_rng(11)
    chosen = random.integers(0, len(points.ra), 60)
    near = SkyCoord(points.ra[chosen], points.dec[chosen], unit="deg").directional_offset_by(
        random.uniform(0, 360, 60) * u.deg, random.uniform(0, 40, 60) * u.arcsec
    )
    centers = [Position(float(c.ra.deg) % 360, float(c.dec.deg)) for c in near]
    angles = [separations(points, center) for center in centers]
    for radius in (1.5, 30.0, 600.0):
        found = ask(
            any_database_url,
            partial(sources_around, centers=centers, radius_arcsec=radius, most=EVERYTHING),
        )
        assert {(one.place, int(one.match.source.source_id)) for one in found} == {
            (place, int(index) + 1)
            for place, around in enumerate(angles)
            for index in np.flatnonzero(around <= radius)
        }
    nearest = ask(any_database_url, lambda reader: sources_around(reader, centers, radius_arcsec=40.0, most=1))
    assert [one.match.separation_arcsec for one in nearest] == pytest.approx(
        [float(around.min()) for around in angles], abs=1e-6
    )
