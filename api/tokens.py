"""The tokens that requests carry."""

import time
from collections import OrderedDict
from datetime import UTC, datetime

from domain.api_token import ApiToken, hash_of_secret
from storage.api_tokens import find_token
from storage.reader import Reader

REMEMBERED = 10_000
REMEMBERED_SECONDS = 30.0
"""A token that is revoked goes on for so long."""
MAX_SECRET_LENGTH = 200


class TokenKeeper:
    """Looks tokens up, and remembers for a short while what it found, also that there is none."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: OrderedDict[bytes, tuple[float, ApiToken | None]] = OrderedDict()

    async def token_of(self, secret: str) -> ApiToken | None:
        """The token of a secret; None when there is none that is valid. Raises DatabaseUnavailable."""
        if len(secret) > MAX_SECRET_LENGTH:
            return None
        token = await self._find(secret)
        return token if token is not None and token.is_valid_at(datetime.now(UTC)) else None

    async def _find(self, secret: str) -> ApiToken | None:
        key = hash_of_secret(secret)
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        token = await find_token(self._reader, secret)
        self._known[key] = (time.monotonic() + REMEMBERED_SECONDS, token)
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return token
