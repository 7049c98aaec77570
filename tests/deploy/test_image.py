"""The image is built from all that the program needs, and an installed program has all its files."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.databases import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
IGNORED = (REPOSITORY / "deploy" / "Dockerfile.dockerignore").read_text()
FOR_READERS = ("README.md", ".csv", ".fits")
"""Endings of what only readers of the repository need: what the manual has them load, too."""


def kept() -> set[str]:
    """What the image is built from."""
    return set(re.findall(r"^!(\S+)$", IGNORED, re.MULTILINE))


def packages() -> set[str]:
    """Their folders."""
    return {
        name.removesuffix("*").replace(".", "/")
        for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }


def test_the_image_is_built_from_every_package_and_nothing_else() -> None:
    assert kept() - packages() == {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
    assert packages() <= kept()


def test_an_installed_program_has_all_its_files(tmp_path: Path) -> None:
    """From what the image is built from, without the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *(name for name in kept() if (REPOSITORY / name).exists())],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    for file in files:
        (tmp_path / "source" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / file, tmp_path / "source" / file)
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-compile"]
    subprocess.run(
        [sys.executable, "-m", "pip", *install, "--target", tmp_path / "installed", tmp_path / "source"],
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    inside = {file for file in files if any(file.is_relative_to(package) for package in packages())}
    assert {file.parts[0] for file in inside} == {package.partition("/")[0] for package in packages()}
    assert len(inside) > 100
    missing = {str(file) for file in inside if not (tmp_path / "installed" / file).is_file()}
    assert {name for name in missing if not name.endswith(FOR_READERS)} == set()
