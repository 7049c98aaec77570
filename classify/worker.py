"""The worker: claims what waits, asks the classifiers, and hands in what they say. Start as many as you like."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import psycopg
from psycopg import Connection

from classify.classifier import Classifier, Need
from classify.counting import count_handed_in, show_waiting
from classify.outcomes import outcomes_of
from classify.subjects import gather_subjects
from domain.classification import Classification, ClassifierKind, Deferral, Failure
from runtime.backoff import Backoff
from runtime.metrics import CLASSIFY_STORE_UP, classify_stage
from runtime.readiness import Readiness
from runtime.shutdown import Shutdown
from storage.classification_work import (
    LEASE,
    Claim,
    Waiting,
    claim_work,
    has_queued_existing,
    queue_existing,
    release_claim,
    waiting_work,
)
from storage.classifications import Handed, hand_in
from storage.classifiers import NewClassifier, Registered, known_version, register, version_instead
from storage.database import DatabaseUnavailable
from storage.packet_archive import ArchiveUnavailable, PacketArchive

log = logging.getLogger(__name__)

OUTAGES = (
    *(psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout),
    *(DatabaseUnavailable, ArchiveUnavailable),
)
"""What passes, or is put right by hand while we wait. Anything else is a mistake of ours and ends the worker."""

STORE = "store"
"""Our name among the parts that a process needs: database and packet archive."""

IDLE_SECONDS = 0.2
"""How long to wait for work when there is none."""
PROGRESS_SECONDS = 5.0
BATCH_OBJECTS = 200

OpenConnection = Callable[[], AbstractContextManager[Connection]]


class ClassifyProgress(NamedTuple):
    """How a worker gets on: what it did in all, and what waits."""

    done: Handed
    waiting: list[Waiting]


class WorkerLimits(NamedTuple):
    """Objects that are claimed together, and how long a claim holds."""

    batch_objects: int = BATCH_OBJECTS
    lease: timedelta = LEASE


DEFAULT_LIMITS = WorkerLimits()


@dataclass(frozen=True, slots=True)
class _Answers:
    """What is to be handed in."""

    by: Registered
    claim: Claim
    classifications: list[Classification]
    failures: list[Failure]
    deferrals: list[Deferral]


def kind_of(needs: Need) -> ClassifierKind:
    """What makes work for a classifier with such needs."""
    return ClassifierKind.LIGHT_CURVE if Need.LIGHT_CURVE in needs else ClassifierKind.STAMPS


def make_current(connection: Connection, classifier: Classifier) -> Registered:
    """Register a classifier; from now on alerts make work for it. Raises TaxonomyChanged."""
    return register(
        connection,
        NewClassifier(
            name=classifier.name,
            version=classifier.version,
            description=classifier.description,
            kind=kind_of(classifier.needs),
            taxonomy=classifier.taxonomy,
            features=classifier.features,
            surveys=classifier.surveys,
        ),
    )


def make_known(connection: Connection, classifier: Classifier) -> Registered:
    """Register a classifier, and queue what was there before it. Raises TaxonomyChanged."""
    by = make_current(connection, classifier)
    if not has_queued_existing(connection, classifier.name):
        queued = queue_existing(connection, classifier.name, kind_of(classifier.needs))
        log.info("classifier_registered name=%s version=%s queued=%d", classifier.name, classifier.version, queued)
    return by


class ClassifyWorker:
    """Answers for objects until it is asked to end, or, with `once`, until nothing is left to claim.

    While the database or the archive is away it waits, and keeps the answers that it has in hand.
    """

    def __init__(
        self,
        classifiers: Sequence[Classifier],
        open_connection: OpenConnection,
        archive: PacketArchive,
        shutdown: Shutdown,
        *,
        limits: WorkerLimits = DEFAULT_LIMITS,
        once: bool = False,
        on_progress: Callable[[ClassifyProgress], None] | None = None,
        readiness: Readiness | None = None,
    ) -> None:
        self._classifiers = classifiers
        self._open_connection = open_connection
        self._archive = archive
        self._shutdown = shutdown
        self._limits = limits
        self._once = once
        self._on_progress = on_progress
        self._readiness = readiness or Readiness()
        self._opened = ExitStack()
        self._connection: Connection | None = None
        self._known: list[tuple[Classifier, Registered]] = []
        self._made_known: set[str] = set()
        self._told_ousted: set[str] = set()
        self._in_hand: _Answers | None = None
        self._done = Handed(0, 0, 0)
        self._backoff = Backoff()
        self._told_at = -PROGRESS_SECONDS

    def run(self) -> Handed:
        """Work; what became of it. Raises TaxonomyChanged before any work."""
        try:
            while not self._shutdown.is_asked:
                worked = self._work_through_outages()
                self._tell_progress()
                if worked == 0:
                    if self._once:
                        break
                    self._shutdown.sleep(IDLE_SECONDS)
            return self._done
        finally:
            self._close()

    def _work_through_outages(self) -> int | None:
        """How many objects were claimed; None when the database or the archive is away."""
        try:
            worked = self._work()
        except OUTAGES as error:
            self._close()
            seconds = self._backoff.next()
            said = " ".join(str(error).split()) or type(error).__name__
            self._note_store(said)
            log.error("classify_unavailable retry_seconds=%s error=%s", seconds, said)
            self._shutdown.sleep(seconds)
            return None
        self._backoff.reset()
        self._note_store(None)
        return worked

    def _note_store(self, problem: str | None) -> None:
        CLASSIFY_STORE_UP.set(problem is None)
        self._readiness.note(STORE, problem)

    def _work(self) -> int:
        """One batch of each classifier."""
        connection = self._connected()
        self._hand_in(connection)
        return sum(self._work_one(connection, classifier, by) for classifier, by in self._known)

    def _work_one(self, connection: Connection, classifier: Classifier, by: Registered) -> int:
        if self._shutdown.is_asked:
            return 0
        with classify_stage(by.name, "claim"):
            claim = claim_work(connection, by, self._limits.batch_objects, lease=self._limits.lease)
        if not claim.rows:
            return 0
        try:
            with classify_stage(by.name, "read"):
                gathered = gather_subjects(connection, self._archive, classifier, claim.rows)
        except ArchiveUnavailable:
            release_claim(connection, by.name, claim)
            raise
        with classify_stage(by.name, "classify"):
            outcomes = [*outcomes_of(classifier, gathered.subjects), *gathered.others]
        self._in_hand = _Answers(
            by,
            claim,
            [one for one in outcomes if isinstance(one, Classification)],
            [one for one in outcomes if isinstance(one, Failure)],
            [one for one in outcomes if isinstance(one, Deferral)],
        )
        self._hand_in(connection)
        return len(claim.rows)

    def _hand_in(self, connection: Connection) -> None:
        """Store what is in hand; it stays there when the database is away."""
        answers = self._in_hand
        if answers is None:
            return
        with classify_stage(answers.by.name, "store"):
            handed = hand_in(
                connection,
                answers.by,
                answers.claim,
                answers.classifications,
                answers.failures,
                answers.deferrals,
            )
        self._in_hand = None
        count_handed_in(answers.by.name, answers.claim, handed, (one.object_id for one in answers.classifications))
        self._done = self._done.plus(handed)
        for failure in answers.failures:
            log.info(
                "object_not_classified classifier=%s object_id=%d reason=%s",
                answers.by.name,
                failure.object_id,
                " ".join(failure.reason.split()),
            )

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._opened.enter_context(self._open_connection())
            self._known = [
                (classifier, self._registered(connection, classifier)) for classifier in self._classifiers
            ]
            self._connection = connection
        return self._connection

    def _registered(self, connection: Connection, classifier: Classifier) -> Registered:
        """Made known once. After an outage it is only looked up: a newer version may have come meanwhile, and would
        be ousted."""
        if classifier.name in self._made_known:
            known = known_version(connection, classifier.name, classifier.version)
            if known is not None:
                return known
        by = make_known(connection, classifier)
        self._made_known.add(classifier.name)
        return by

    def _close(self) -> None:
        self._connection = None
        try:
            self._opened.close()
        except OUTAGES as error:
            log.debug("connection_close_failed error=%s", error)

    def _tell_ousted(self, connection: Connection) -> None:
        """Once of each classifier that another version has taken the place of: it gets no more work here."""
        for _, by in self._known:
            if by.name not in self._told_ousted and (newer := version_instead(connection, by)) is not None:
                self._told_ousted.add(by.name)
                log.warning("classifier_ousted name=%s version=%s by=%s", by.name, by.version, newer)

    def _tell_progress(self) -> None:
        """To whoever wants to hear, and to the metrics."""
        now = time.monotonic()
        if self._connection is None or now - self._told_at < PROGRESS_SECONDS:
            return
        self._told_at = now
        try:
            self._tell_ousted(self._connection)
            waiting = waiting_work(self._connection)
        except OUTAGES:
            return  # the next batch tells of it
        show_waiting((classifier.name for classifier in self._classifiers), waiting)
        if self._on_progress is not None:
            self._on_progress(ClassifyProgress(self._done, waiting))
