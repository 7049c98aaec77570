"""Tables in the server's memory before anything is measured."""

import psycopg


def hold_in_memory(url: str, *relations: str) -> None:
    """Read tables and indexes into the server's own memory, all that fits.

    A statement that reads a large table goes through a small ring of pages and leaves nothing behind; whoever asked
    first in a round would then pay for the pages that the others find there.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for relation in relations:
            connection.execute("SELECT pg_prewarm(%s)", (relation,))
