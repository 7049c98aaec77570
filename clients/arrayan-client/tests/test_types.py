"""The annotations hold, on the oldest Python and for those who use them."""

import subprocess
import sys
from pathlib import Path

import pytest

import arrayan_client

USE = """
from arrayan_client import Arrayan, AsyncArrayan, Detection, Rows, SkyObject

arrayan = Arrayan()
objects: Rows[SkyObject] = arrayan.query_objects(ndet=5)
name: str = objects[0].name
detections: Rows[Detection] = arrayan.query_detections(name)
magnitude: float | None = detections[0].magnitude
for event in arrayan.subscribe("detected"):
    mjd: float = event.detection.mjd
for answer in arrayan.subscribe(classifier="early"):
    probability: float = answer.classification.probability


async def main() -> None:
    async with AsyncArrayan() as asking:
        curve = await asking.query_lightcurve(name)
        reveal_type(curve.detections[0].flux)
        async for event in asking.subscribe("detected"):
            reveal_type(event.object.detection_count)
"""


@pytest.mark.parametrize("what", ["use", "package"])
def test_mypy_is_content(tmp_path: Path, what: str) -> None:
    (tmp_path / "use.py").write_text(USE)
    package = Path(arrayan_client.__file__).parent
    target = [str(tmp_path / "use.py")] if what == "use" else ["-p", "arrayan_client"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), *target],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"MYPYPATH": str(package.parent), "PATH": ""},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if what == "use":
        assert 'Revealed type is "float | None"' in done.stdout or "Union[builtins.float, None]" in done.stdout
        assert 'Revealed type is "int"' in done.stdout or '"builtins.int"' in done.stdout
    assert (package / "py.typed").exists()
