"""The worker for classifiers: in this process, or in one beside it for as long as that runs."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess

from psycopg import Connection

from classify.classifier import Classifier
from classify.registry import CLASSIFIERS, load_classifiers
from classify.worker import ClassifyProgress, ClassifyWorker, WorkerLimits
from cli.stores import writing_connection
from cli.stream_logging import log_to_standard_error
from runtime.backoff import Backoff
from runtime.readiness import Readiness
from runtime.settings import Settings
from runtime.shutdown import SIGNALS, Shutdown
from storage.classifications import Handed
from storage.packet_archive import PacketArchive

log = logging.getLogger(__name__)

Load = Callable[[], list[Classifier]]

GOODBYE_SECONDS = 10.0
"""How long a worker beside may take to finish its batch."""


def classify_objects(
    settings: Settings,
    database_url: str,
    classifiers: Sequence[Classifier],
    shutdown: Shutdown,
    *,
    once: bool = False,
    on_progress: Callable[[ClassifyProgress], None] | None = None,
    readiness: Readiness | None = None,
) -> Handed:
    """Answer for what waits until the end is asked for, or, with `once`, until nothing is left; what came of it.

    `readiness` follows whether database and archive are there.
    """

    @contextmanager
    def open_connection() -> Iterator[Connection]:
        with writing_connection(database_url, "classify") as connection:
            yield connection

    return ClassifyWorker(
        classifiers,
        open_connection,
        PacketArchive(settings.packet_archive),
        shutdown,
        limits=WorkerLimits(settings.classify_batch, timedelta(seconds=settings.classify_lease_seconds)),
        once=once,
        on_progress=on_progress,
        readiness=readiness,
    ).run()


@contextmanager
def worker_beside(settings: Settings, database_url: str, load: Load = load_classifiers) -> Iterator[None]:
    """A worker for all classifiers in a process of its own, which ends with this one, however this one ends."""
    if load is load_classifiers and not CLASSIFIERS:
        yield
        return
    keeper = _Keeper(settings, database_url, load)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper:
    """Starts the process, and starts it again when it ends by itself."""

    def __init__(self, settings: Settings, database_url: str, load: Load) -> None:
        self._arguments = (settings, database_url, load)
        self._shutdown = Shutdown()
        self._thread = threading.Thread(target=self._keep, name="classify keeper", daemon=True)
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._shutdown.ask()
        self._thread.join()

    def _keep(self) -> None:
        backoff = Backoff()
        while not self._shutdown.is_asked:
            theirs, ours = self._context.Pipe(duplex=False)
            process = self._context.Process(
                target=_work_beside, args=(*self._arguments, theirs), name="arrayan classify", daemon=True
            )
            process.start()
            theirs.close()
            while process.is_alive() and not self._shutdown.is_asked:
                process.join(0.1)
            ours.close()  # asks it to end
            process.join(GOODBYE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            if not self._shutdown.is_asked:
                log.error("classify_worker_ended exit_code=%s", process.exitcode)
                self._shutdown.sleep(backoff.next())


def _work_beside(settings: Settings, database_url: str, load: Load, parent: Pipe) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent hears them, and tells
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    log_to_standard_error(settings)
    shutdown = Shutdown()
    threading.Thread(target=_ask_at_end, args=(parent, shutdown), daemon=True).start()
    classify_objects(settings, database_url, load(), shutdown)


def _ask_at_end(parent: Pipe, shutdown: Shutdown) -> None:
    """Ask for the end when the other side closes, or is no more."""
    try:
        parent.recv()
    except (EOFError, OSError):
        shutdown.ask()
