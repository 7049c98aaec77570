"""Pages that list something list all of it."""

import re
from collections.abc import Iterator

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase

from cli.main import main
from graphql_schema.errors import ErrorCode
from runtime import metrics
from runtime.settings import Settings
from tests.support.command import commands_of
from tests.support.databases import REPOSITORY

DOCS = REPOSITORY / "docs"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    assert f"`ARRAYAN_{name.upper()}`" in (DOCS / "configuration.md").read_text()


def test_no_setting_is_described_that_does_not_exist() -> None:
    rows = re.findall(r"^\| `ARRAYAN_(\w+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    assert {name.lower() for name in rows} <= Settings.model_fields.keys()


def test_defaults_are_those_described() -> None:
    rows = re.findall(r"^\| `ARRAYAN_(\w+)` \| `([^`]*)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    assert len(rows) > 4
    for name, default in rows:
        assert str(Settings.model_fields[name.lower()].default).removesuffix(".0") == default, name


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_code_is_described(code: ErrorCode) -> None:
    assert f"`{code.value}`" in (DOCS / "graphql" / "README.md").read_text()


def test_metrics_are_those_described() -> None:
    """Each in one row, with its type and labels."""
    page = (DOCS / "operations.md").read_text()
    rows = re.findall(r"^\| `((?:arrayan|process)_\w+)` \| (\w+) \|([^|]*)\|", page, re.MULTILINE)
    described = {(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert len(rows) == len(described)
    assert described == set(existing_metrics())


def existing_metrics() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, type and labels of every metric that a process may serve."""
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            yield f"{family.name}{'_total' * (family.type == 'counter')}", family.type, metric._labelnames
    for family in metrics.PROCESS.collect():
        yield f"{family.name}{'_total' * (family.type == 'counter')}", family.type, ()


@pytest.mark.parametrize("name", sorted(commands_of(main)))
def test_every_command_is_named(name: str) -> None:
    pages = [REPOSITORY / "README.md", *DOCS.glob("commands.md")]
    assert f"arrayan {name}" in "\n".join(page.read_text() for page in pages)


def test_every_part_of_maintenance_is_described() -> None:
    page = (DOCS / "maintenance.md").read_text()
    group = commands_of(main)["maintain"]
    assert isinstance(group, click.Group)
    assert [name for name in group.commands if f"arrayan maintain {name}" not in page] == []
