"""What a process counts and measures of its own work, for Prometheus.

Names, labels and meanings are described for operators in docs/operations.md; a test compares the two. Labels are
names from closed lists, or topics and partitions: never an object, a query or an address.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

PROCESS = CollectorRegistry()
"""Memory, processor time, open files: of every process."""
INGEST = CollectorRegistry()
CLASSIFY = CollectorRegistry()
API = CollectorRegistry()
"""Apart, for a server must not report that an ingest which it does not run is away."""

PUBLISH = CollectorRegistry()
WORKERS = CollectorRegistry()
"""Of the process that keeps the workers of a server: what they count, they tell it through files."""

SUM: Final = "livesum"
"""A gauge of several workers is the sum over those that live."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for every counter, which nobody asks for
ProcessCollector(registry=PROCESS)

UNKNOWN_SURVEY = "unknown"
"""Label of packets that do not say whose they are."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LATENCY_SECONDS = (
    *(1, 2, 5, 10, 20, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 6 * HOUR, DAY, 10 * DAY),
)
STAGE_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, MINUTE)
BATCH_ALERTS = (1, 10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
REQUEST_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

INGEST_RECEIVED = Counter(
    "arrayan_ingest_received_total",
    "Packets decoded, or found to be undecodable. Those read again after a rebalance or an outage count again.",
    ["survey"],
    registry=INGEST,
)
INGEST_STORED = Counter(
    "arrayan_ingest_stored_total", "Alerts committed that were not there before.", ["survey"], registry=INGEST
)
INGEST_DUPLICATES = Counter(
    "arrayan_ingest_duplicates_total", "Alerts committed that were there already.", ["survey"], registry=INGEST
)
INGEST_DEAD_LETTERS = Counter(
    "arrayan_ingest_dead_letters_total",
    "Packets kept as dead letters, by the class of the reason.",
    ["survey", "reason"],
    registry=INGEST,
)
INGEST_STAGE_SECONDS = Histogram(
    "arrayan_ingest_stage_seconds",
    "Time in a stage of ingest: decode, archive and database per batch; read, with waiting, per request for more.",
    ["stage"],
    buckets=STAGE_SECONDS,
    registry=INGEST,
)
INGEST_BATCH_ALERTS = Histogram(
    "arrayan_ingest_batch_alerts",
    "Alerts and dead letters in one transaction.",
    buckets=BATCH_ALERTS,
    registry=INGEST,
)
INGEST_OBSERVATION_LATENCY = Histogram(
    "arrayan_ingest_observation_latency_seconds",
    "From the observation (MJD of the alert) to the commit, of alerts that were not there before.",
    ["survey"],
    buckets=LATENCY_SECONDS,
    registry=INGEST,
)
INGEST_BROKER_LATENCY = Histogram(
    "arrayan_ingest_broker_latency_seconds",
    "From the timestamp of the Kafka message to the commit, of alerts that were not there before.",
    ["survey"],
    buckets=LATENCY_SECONDS,
    registry=INGEST,
)
INGEST_LAG = Gauge(
    "arrayan_ingest_lag_messages",
    "Messages still to be read in a partition of this process; gone when the partition moves away.",
    ["topic", "partition"],
    registry=INGEST,
)
INGEST_LAST_COMMIT = Gauge(
    "arrayan_ingest_last_commit_timestamp_seconds",
    "Unix time of the last commit of a batch; 0 before the first.",
    registry=INGEST,
)
INGEST_STORE_UP = Gauge(
    "arrayan_ingest_store_up",
    "1 when database and packet archive took the last batch, or the start; 0 while they are away.",
    registry=INGEST,
)

CLASSIFY_ANSWERS = Counter(
    "arrayan_classify_answers_total",
    "Objects that a claim ended for: answered; failed, with the reason kept; dropped, for another worker has it; "
    "deferred, for there is too little of it yet.",
    ["classifier", "outcome"],
    registry=CLASSIFY,
)
CLASSIFY_STAGE_SECONDS = Histogram(
    "arrayan_classify_stage_seconds",
    "Time of a batch in a stage: claim, read (packets and light curves), classify, store.",
    ["classifier", "stage"],
    buckets=STAGE_SECONDS,
    registry=CLASSIFY,
)
CLASSIFY_PROCESSOR_SECONDS = Counter(
    "arrayan_classify_processor_seconds_total",
    "Processor time of this process in a stage; the database's own is not in it.",
    ["classifier", "stage"],
    registry=CLASSIFY,
)
CLASSIFY_BATCH_OBJECTS = Histogram(
    "arrayan_classify_batch_objects",
    "Objects in one claim.",
    ["classifier"],
    buckets=BATCH_ALERTS,
    registry=CLASSIFY,
)
CLASSIFY_LATENCY = Histogram(
    "arrayan_classify_latency_seconds",
    "From the transaction (its beginning) that queued an object to the commit of the answer.",
    ["classifier"],
    buckets=(0.1, 0.2, 0.5, *LATENCY_SECONDS),
    registry=CLASSIFY,
)
CLASSIFY_WAITING = Gauge(
    "arrayan_classify_waiting_objects",
    "Objects that wait for a classifier or are in work, of all workers together.",
    ["classifier"],
    registry=CLASSIFY,
)
CLASSIFY_OLDEST = Gauge(
    "arrayan_classify_oldest_waiting_seconds",
    "For how long the oldest of them has waited; 0 when none does.",
    ["classifier"],
    registry=CLASSIFY,
)
CLASSIFY_FAILED = Gauge(
    "arrayan_classify_failed_objects",
    "Objects that could not be classified and wait to change or to be tried again.",
    ["classifier"],
    registry=CLASSIFY,
)
CLASSIFY_DEFERRED = Gauge(
    "arrayan_classify_deferred_objects",
    "Objects of which there is too little yet, and that wait for more detections. Nothing is wrong with them.",
    ["classifier"],
    registry=CLASSIFY,
)
CLASSIFY_LAST_COMMIT = Gauge(
    "arrayan_classify_last_commit_timestamp_seconds",
    "Unix time of the last answers handed in; 0 before the first.",
    registry=CLASSIFY,
)
CLASSIFY_STORE_UP = Gauge(
    "arrayan_classify_store_up",
    "1 when database and packet archive took part in the last batch, or the start; 0 while they are away.",
    registry=CLASSIFY,
)

API_REQUESTS = Counter(
    "arrayan_api_requests_total",
    "HTTP requests answered, by route (other: a path that is none) and status.",
    ["route", "status"],
    registry=API,
)
API_REQUEST_SECONDS = Histogram(
    "arrayan_api_request_seconds",
    "Time from a request to the end of its answer.",
    ["route"],
    buckets=REQUEST_SECONDS,
    registry=API,
)
API_GRAPHQL_OPERATIONS = Counter(
    "arrayan_api_graphql_operations_total",
    "GraphQL operations by outcome (answered; partial: with errors; failed: no data) and code of the first error.",
    ["outcome", "code"],
    registry=API,
)
API_POOL_CONNECTIONS = Gauge(
    "arrayan_api_pool_connections",
    "Database connections of the server: in use, idle, and the most that it may open.",
    ["state"],
    registry=API,
    multiprocess_mode=SUM,
)
API_POOL_WAITING = Gauge(
    "arrayan_api_pool_waiting",
    "Questions that wait for a database connection.",
    registry=API,
    multiprocess_mode=SUM,
)

LIVE_CONNECTIONS = Gauge(
    "arrayan_live_connections",
    "Connections that are open for subscriptions, by transport (websocket, sse).",
    ["transport"],
    registry=API,
    multiprocess_mode=SUM,
)
LIVE_SUBSCRIPTIONS = Gauge(
    "arrayan_live_subscriptions", "Subscriptions that are told of events.", registry=API, multiprocess_mode=SUM
)
LIVE_EXECUTIONS = Gauge(
    "arrayan_live_executions",
    "Different subscriptions among them, each of which is executed once.",
    registry=API,
    multiprocess_mode=SUM,
)
LIVE_EVENTS = Counter("arrayan_live_events_total", "Events that the server read as they came.", registry=API)
LIVE_EVENT_SECONDS = Histogram(
    "arrayan_live_event_seconds",
    "From the beginning of the transaction that wrote an event until the server read it.",
    buckets=STAGE_SECONDS,
    registry=API,
)
LIVE_SENT = Counter(
    "arrayan_live_sent_total", "Results given to subscribers, those they caught up with aside.", registry=API
)
LIVE_SLOW = Counter("arrayan_live_slow_total", "Clients cut off because they read too slowly.", registry=API)

API_WORKERS = Gauge("arrayan_api_workers", "Processes of the server that answer.", registry=WORKERS)
API_WORKERS_ENDED = Counter(
    "arrayan_api_workers_ended_total",
    "Processes of the server that ended unasked; each is started again.",
    registry=WORKERS,
)

PUBLISH_EVENTS = Counter(
    "arrayan_publish_events_total",
    "Events that were sent on, or that no stream wants. Those sent again after an outage count again.",
    registry=PUBLISH,
)
PUBLISH_MESSAGES = Counter("arrayan_publish_messages_total", "Messages that the broker has.", registry=PUBLISH)
PUBLISH_LAG = Gauge("arrayan_publish_lag_events", "Events that are still to be sent.", registry=PUBLISH)
PUBLISH_LAST = Gauge(
    "arrayan_publish_last_timestamp_seconds",
    "Unix time when the place of the last batch was noted; 0 before the first.",
    registry=PUBLISH,
)

_inner = threading.local()


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time a stage of ingest, the stages within it aside: those of one thread add up to its time."""
    before = getattr(_inner, "seconds", 0.0)
    _inner.seconds = 0.0
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - began
        INGEST_STAGE_SECONDS.labels(name).observe(seconds - _inner.seconds)
        _inner.seconds = before + seconds


@contextmanager
def classify_stage(classifier: str, name: str) -> Iterator[None]:
    """Time a stage of a batch of a classifier, by the clock and by the processor."""
    began, processor = time.perf_counter(), time.thread_time()
    try:
        yield
    finally:
        CLASSIFY_STAGE_SECONDS.labels(classifier, name).observe(time.perf_counter() - began)
        CLASSIFY_PROCESSOR_SECONDS.labels(classifier, name).inc(time.thread_time() - processor)


class Laps:
    """Seconds by stage of work that goes from one to the other with every alert; told once a batch."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def end_of(self, stage: str) -> None:
        """What went by since the last lap belongs to this stage."""
        now = time.perf_counter()
        self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._since = now

    def tell(self) -> None:
        """A batch is done. Begins anew, also after work that times itself."""
        for name, seconds in self._seconds.items():
            INGEST_STAGE_SECONDS.labels(name).observe(seconds)
        self._seconds.clear()
        self._since = time.perf_counter()
