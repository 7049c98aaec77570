"""The notebooks run from the first cell to the last, and draw what they say."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client_environment import ALL_VARIABLE, PythonClient
from tests.support.databases import REPOSITORY, Backend, TestDatabases
from tests.support.manual_night import ManualNight, SimulatedNight, serving_manual_night

FOLDER = REPOSITORY / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PICTURES = {"agn": 4, "api": 4, "transients": 6, "variable_stars": 4}
LARGEST_BYTES = 500_000
"""Of a notebook with its pictures: a forge shows it quickly."""


@pytest.fixture(scope="module")
def night(
    databases: TestDatabases,
    any_backend: Backend,
    simulated_night: SimulatedNight,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ManualNight]:
    with (
        databases.fresh(any_backend) as url,
        serving_manual_night(url, simulated_night, tmp_path_factory.mktemp("notebooks")) as night,
    ):
        yield night


@pytest.mark.clients
@pytest.mark.skipif(os.environ.get(ALL_VARIABLE) != "all", reason="`make test-notebooks` runs the notebooks")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_draws(night: ManualNight, notebook: Path) -> None:
    jupyter = PythonClient("notebooks", source=FOLDER)
    (done,) = jupyter.run("execute.py", "--url", night.address, str(notebook))
    assert len(done["pictures"]) == PICTURES[notebook.stem]
    for width, height, colours in done["pictures"]:
        assert width >= 200
        assert height >= 150
        assert colours >= 20


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_its_pictures(notebook: Path) -> None:
    content = json.loads(notebook.read_text())
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs: list[Any] = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == PICTURES[notebook.stem]
    assert notebook.stat().st_size < LARGEST_BYTES


def test_the_page_lists_every_notebook() -> None:
    page = (FOLDER / "README.md").read_text()
    assert [path.name for path in NOTEBOOKS if f"]({path.name})" not in page] == []
