"""Ages and sizes."""

from datetime import timedelta

import click
import pytest

from cli.amounts import Age, told_size


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("2y", timedelta(days=730)),
        ("1.5d", timedelta(hours=36)),
    ],
)
def test_ages(text: str, age: timedelta) -> None:
    assert Age().convert(text, None, None) == age


@pytest.mark.parametrize("text", ["", "12", "h", "-1d", "1w", "1 d", "99999999999y"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Age().convert(text, None, None)


def test_sizes() -> None:
    assert [told_size(size) for size in (0, 999, 1000, 1_234_567, 2 * 10**15)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.2 MB",
        "2000.0 TB",
    ]
