"""What a migration needs of TimescaleDB, when the server has it. Found by looking, never by a flag."""

import logging

from alembic import op
from sqlalchemy import text

log = logging.getLogger(__name__)

CHUNK_INTERVAL = "365 days"
"""A light curve reads every chunk, so there must be few; the default of 7 days makes it 6 to 48 times slower."""


def has_timescale() -> bool:
    """Whether this database has TimescaleDB now, created here if the server offers it and lets us."""
    connection = op.get_bind()
    if connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'")):
        return True
    offered = connection.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'"))
    preloaded = "timescaledb" in (connection.scalar(text("SHOW shared_preload_libraries")) or "")
    may_create = connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    if not (offered and preloaded and may_create):
        log.info("timescaledb_absent offered=%s preloaded=%s superuser=%s", offered, preloaded, may_create)
        return False
    op.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    return True


def make_hypertable(table: str) -> None:
    """Cut a table along `ts`. Its indexes are declared in the model, so none are added here."""
    op.execute(
        f"SELECT create_hypertable('{table}', by_range('ts', INTERVAL '{CHUNK_INTERVAL}'),"
        " create_default_indexes => false)"
    )
