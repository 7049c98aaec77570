"""Ages as people write them, and sizes as people read them."""

import re
from datetime import timedelta
from typing import Any

import click

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "y": timedelta(days=365)}
AGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([hdy])")


class Age(click.ParamType[timedelta]):
    """Hours, days or years of 365 days: 12h, 90d, 2y."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = AGE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no age like 12h, 90d or 2y", param, ctx)
        try:
            return float(found[1]) * UNITS[found[2]]
        except OverflowError:
            self.fail(f"{value!r} is longer than time goes back", param, ctx)


def told_size(size_bytes: int) -> str:
    """A number of bytes in decimal units: 999 B, 1.5 kB, 20.0 GB."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
