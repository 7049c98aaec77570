"""Matches of objects with the catalogues that are matched at ingest.

A match is stored when its object comes in, in the alerts' transaction, or by `fill_matches` when the catalogue
comes later. It says which sources may belong to the object; whether one does is computed from where the object is
now, which the margin of storage.catalog_cells allows for.
"""

from collections.abc import Generator, Sequence

from psycopg import Connection, sql

from domain.catalog import Catalog
from storage.catalog_cells import STORED_MARGIN_ARCSEC, sources_by_cell, within
from storage.catalog_load import stored_catalog

OBJECTS_AT_ONCE = 20_000

_STORE = (
    "INSERT INTO catalog_match (object_id, hpx, ra, dec, catalog_id) "  # noqa: S608
    "SELECT o.object_id, near.hpx, near.ra, near.dec, c.catalog_id FROM object o CROSS JOIN catalog c "
    f"CROSS JOIN LATERAL ({sources_by_cell('c.catalog_id', 'c.cell_order', 'o')} OFFSET 0) near "
    "WHERE {which} AND "
    f"{within(f'(c.default_radius_arcsec + {STORED_MARGIN_ARCSEC})', 'near', 'o')} ON CONFLICT DO NOTHING"
)
_STORE_NEW = _STORE.replace("{which}", "o.object_id = ANY(%s) AND c.at_ingest")
_STORE_EXISTING = _STORE.replace(
    "{which}", "o.object_id > %(after)s AND o.object_id <= %(last)s AND c.catalog_id = %(catalog_id)s"
)


def match_new_objects(connection: Connection, object_ids: Sequence[int]) -> None:
    """Match objects that were not there before, in the transaction that stores them: one statement."""
    if object_ids:
        connection.execute(_STORE_NEW, (list(object_ids),))


def match_at_ingest(connection: Connection, name: str) -> Catalog:
    """Let every object that comes in be matched with a catalogue from now on. Raises UnknownCatalog."""
    catalog = stored_catalog(connection, name)
    connection.execute("UPDATE catalog SET at_ingest = true WHERE catalog_id = %s", (catalog.catalog_id,))
    return catalog._replace(at_ingest=True)


def stop_matching(connection: Connection, name: str) -> Catalog:
    """Match no more objects with a catalogue, and forget the matches. Raises UnknownCatalog."""
    catalog = stored_catalog(connection, name)
    with connection.transaction():
        connection.execute(
            "UPDATE catalog SET at_ingest = false, is_matched = false WHERE catalog_id = %s", (catalog.catalog_id,)
        )
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(f"catalog_match_{catalog.catalog_id}")))
    return catalog._replace(at_ingest=False, is_matched=False)


def count_of_objects(connection: Connection) -> int:
    """How many objects there are, about."""
    row = connection.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'object'::regclass")
    found = row.fetchone()
    assert found is not None
    return int(found[0])


def fill_matches(connection: Connection, catalog: Catalog) -> Generator[int, None, None]:
    """Match the objects that were there before the catalogue was; how many have been looked at, now and then.

    Some thousands at a time, so that it may be killed and begun again. At the end the catalogue is known to be
    matched, and answers go by the stored matches.
    """
    _wait_for_writers(connection)
    done, after = 0, -(2**63)
    while (portion := _next_portion(connection, after)) is not None:
        last, count = portion
        connection.execute(_STORE_EXISTING, {"after": after, "last": last, "catalog_id": catalog.catalog_id})
        done, after = done + count, last
        yield done
    partition = sql.Identifier(f"catalog_match_{catalog.catalog_id}")
    connection.execute(sql.SQL("ANALYZE {}").format(partition))
    connection.execute(
        "UPDATE catalog SET is_matched = true WHERE catalog_id = %s AND at_ingest", (catalog.catalog_id,)
    )


def _wait_for_writers(connection: Connection) -> None:
    """Wait for the transactions that stored matches before they could know the catalogue: their objects are to be
    seen. Those that begin to store some later know it."""
    with connection.transaction():
        connection.execute("LOCK TABLE ONLY catalog_match IN SHARE MODE")


def _next_portion(connection: Connection, after: int) -> tuple[int, int] | None:
    """The key that ends the next portion of objects, and how many there are; None when there are no more."""
    row = connection.execute(
        "SELECT max(object_id), count(*) FROM "
        "(SELECT object_id FROM object WHERE object_id > %s ORDER BY object_id LIMIT %s) portion",
        (after, OBJECTS_AT_ONCE),
    ).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])
