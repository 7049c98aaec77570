"""Tokens of the endpoint: kept as hashes, found by them."""

from datetime import datetime

from psycopg import Connection
from psycopg.errors import UniqueViolation

from domain.api_token import ApiToken, hash_of_secret
from domain.errors import ArrayanError
from storage.reader import Reader

COLUMNS = "token_id, name, cost_per_minute, created_at, expires_at, revoked_at"


class TokenNameTaken(ArrayanError):
    """There is a token of this name."""


def add_token(
    connection: Connection, secret: str, *, name: str, cost_per_minute: int, expires_at: datetime | None
) -> ApiToken:
    """Keep the hash of a new secret. Raises TokenNameTaken."""
    try:
        row = connection.execute(
            "INSERT INTO api_token (name, secret_hash, cost_per_minute, expires_at) "  # noqa: S608
            f"VALUES (%s, %s, %s, %s) RETURNING {COLUMNS}",
            (name, hash_of_secret(secret), cost_per_minute, expires_at),
        ).fetchone()
    except UniqueViolation:
        raise TokenNameTaken(f"there is a token named {name!r}: choose another name") from None
    assert row is not None
    return ApiToken(*row)


def list_tokens(connection: Connection) -> list[ApiToken]:
    """Every token there ever was, the oldest first."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM api_token ORDER BY token_id")  # noqa: S608
    return [ApiToken(*row) for row in rows]


def revoke_token(connection: Connection, name: str) -> bool:
    """Whether there was a token of this name to end."""
    ended = connection.execute(
        "UPDATE api_token SET revoked_at = now() WHERE name = %s AND revoked_at IS NULL", (name,)
    )
    return ended.rowcount > 0


async def find_token(reader: Reader, secret: str) -> ApiToken | None:
    """The token of a secret, also one that has ended."""
    rows = await reader.rows(
        f"SELECT {COLUMNS} FROM api_token WHERE secret_hash = %s",  # noqa: S608
        (hash_of_secret(secret),),
    )
    return ApiToken(*rows[0]) if rows else None
