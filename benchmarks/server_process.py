"""Servers in processes of their own, for as long as they are measured."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60.0
REPOSITORY = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port of the loopback address that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str], port: int, *, environment: Mapping[str, str], cwd: Path = REPOSITORY
) -> Iterator[int]:
    """Run a server, from the moment that it takes connections; gives its pid. Raises RuntimeError when it does not
    come up."""
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait_for(process, port)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    process.kill()
    _, told = process.communicate()
    raise RuntimeError(f"{process.args!r} does not serve: {told.decode(errors='replace')[-500:]}")
