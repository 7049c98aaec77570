"""Running the worker in a test, in this process and in others."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from psycopg import Connection

from classify.classifier import Classifier
from classify.worker import ClassifyWorker, WorkerLimits, make_known
from runtime.shutdown import Shutdown
from storage.classifications import Handed
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.databases import REPOSITORY
from tests.support.rule_classifiers import SizeClassifier, TrendClassifier

RULES: tuple[Classifier, ...] = (SizeClassifier(), TrendClassifier())


def load_rules() -> list[Classifier]:
    """The rules, for a worker in another process."""
    return list(RULES)


def make_rules_known(url: str, classifiers: Sequence[Classifier] = RULES) -> None:
    """Let alerts make work for classifiers."""
    with connect(url, role="test") as connection:
        for classifier in classifiers:
            make_known(connection, classifier)


def drain(
    url: str, archive: Path | str, classifiers: Sequence[Classifier] = RULES, *, batch_objects: int = 50
) -> Handed:
    """Classify everything that waits."""

    def open_connection() -> AbstractContextManager[Connection]:
        return connect(url, role="test")

    return ClassifyWorker(
        classifiers,
        open_connection,
        PacketArchive(str(archive)),
        Shutdown(),
        limits=WorkerLimits(batch_objects, timedelta(seconds=30)),
        once=True,
    ).run()


def start_worker(url: str, archive: Path, *, once: bool, lease_seconds: float = 1.0) -> subprocess.Popen[str]:
    """A worker with the rules in a process of its own. It ends with a line of its report."""
    arguments = [url, str(archive), str(int(once)), str(lease_seconds)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.classifying", *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def main(url: str, archive: str, once: str, lease_seconds: str) -> None:
    import json

    from runtime.shutdown import shutdown_by_signals

    with shutdown_by_signals() as shutdown:
        done = ClassifyWorker(
            RULES,
            lambda: connect(url, role="test"),
            PacketArchive(archive),
            shutdown,
            limits=WorkerLimits(7, timedelta(seconds=float(lease_seconds))),
            once=bool(int(once)),
        ).run()
    sys.stdout.write(json.dumps(done._asdict()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
