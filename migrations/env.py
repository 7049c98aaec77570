"""Run migrations over a connection that the caller gives, or on ARRAYAN_DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import Connection, create_engine, text

from storage.tables import metadata

LOCK_KEY = 0x61727261
"""Advisory lock ('arra'): two processes that migrate at once take turns."""


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = os.environ["ARRAYAN_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(url).connect() as opened:
        migrate(opened)
