"""How often, and after how long, something is tried again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Retry:
    """Lost connections, 429 and 503 are tried again, each time after twice as long, or after what `Retry-After`
    says.

    A server that never answered this client is not waited for: there is probably none at the address.
    """

    attempts: int = 8
    """How often one request is tried in all."""
    first_seconds: float = 0.5
    """The first pause; half to all of it, by chance, so that many clients do not come back at once."""
    longest_seconds: float = 30.0
    """No pause is longer, unless the server wants it."""
    longest_retry_after: float = 300.0
    """When the server wants a longer pause than this, give up and say so."""

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds to wait after the failure of an attempt, counted from 1."""
        if retry_after is not None:
            return retry_after
        longest = min(self.first_seconds * 2.0 ** min(attempt - 1, 30), self.longest_seconds)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - no secret


NO_RETRY = Retry(attempts=1)
"""Every failure is told at once."""
