"""A store that outlives its database: opened anew when the database or the archive was away."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

import psycopg

from ingest.batch import Batch
from runtime.metrics import INGEST_STORE_UP
from runtime.readiness import Readiness
from storage.alert_store import AlertStore, StoreResult
from storage.database import DatabaseUnavailable
from storage.packet_archive import ArchiveUnavailable

log = logging.getLogger(__name__)

OUTAGES = (
    *(psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout),
    *(DatabaseUnavailable, ArchiveUnavailable),
)
"""What passes, or is put right by hand while we wait. Anything else is a mistake of ours and ends the worker."""

OpenStore = Callable[[], AbstractContextManager[AlertStore]]


STORE = "store"
"""Our name among the parts that a process needs."""


class StoreUnavailable(Exception):
    """Nothing of the batch is stored, and it may be tried again."""


class PatientStore:
    """Stores batches; holds a connection only while it works."""

    def __init__(self, open_store: OpenStore, readiness: Readiness | None = None) -> None:
        self._open_store = open_store
        self._readiness = readiness or Readiness()
        self._opened = ExitStack()
        self._store: AlertStore | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def store(self, batch: Batch) -> StoreResult:
        """Store a batch in one transaction. Raises StoreUnavailable."""
        try:
            if self._store is None:
                self._store = self._opened.enter_context(self._open_store())
            result = batch.store(self._store)
        except OUTAGES as error:
            self._close()
            reason = " ".join(str(error).split()) or type(error).__name__
            self._tell(reason)
            raise StoreUnavailable(reason) from error
        self._tell(None)
        return result

    def _tell(self, problem: str | None) -> None:
        INGEST_STORE_UP.set(problem is None)
        self._readiness.note(STORE, problem)

    def _close(self) -> None:
        self._store = None
        try:
            self._opened.close()
        except OUTAGES as error:
            log.debug("store_close_failed error=%s", error)
