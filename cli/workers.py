"""A server of several processes at one address.

This process answers nobody: it starts the workers, starts again those that end, and ends them all. Each worker
listens on a socket of its own at the same port, among which the system shares connections out.
"""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from api.shared_budgets import BudgetTable
from cli.endpoint import endpoint
from cli.serving import (
    GOODBYE_SECONDS,
    HURRY_SECONDS,
    LAST_WORDS_SECONDS,
    Ending,
    Listener,
    run_server,
    take_port,
)
from domain.errors import ArrayanError
from runtime.backoff import Backoff
from runtime.logs import configure_logs
from runtime.metrics import API_WORKERS, API_WORKERS_ENDED
from runtime.readiness import Readiness
from runtime.settings import Settings
from runtime.shutdown import SIGNALS, Shutdown, shutdown_by_signals
from runtime.worker_metrics import counting_in, forget_gauges

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
END_SECONDS = GOODBYE_SECONDS + LAST_WORDS_SECONDS + 5
"""A worker that has not ended by then is killed, or kills itself when nobody is left to do it."""
AT_ONCE_SECONDS = LAST_WORDS_SECONDS + 2 * HURRY_SECONDS + 1
"""The same after a second Ctrl-C."""
IN_ORDER, AT_ONCE = "in order", "at once"
"""How a worker is to end."""
PART = "workers"
BUDGETS = "budgets"

_spawn = multiprocessing.get_context("spawn")


class Workers:
    """The processes that answer, as many as the settings say, at the address of a listener."""

    def __init__(
        self, settings: Settings, url: str, listener: Listener, folder: Path, readiness: Readiness
    ) -> None:
        """`folder` is for what the workers have in common. `readiness` follows how many of them answer."""
        counts = folder / "metrics"
        counts.mkdir()
        self.metrics_folder = None if settings.metrics_port is None else counts
        self._readiness = readiness
        budgets = folder / BUDGETS
        BudgetTable(budgets).close()
        host, port = listener.socket.getsockname()[:2]
        self._crew = [
            _Worker((settings, url, host, port, budgets), self.metrics_folder) for _ in range(settings.workers)
        ]

    @property
    def pids(self) -> list[int]:
        """Of those that run."""
        return [pid for worker in self._crew if (pid := worker.pid) is not None]

    def run(self, shutdown: Shutdown, when_ready: Callable[[], None]) -> None:
        """Keep them until the end is asked for. `when_ready` is called once, when all of them answer.

        Raises click.ClickException when one ends before all have answered for the first time.
        """
        try:
            self._start(shutdown)
            if not shutdown.is_asked:
                when_ready()
            while not shutdown.is_asked:
                self._look()
                for worker in self._crew:
                    worker.start_when_due()
        finally:
            self._end(shutdown)

    def _start(self, shutdown: Shutdown) -> None:
        for worker in self._crew:
            worker.start()
        while not shutdown.is_asked and not all(worker.answers for worker in self._crew):
            if not self._look():
                raise click.ClickException("a worker of the server could not start; the lines above say why")

    def _look(self) -> bool:
        """Wait a little for news; whether all run."""
        wait([channel for worker in self._crew for channel in worker.channels], LOOK_SECONDS)
        ended = [worker for worker in self._crew if worker.hear()]
        API_WORKERS_ENDED.inc(len(ended))
        answering = sum(worker.answers for worker in self._crew)
        API_WORKERS.set(answering)
        are_all = answering == len(self._crew)
        self._readiness.note(PART, None if are_all else f"{answering} of {len(self._crew)} answer")
        return not ended

    def _end(self, shutdown: Shutdown) -> None:
        self._ask_to_end(IN_ORDER)
        until, is_urgent = time.monotonic() + END_SECONDS, False
        while (sentinels := self._sentinels) and time.monotonic() < until:
            if shutdown.is_urgent and not is_urgent:
                is_urgent, until = True, time.monotonic() + AT_ONCE_SECONDS
                self._ask_to_end(AT_ONCE)
            wait(sentinels, LOOK_SECONDS)
            for worker in self._crew:
                worker.forget_when_ended()
        for worker in self._crew:
            worker.kill()
        API_WORKERS.set(0)

    @property
    def _sentinels(self) -> list[Pipe | int]:
        return [one for worker in self._crew for one in worker.sentinels]

    def _ask_to_end(self, how: str) -> None:
        for worker in self._crew:
            worker.ask_to_end(how)


class _Worker:
    """One place in the crew, and the process that has it at the moment."""

    def __init__(self, arguments: tuple[Settings, str, str, int, Path], metrics_folder: Path | None) -> None:
        self._arguments = arguments
        self._metrics_folder = metrics_folder
        self._process: BaseProcess | None = None
        self._pipe: Pipe | None = None
        self._backoff = Backoff()
        self._due = 0.0
        self.answers = False

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def channels(self) -> list[Pipe | int]:
        """What there is to wait for: that it answers, or that it ends."""
        return self.sentinels if self._pipe is None or self.answers else [*self.sentinels, self._pipe]

    @property
    def sentinels(self) -> list[Pipe | int]:
        """To wait for its end; none when it does not run."""
        return [] if self._process is None else [self._process.sentinel]

    def start(self) -> None:
        self._pipe, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_work, args=(*self._arguments, theirs), name="arrayan worker")
        with counting_in(self._metrics_folder), _signals_held():
            self._process.start()
        theirs.close()

    def start_when_due(self) -> None:
        """Again, when it has ended: at once, or after a while when it did not get so far as to answer."""
        if self._process is None and time.monotonic() >= self._due:
            self.start()

    def hear(self) -> bool:
        """Take in the news; whether it has ended."""
        if self._process is None:
            return False
        if self._pipe is not None and not self.answers and self._pipe.poll():
            with suppress(EOFError, OSError):  # it died as it was about to say so
                self._pipe.recv()
                self.answers = True
                self._backoff.reset()
        if self._process.is_alive():
            return False
        pid, code = self._process.pid, self._process.exitcode
        self._due = time.monotonic() + (0.0 if self.answers else self._backoff.next())
        self._forget()
        log.error("worker_ended pid=%s exit_code=%s", pid, code)
        return True

    def ask_to_end(self, how: str) -> None:
        """In order, or at once."""
        if self._pipe is not None:
            with suppress(OSError):  # it is no more
                self._pipe.send(how)

    def forget_when_ended(self) -> None:
        """Afterwards it has no sentinel, if it is no more."""
        if self._process is not None and not self._process.is_alive():
            self._forget()

    def kill(self) -> None:
        """End it, if it still runs."""
        if self._process is not None:
            log.error("worker_killed pid=%s", self._process.pid)
            self._process.kill()
            self._process.join()
            self._forget()

    def _forget(self) -> None:
        assert self._process is not None
        if self._metrics_folder is not None and self._process.pid is not None:
            forget_gauges(self._metrics_folder, self._process.pid)
        self._process.close()
        self._process, self.answers = None, False
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


@contextmanager
def _signals_held() -> Iterator[None]:
    """Processes that begin meanwhile hear Ctrl-C only when they let it through; this one hears it afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def workers(settings: Settings, url: str, listener: Listener, readiness: Readiness) -> Iterator[Workers]:
    """Workers that are not started yet, with a folder that lasts as long."""
    with TemporaryDirectory(prefix="arrayan-workers-") as folder:
        yield Workers(settings, url, listener, Path(folder), readiness)


def run_workers(crew: Workers, when_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; a second Ctrl-C ends all at once. Raises click.ClickException when the workers
    cannot start."""
    with shutdown_by_signals(stays=True) as shutdown:
        crew.run(shutdown, when_ready)


def _work(settings: Settings, url: str, host: str, port: int, budgets: Path, parent: Pipe) -> None:
    """What a worker does. It ends when it is told to, or its parent is no more."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # until the server listens to them
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    configure_logs(settings)
    try:
        listener = take_port(host, port, shared=True)
        with BudgetTable(budgets) as table:
            run_server(
                endpoint(settings, url, table.budget),
                listener,
                when_ready=lambda: _say_that_it_answers(parent),
                when_started=lambda server: threading.Thread(
                    target=_end_as_told, args=(parent, server), daemon=True
                ).start(),
                hears_ctrl_c=False,  # a terminal tells all processes: the first one decides
            )
    except (ArrayanError, click.ClickException) as error:
        log.error("worker_failed error=%s", error)
        sys.exit(1)


def _say_that_it_answers(parent: Pipe) -> None:
    with suppress(OSError):  # it is no more
        parent.send(True)


def _end_as_told(parent: Pipe, server: Ending) -> None:
    """End the server when it is told to, or its parent is no more. It has so long, and not longer."""
    with suppress(EOFError, OSError):
        parent.recv()
    server.end()
    until = time.monotonic() + END_SECONDS
    with suppress(EOFError, OSError):
        if parent.poll(END_SECONDS):
            parent.recv()
            server.end_at_once()
    time.sleep(max(0.0, until - time.monotonic()))
    log.error("worker_gives_up")
    os._exit(1)
