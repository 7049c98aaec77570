"""Derives `async_client.py` from `client.py`, so that both say the same of everything."""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "arrayan_client"
HEAD = '"""`AsyncArrayan`: derived from `client.py` by `make client`; change that file instead."""\n'

RENAMED = (
    (r"\bArrayan\b(?! server)", "AsyncArrayan"),
    (r"\bTransport\b", "AsyncTransport"),
    (r"\bSubscription\b", "AsyncSubscription"),
    (r"\bIterator\b", "AsyncIterator"),
    (r"\b__enter__\b", "__aenter__"),
    (r"\b__exit__\b", "__aexit__"),
    (r"__aenter__\(self\) -> Self:\n", "__aenter__(self) -> Self:\n"),
    (r"\bself\._run\(", "await self._run("),
    (r"\bself\._transport\.(run|close)\(", r"await self._transport.\1("),
    (r"\(self\.(get_stamps|query_lightcurve)\(", r"(await self.\1("),
    (r"\bself\.close\(\)", "await self.close()"),
    (r"with AsyncArrayan\(\)", "async with AsyncArrayan()"),
    (r"for found in arrayan", "for found in await arrayan"),
    (r"  # noqa: UP028.*", ""),
)
STAYS = ("__init__", "__repr__", "url", "subscribe", "iterate_objects", "_follow")


def derived(source: str) -> str:
    """The asynchronous twin of a module."""
    text = re.sub(r'\A""".*?"""\n', HEAD, source, flags=re.DOTALL)
    for pattern, replacement in RENAMED:
        text = re.sub(pattern, replacement, text)
    return re.sub(r"^    def (\w+)", lambda found: _method(found[1]), text, flags=re.MULTILINE)


def _method(name: str) -> str:
    return f"    def {name}" if name in STAYS else f"    async def {name}"


def main() -> None:
    """Write the file; with an argument, there."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE / "async_client.py"
    target.write_text(derived((PACKAGE / "client.py").read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
