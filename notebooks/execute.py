"""Runs notebooks against a server, in an environment with `requirements.lock`, and says what came of each as JSON.

python notebooks/execute.py --url http://127.0.0.1:8000 [--save] [NAME.ipynb ...]

With --save their outputs are written into the files, as they are committed. A cell that fails ends it with its
error.
"""

import argparse
import base64
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).parent
CLIENT = FOLDER.parent / "clients" / "arrayan-client" / "src"
CELL_SECONDS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the server")
    parser.add_argument("--save", action="store_true", help="write the outputs into the notebooks")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(FOLDER.glob("*.ipynb")))
    asked = parser.parse_args()
    os.environ["ARRAYAN_URL"] = asked.url
    os.environ["PYTHONPATH"] = str(CLIENT)  # the client as it is in this repository
    for path in asked.notebooks:
        print(json.dumps(execute(path, save=asked.save)), flush=True)


def execute(path: Path, *, save: bool) -> dict[str, Any]:
    """Run a notebook; its name, the seconds, and width, height and number of colours of each picture. Raises
    nbclient's CellExecutionError."""
    began = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=CELL_SECONDS, record_timing=False).execute(cwd=str(FOLDER))
    if save:
        notebook.metadata = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        nbformat.write(notebook, path)
    seconds = round(time.monotonic() - began, 1)
    return {"notebook": path.name, "seconds": seconds, "pictures": list(map(measure, pictures(notebook)))}


def pictures(notebook: Any) -> Iterator[bytes]:
    """The PNG files among the outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield base64.b64decode(output["data"]["image/png"])


def measure(picture: bytes) -> tuple[int, int, int]:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    colours = image.getcolors(maxcolors=image.width * image.height)
    return image.width, image.height, len(colours or [])


if __name__ == "__main__":
    main()
