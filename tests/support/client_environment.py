"""Programs of others, each in an environment of its own, installed once into the cache folder."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import REPOSITORY

CLIENTS = REPOSITORY / "tests" / "clients"
ALL_VARIABLE = "ARRAYAN_TEST_CLIENTS"
"""With `all`, environments are made however long it takes; otherwise as long as the budget of one run lasts."""
INSTALL_SECONDS = 60.0
PATIENT_INSTALL_SECONDS = 900.0
RUN_SECONDS = 120
DONE = ".installed"


def cache_folder() -> Path:
    """Where environments are kept between runs of the tests."""
    named = os.environ.get("ARRAYAN_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(named) if named else Path(home) / "arrayan") / "clients"


class NodeClient:
    """A folder of `tests/clients` with a `package-lock.json`."""

    def __init__(self, name: str, work: Path) -> None:
        """Copies the files into a folder below `work`. Skips the test in one line where npm or its registry is
        missing."""
        self._source = CLIENTS / name
        installed = _environment(name, self._source / "package-lock.json", self._install)
        self.folder = work / name
        shutil.copytree(self._source, self.folder)
        (self.folder / "node_modules").symlink_to(installed / "node_modules")

    def run(self, script: str, *arguments: str) -> list[Any]:
        """Run a script of the folder; gives the JSON of each line that it wrote."""
        done = _output("node", script, *arguments, folder=self.folder)
        return [json.loads(line) for line in done.splitlines()]

    def command(self, name: str, *arguments: str) -> str:
        """Run a program that the packages bring; gives what it wrote."""
        return _output(str(self.folder / "node_modules" / ".bin" / name), *arguments, folder=self.folder)

    def _install(self, folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self._source / name, folder)
        _install_by("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)


class PythonClient:
    """A folder of `tests/clients` with a `requirements.lock`, installed into a virtual environment."""

    def __init__(self, name: str, *, source: Path | None = None, python: str = sys.executable) -> None:
        """With a folder from elsewhere, and another Python, where they are named. Skips the test in one line where
        the packages cannot be had."""
        self._source = source or CLIENTS / name
        self._python = python
        self.folder = _environment(name, self._source / "requirements.lock", self._install)

    def run(self, script: str, *arguments: str, folder: Path | None = None) -> list[Any]:
        """Run a script of the folder; gives the JSON of each line that it wrote."""
        python = str(self.folder / "bin" / "python")
        done = _output(python, str(self._source / script), *arguments, folder=folder or self.folder)
        return [json.loads(line) for line in done.splitlines()]

    def command(self, name: str, *arguments: str, folder: Path) -> str:
        """Run a program that the packages bring; gives what it wrote."""
        return _output(str(self.folder / "bin" / name), *arguments, folder=folder)

    def _install(self, folder: Path) -> None:
        _install_by(self._python, "-m", "venv", str(folder), folder=folder)
        lock = str(self._source / "requirements.lock")
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _install_by(*pip, "--no-deps", "--require-hashes", "-r", lock, folder=folder)


def _environment(name: str, lock: Path, install: Any) -> Path:
    """The folder of an environment that was made from this lock file; a change of the file makes another."""
    folder = cache_folder() / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        (folder / DONE).touch()
    return folder


class _Budget:
    """Seconds that this run may still spend on installing."""

    left = PATIENT_INSTALL_SECONDS if os.environ.get(ALL_VARIABLE) == "all" else INSTALL_SECONDS


def _install_by(*command: str, folder: Path) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} on this machine")
    began = time.monotonic()
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=max(_Budget.left, 0.01))
    except subprocess.TimeoutExpired:
        pytest.skip(f"no time to install it: `make test-clients` takes its time ({ALL_VARIABLE}=all)")
    finally:
        _Budget.left -= time.monotonic() - began
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"{command[0]} could not get its packages: {lines[-1] if lines else done.returncode}")


def _output(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout
