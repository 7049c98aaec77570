"""How much there is in the database."""

from typing import NamedTuple

from psycopg import Connection, sql


class RowCounts(NamedTuple):
    """Exact numbers of rows."""

    objects: int
    alerts: int
    detections: int
    non_detections: int
    forced_photometry: int
    unresolved_dead_letters: int


def count_rows(connection: Connection) -> RowCounts:
    """Count everything; on a large archive this takes a while."""
    tables = ("object", "alert", "detection", "non_detection", "forced_photometry")
    counts = [
        connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        for table in tables
    ]
    waiting = connection.execute("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL").fetchone()
    return RowCounts(*(int(row[0]) for row in (*counts, waiting) if row is not None))
