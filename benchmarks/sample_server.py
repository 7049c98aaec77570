"""`arrayan up` with the sample night, as anybody has it after `make run`."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 300
QUEUES = "{ classifiers { queue { waiting } } }"


@contextmanager
def sample_server(folder: Path) -> Iterator[str]:
    """Its address, once the night is taken in and classified. The data stay in the folder."""
    log = folder / "server.log"
    with log.open("w") as out:
        running = subprocess.Popen(
            [Path(sys.executable).with_name("arrayan"), "up"],
            env={**os.environ, "ARRAYAN_DATA_DIR": str(folder / "data"), "ARRAYAN_PORT": "0"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            address = _address(running, log)
            _wait_for_classifiers(address)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=60)


def ask(address: str, query: str) -> dict[str, Any]:
    """The data of an answer."""
    request = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        found: dict[str, Any] = json.load(response)["data"]
    return found


def _address(running: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and running.poll() is None:
        found = re.search(r"^Pages\s+(http://\S+)/$", log.read_text(), re.MULTILINE)
        if found is not None:
            return found[1]
        time.sleep(0.5)
    raise SystemExit(f"arrayan up did not come up:\n{log.read_text()[-2000:]}")


def _wait_for_classifiers(address: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        queues = [one["queue"] for one in ask(address, QUEUES)["classifiers"] if one["queue"]]
        if queues and not any(queue["waiting"] for queue in queues):
            return
        time.sleep(1)
    raise SystemExit("the classifiers did not come to an end")
