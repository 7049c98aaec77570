"""Run migrations over a connection that the caller gives, or on ARRAYAN_DATABASE_URL."""

import os
import re

from alembic import context
from sqlalchemy import Connection, create_engine, text

from storage.tables import metadata

PARTITION = re.compile(r"catalog_(source|overlap|match)_\d+")
LOCK_KEY = 0x61727261
"""Advisory lock ('arra'): two processes that migrate at once take turns."""


def belongs_to_the_model(name: str | None, kind: str, parents: object) -> bool:
    """Whether a table or index is one of ours to compare: partitions of catalogues come with each of them."""
    del parents
    return kind != "table" or not PARTITION.fullmatch(name or "")


def migrate(connection: Connection) -> None:
    context.configure(
        include_name=belongs_to_the_model,
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
