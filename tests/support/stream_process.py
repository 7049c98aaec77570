"""`arrayan ingest kafka` in a process of its own, to be stopped and killed."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support.databases import REPOSITORY

COMMAND = (sys.executable, "-c", "from cli.main import main; main(prog_name='arrayan')")


@dataclass
class StreamProcess:
    """A running `arrayan ingest kafka`."""

    process: subprocess.Popen[str]
    log: IO[str]

    def said(self) -> str:
        """What is in its log so far."""
        return os.pread(self.log.fileno(), 1 << 22, 0).decode()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> "Ended":
        self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds: float = 60) -> "Ended":
        """Its end. A process that takes longer is killed, and the test fails."""
        try:
            out, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(f"it did not end in {seconds} s: {self.said()[-2000:]}") from None
        return Ended(self.process.returncode, out, self.said())

    def rss_megabytes(self) -> float:
        """Memory that it holds now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True)
class Ended:
    """What is left of a process."""

    returncode: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        assert self.returncode == 0, self.err
        report: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return report


def start(
    bootstrap: str, database_url: str, archive: Path, *arguments: str, **settings: str | float
) -> StreamProcess:
    """Start one. Settings are named as in runtime.settings."""
    environment = {
        **os.environ,
        "ARRAYAN_DATABASE_URL": database_url,
        "ARRAYAN_ARCHIVE_URL": str(archive),
        "ARRAYAN_KAFKA_BOOTSTRAP": bootstrap,
        "ARRAYAN_KAFKA_SESSION_TIMEOUT_SECONDS": "1.5",
        **{f"ARRAYAN_{name.upper()}": str(value) for name, value in settings.items()},
    }
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
    process = subprocess.Popen(
        [*COMMAND, "ingest", "kafka", "--json", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    return StreamProcess(process, log)
