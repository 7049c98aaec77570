"""Names of the sky become positions, by a service elsewhere that is asked only when somebody wants it.

The answer is read as CDS's Sesame gives it with `-oI`: a line `%J <ra> <dec> ...` in degrees ICRS, and `#!` before
what went wrong (Sesame's own description, https://cds.unistra.fr/cgi-bin/Sesame).
"""

import re
import urllib.request
from http.client import HTTPException
from urllib.parse import quote

from anyio import to_thread

from domain.errors import ArrayanError
from domain.sky import Position, position

SECONDS = 8.0
LARGEST_ANSWER = 1_000_000
LONGEST_NAME = 100
PLACE = re.compile(r"^%J\s+([0-9.]+)\s+([+-]?[0-9.]+)", re.MULTILINE)


class NameNotResolved(ArrayanError):
    """Nobody knows the name, or nobody can be asked; the message says which."""


class NameResolver:
    """Asks a service for the position of a name. `address` has `{name}` where the name goes."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, name: str) -> Position:
        """The position of a name, degrees ICRS. Raises NameNotResolved."""
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise NameNotResolved(f"a name has at most {LONGEST_NAME} letters")
        return await to_thread.run_sync(self._resolve, name)

    def _resolve(self, name: str) -> Position:
        request = urllib.request.Request(  # noqa: S310  # the operator chose the address
            self._address.format(name=quote(name)), headers={"User-Agent": "arrayan"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
                answer = response.read(LARGEST_ANSWER).decode("utf-8", "replace")
        except (OSError, HTTPException, ValueError) as error:
            raise NameNotResolved(
                "the name resolver does not answer; write the position in degrees or hours"
            ) from error
        found = PLACE.search(answer)
        if found is None:
            raise NameNotResolved(f"the name resolver knows no {name!r}")
        return position(float(found[1]), float(found[2]))
