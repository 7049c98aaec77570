"""A role that may read and nothing else: the endpoint puts it on, whatever its user may do besides."""

from psycopg import AsyncConnection, Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

READ_ROLE = "arrayan_reader"
_ROLE = Identifier(READ_ROLE)

_SCHEMAS = (
    "SELECT DISTINCT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|information_schema|_?timescaledb)'"
)
_MAY_PUT_ON = (
    "SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER') "
    "AND has_table_privilege(oid, to_regclass('object'), 'SELECT')"
)


def make_read_role(connection: Connection) -> bool:
    """Make the role where it is missing, and let it read every table that this user has or will have.

    False where this user may not: docs/limits.md says what somebody who may has to run, once.
    """
    try:
        with connection.transaction():
            _make(connection)
            _join(connection)
            _grant(connection)
    except InsufficientPrivilege:
        return False
    return True


async def put_on_read_role(connection: AsyncConnection) -> None:
    """Give up all rights but reading, where there is the role and it has the rights to read."""
    found = await connection.execute(_MAY_PUT_ON, (READ_ROLE,))
    if await found.fetchone() is not None:
        await connection.execute(SQL("SET ROLE {}").format(_ROLE))


def _make(connection: Connection) -> None:
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (READ_ROLE,)).fetchone() is None:
        # Roles are of the whole server: somebody else may make the same at this moment.
        made = SQL(
            "DO $$ BEGIN CREATE ROLE {} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        connection.execute(made.format(_ROLE))


def _join(connection: Connection) -> None:
    row = connection.execute("SELECT pg_has_role(%s, 'MEMBER')", (READ_ROLE,)).fetchone()
    if row is None or not row[0]:
        connection.execute(SQL("GRANT {} TO CURRENT_USER").format(_ROLE))


def _grant(connection: Connection) -> None:
    for (name,) in connection.execute(_SCHEMAS).fetchall():
        schema = Identifier(name)
        connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, _ROLE))
        connection.execute(SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, _ROLE))
    connection.execute(SQL("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {}").format(_ROLE))
    connection.execute(SQL("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {}").format(_ROLE))
