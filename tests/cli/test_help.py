"""Every command says what it does, and so does every option."""

from collections.abc import Iterator

import click
import pytest

from cli.main import main
from tests.support.command import Command, commands_of

Path = tuple[str, ...]


def commands(group: click.Command = main, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """All commands and groups, with the words that lead to them."""
    yield path, group
    if isinstance(group, click.Group):
        for name, command in commands_of(group).items():
            yield from commands(command, (*path, name))


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "arrayan")
def test_help_says_what_the_command_does(path: Path) -> None:
    arrayan = Command({})
    ran = arrayan(*path, "--help")
    assert ran.code == 0
    assert ran.out == arrayan(*path, "-h").out
    assert ran.out.startswith("Usage: ")
    assert len((ALL[path].help or "").split()) >= 5
    assert (ALL[path].help or "").split("\n")[0].endswith((".", ":", "`", ","))


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "arrayan")
def test_every_option_has_a_help(path: Path) -> None:
    options = [option for option in ALL[path].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_commands_are_those_that_were_promised() -> None:
    promised = {"up", "migrate", "ingest", "serve", "simulate", "status", "dead-letters"}
    assert promised <= set(commands_of(main))
    letters = commands_of(main)["dead-letters"]
    assert isinstance(letters, click.Group)
    assert set(letters.commands) == {"list", "show", "retry", "export", "delete"}


def test_version_is_told() -> None:
    ran = Command({})("--version")
    assert (ran.code, ran.out.split()[0]) == (0, "arrayan,")
