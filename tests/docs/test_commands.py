"""Every command that our pages tell somebody to type exists, with its options."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import pytest

from cli.main import main
from tests.docs.test_links import PAGES
from tests.support.command import commands_of
from tests.support.databases import REPOSITORY

LINE = re.compile(r"^(?: {4,}|`)(?:\w+=\S* )*((?:arrayan|make|deploy/\w+\.sh) [^`\n#]*)", re.MULTILINE)
INLINE = re.compile(r"`((?:arrayan|make|deploy/\w+\.sh) [^`\n]*)`")
MAKEFILE = (REPOSITORY / "Makefile").read_text()


def told() -> Iterator[tuple[str, str]]:
    """Page and command; `arrayan dead-letters list`, `show` names two."""
    for page in PAGES:
        text = re.sub(r"```graphql.*?```", "", page.read_text(), flags=re.DOTALL)
        yield from sorted({(page.name, command.strip()) for command in LINE.findall(text) + INLINE.findall(text)})


COMMANDS = list(told())


def test_pages_tell_of_many() -> None:
    assert {command.split()[0] for _, command in COMMANDS} >= {"arrayan", "make", "deploy/kafka.sh"}
    assert len(COMMANDS) > 25


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_it_exists_with_its_options(page: str, command: str) -> None:
    program, *words = shlex.split(command)
    if program == "arrayan":
        assert_known(words)
    elif program == "make":
        for target in (word for word in words if "=" not in word):
            assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), page
    else:
        script = (REPOSITORY / program).read_text()
        for word in words:
            assert not word.islower() or not word.isalpha() or re.search(rf"\b{word}\b", script), page
            assert not word.startswith("--") or f"{word})" in script, page


def assert_known(words: Sequence[str]) -> None:
    command: click.Command = main
    rest = list(words)
    while rest and (inner := inside(command).get(rest[0])) is not None:
        command = inner
        rest.pop(0)
    assert command is not main, words
    assert not isinstance(command, click.Group) or not rest, f"{words}: no such command"
    known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
    assert {word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"} <= known, words


def inside(command: click.Command) -> Mapping[str, click.Command]:
    if isinstance(command, click.Group):
        return commands_of(command)
    streams: Mapping[str, click.Command] = getattr(command, "streams", {})
    return streams


def test_scripts_that_pages_name_can_be_run() -> None:
    names = {Path(command.split()[0]) for _, command in COMMANDS if command.startswith("deploy/")}
    assert names
    for name in names:
        assert (REPOSITORY / name).stat().st_mode & 0o100, name
