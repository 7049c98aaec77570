"""Following a stream: the worker with its source, its store and its end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cli.stores import alert_store, writing_connection
from cli.stream_progress import stream_progress
from ingest.batch import BatchLimits
from ingest.counting import count_committed
from ingest.patient_store import PatientStore
from ingest.report import IngestReport
from ingest.sources.kafka import Decode, KafkaSource
from ingest.stream_worker import StreamWorker
from runtime.kafka import MEGABYTE, Consumer, ConsumerTuning, KafkaConnection, Offsets, TopicReader, Topics
from runtime.kafka_offsets import GroupInUse, GroupOffsets, begin_at_ends
from runtime.readiness import Readiness
from runtime.settings import Settings
from runtime.shutdown import shutdown_by_signals
from storage.alert_store import AlertStore

log = logging.getLogger(__name__)


def follow(
    settings: Settings,
    database_url: str,
    connection: KafkaConnection,
    group: str,
    topics: Topics,
    decode: Decode,
    *,
    begin_at_latest: bool,
    stop_at_end: bool,
    readiness: Readiness | None = None,
) -> IngestReport:
    """Store everything of some topics until a signal, or their present end; what became of it.

    `readiness` follows whether the store and Kafka are there.
    """

    @contextmanager
    def open_store() -> Iterator[AlertStore]:
        with writing_connection(database_url, "ingest") as database:
            yield alert_store(database, settings, count_committed)

    def open_consumer() -> Consumer:
        nonlocal begin_at_latest
        if begin_at_latest:
            _skip_what_is_there(connection, group, topics)
            begin_at_latest = False  # topics that come while we are away are ours
        return Consumer(connection, group, topics, ConsumerTuning.of(settings))

    stop_at = _present_end(connection, topics) if stop_at_end else None
    with shutdown_by_signals() as shutdown, stream_progress(f"Taking in {topics}") as tell:
        source = KafkaSource(open_consumer, shutdown, readiness)
        try:
            with PatientStore(open_store, readiness) as store:
                return StreamWorker(
                    source,
                    store,
                    decode,
                    shutdown,
                    limits=BatchLimits(
                        settings.batch_alerts, settings.batch_megabytes * MEGABYTE, settings.batch_seconds
                    ),
                    stop_at=stop_at,
                    on_progress=tell,
                ).run()
        finally:
            source.close()


def _present_end(connection: KafkaConnection, topics: Topics) -> Offsets:
    with TopicReader(connection) as reader:
        reader.require(topics)
        partitions = reader.partitions(topics)
        begins = reader.begins(partitions)
        return {partition: end for partition, end in reader.ends(partitions).items() if end > begins[partition]}


def _skip_what_is_there(connection: KafkaConnection, group: str, topics: Topics) -> None:
    with GroupOffsets(connection, group) as offsets, TopicReader(connection) as reader:
        try:
            skipped = begin_at_ends(offsets, reader, topics)
        except GroupInUse:
            return  # those who are in it have decided where it begins
    for partition, offset in skipped.items():
        log.info("begin_at_end topic=%s partition=%d offset=%d", *partition, offset)
