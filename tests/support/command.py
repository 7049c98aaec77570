"""The `arrayan` command, run in this process (fast) or as one of its own (with signals)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click
from click.testing import CliRunner

from cli.main import main
from tests.support.databases import REPOSITORY

SAMPLE_NIGHT = REPOSITORY / "tests" / "data" / "sample_night.tar.gz"
EXECUTABLE = Path(sys.executable).with_name("arrayan")


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.rstrip("\n").rpartition("\n")[2]


class Command:
    """Runs `arrayan` with settings of its own."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def with_settings(self, settings: Mapping[str, str]) -> "Command":
        """The same with other settings, or with more."""
        return Command({**self._settings, **settings})

    def __call__(self, *arguments: object, stdin: bytes = b"", **settings: str) -> Ran:
        """Run to the end. An exception that a person would see as a traceback fails the test."""
        environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("ARRAYAN_")}
        environment |= {**self._settings, **settings}
        result = CliRunner(env=environment).invoke(main, list(map(str, arguments)), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)


class Process:
    """A running `arrayan` command whose output is collected."""

    def __init__(self, *arguments: object, cwd: Path, **settings: str) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ARRAYAN_")}
        self.process = subprocess.Popen(
            [EXECUTABLE, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env={**environment, **settings},
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def wait_for(self, text: str, seconds: float = 60.0) -> str:
        """The first line with a text, once it is there."""
        deadline = time.monotonic() + seconds
        while True:
            for line in list(self._lines):
                if text in line:
                    return line
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.02)

    def end(self, number: signal.Signals, seconds: float = 10.0) -> int:
        """Send a signal; the exit status, which must come within some seconds."""
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by name, also of one that imports them when they are asked for."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}
