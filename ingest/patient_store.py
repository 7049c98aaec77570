"""A store that outlives its database: opened anew when the database or the archive was away."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Self

import psycopg

from ingest.batch import Batch
from storage.alert_store import AlertStore, StoreResult
from storage.database import DatabaseUnavailable
from storage.packet_archive import ArchiveUnavailable

log = logging.getLogger(__name__)

OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, DatabaseUnavailable, ArchiveUnavailable)
"""What passes, or is put right by hand while we wait. Anything else is a mistake of ours and ends the worker."""

OpenStore = Callable[[], AbstractContextManager[AlertStore]]


class StoreUnavailable(Exception):
    """Nothing of the batch is stored, and it may be tried again."""


class PatientStore:
    """Stores batches; holds a connection only while it works."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open_store = open_store
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
            return batch.store(self._store)
        except OUTAGES as error:
            self._close()
            raise StoreUnavailable(" ".join(str(error).split()) or type(error).__name__) from error

    def _close(self) -> None:
        self._store = None
        try:
            self._opened.close()
        except OUTAGES as error:
            log.debug("store_close_failed error=%s", error)
