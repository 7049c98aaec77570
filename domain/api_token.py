"""Tokens by which clients of the endpoint are known."""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

PREFIX = "arrayan_"
SECRET_BYTES = 32


class ApiToken(NamedTuple):
    """A token without its secret, which nobody keeps. `expires_at` and `revoked_at` are null for one that lasts."""

    token_id: int
    name: str
    cost_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid_at(self, time: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or time < self.expires_at)


def new_secret() -> str:
    """A secret with 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def hash_of_secret(secret: str) -> bytes:
    """What is kept of a secret. One that cannot be guessed needs no salt."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
