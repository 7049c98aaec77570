"""Our own client as people install it: its tests, in an environment of its own, against `arrayan serve`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.database import connect
from tests.support.catalogs import Places, load_places
from tests.support.classifying import drain, make_rules_known
from tests.support.client_environment import ALL_VARIABLE, PythonClient
from tests.support.command import Process
from tests.support.databases import Backend, TestDatabases
from tests.support.generated_client import CLIENT
from tests.support.sample_night import take_in

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(
        os.environ.get(ALL_VARIABLE) != "all", reason="`make test-clients` runs the client's own tests"
    ),
]
OLDEST = "3.10"
SECONDS = 540


@pytest.fixture(scope="module")
def served(
    databases: TestDatabases, any_backend: Backend, sample_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A classified night with a catalogue around its objects, served by a process of its own."""
    folder = tmp_path_factory.mktemp("served")
    with databases.fresh(any_backend) as url:
        make_rules_known(url)
        take_in(url, folder / "packets", sample_night)
        drain(url, folder / "packets")
        with connect(url, role="test") as connection:
            places = connection.execute("SELECT ra, dec FROM object ORDER BY object_id").fetchall()
            ra, dec = zip(*places, strict=True)
            load_places(connection, "stars", Places(*map(as_array, (ra, dec))), radius_arcsec=1.5)
        settings = {
            "ARRAYAN_DATABASE_URL": url,
            "ARRAYAN_ARCHIVE_URL": str(folder / "packets"),
            "ARRAYAN_CLIENT_COST_PER_MINUTE": "100000000",
        }
        server = Process("serve", "--port", 0, cwd=folder, **settings)
        try:
            yield server.wait_for("Serving on").split()[2].removesuffix("/graphql")
        finally:
            server.process.terminate()
            server.wait(30)


def as_array(values: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(values)


def oldest_python() -> str:
    """The oldest Python that the client promises to run on, else the one that runs here."""
    for command in (["uv", "python", "find", "--offline", OLDEST], ["pyenv", "prefix", OLDEST]):
        if shutil.which(command[0]):
            found = subprocess.run(command, capture_output=True, text=True, check=False)
            path = Path(found.stdout.strip())
            python = path / "bin" / "python" if path.is_dir() else path
            if found.returncode == 0 and python.is_file():
                return str(python)
    return shutil.which(f"python{OLDEST}") or sys.executable


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Its Python, the folder that it is installed into, and a copy of its tests."""
    python = oldest_python()
    version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    environment = PythonClient(f"arrayan_client_{version}", source=CLIENT / "tests", python=python)
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(CLIENT, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    interpreter = environment.folder / "bin" / "python"
    pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    run(*pip, "--no-build-isolation", "--target", folder / "site", folder / "source", folder=folder)
    shutil.move(folder / "source" / "tests", folder / "tests")
    return interpreter, folder / "site", folder / "tests"


def test_it_imports_with_what_it_needs_and_no_more(installed: tuple[Path, Path, Path]) -> None:
    python, site, _ = installed
    code = "import sys, arrayan_client; print(sorted(set(sys.modules) & {'astropy', 'numpy', 'pandas', 'polars'}))"
    assert run(python, "-c", code, folder=site, PYTHONPATH=str(site)).strip() == "[]"
    assert {path.name for path in site.iterdir()} >= {"arrayan_client", "bin"}
    assert (site / "arrayan_client" / "py.typed").exists()
    assert list((site / "arrayan_client" / "operations").glob("*.graphql"))


def test_its_own_tests_pass(served: str, installed: tuple[Path, Path, Path]) -> None:
    python, site, tests = installed
    path = os.pathsep.join([str(site / "bin"), str(python.parent), os.environ["PATH"]])
    settings = {"ARRAYAN_URL": served, "PYTHONPATH": str(site), "PATH": path}
    said = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, folder=tests.parent, **settings)
    last = said.strip().splitlines()[-1]
    assert "passed" in last, said
    assert "skipped" not in last, said


def run(*command: object, folder: Path, **settings: str) -> str:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ARRAYAN_")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**environment, **settings},
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout
