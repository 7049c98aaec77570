"""Alerts from Kafka into a broker that has run for seven years, as fast as two consumers take them.

Everything is on the same cores: the broker of Kafka, the database, and two processes of `arrayan ingest kafka` with
their metrics. The topic is filled before the clock starts. Packets are real ones of real size, given to objects
that the database knows and to new ones.
"""

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.broker import CODEC, PARTITIONS, Broker
from benchmarks.consumers import Watched, consume
from benchmarks.databases import BenchDatabases
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import DATABASE, history_database, known_objects
from benchmarks.lsst_packets import lsst_alerts
from benchmarks.plan import Plan
from benchmarks.processes import server_processes
from benchmarks.progress import say
from benchmarks.rekeyed_packets import NIGHTS, SHARE_OF_NEW_OBJECTS, alerts, templates

SHARED = Path(__file__).resolve().parents[2] / "shared" / "alerts"
SEED = 1
CONSUMERS = 2
LSST_PEAK = 1333.0
"""Alerts a second: 10,000 in the 7.5 s between visits would be 1,333; the mean is 333."""
GOAL = 1500.0
LSST_SIZES = {10: 60_000, 100: 20_000, 1000: 2_000}
"""Packets by the previous sources in each."""


def run(plan: Plan) -> Section:
    """ZTF packets."""
    history_database(plan.databases, plan.stream_objects, plan.stream_detections)
    broker = Broker()
    topic = ztf_topic(broker, plan)
    watched = taken_in(plan.databases, broker, topic, CONSUMERS)
    broker.stop()
    rate = watched.alerts_per_second
    return Section(
        name="stream",
        figures=[
            Figure(
                name="ZTF stream, sustained",
                unit="alerts/s",
                ours=[rate],
                peer_name="wanted",
                peer=[GOAL],
                goal=Goal(">=", 1.0),
            ),
            Figure(
                name="  beside LSST's peak",
                unit="alerts/s",
                ours=[rate],
                peer_name="1,333 alerts/s",
                peer=[LSST_PEAK],
                goal=Goal(">=", 1.0),
            ),
            *costs(watched),
        ],
        notes=[
            f"{watched.read} packets of {PARTITIONS} partitions ({CODEC}) by {CONSUMERS} consumers in "
            f"{watched.times[-1]:.0f} s, onto {plan.stream_objects} objects with {plan.stream_detections} "
            f"detections; {SHARE_OF_NEW_OBJECTS:.0%} about new objects, the others on {NIGHTS} nights in a row. "
            f"{_stored_all(watched)}"
        ],
    )


def run_lsst(plan: Plan) -> Section:
    """LSST packets with short and long histories."""
    history_database(plan.databases, plan.stream_objects, plan.stream_detections)
    broker = Broker()
    figures: list[Figure] = []
    notes: list[str] = []
    for sources, number in LSST_SIZES.items():
        topic = broker.filled(
            f"lsst-{sources}-{number}",
            number,
            lambda sources=sources, number=number: lsst_alerts(SHARED / "lsst", sources, number, SEED),  # type: ignore[misc]
        )
        watched = taken_in(plan.databases, broker, topic, CONSUMERS)
        figures += [
            Figure(
                name=f"LSST stream, {sources} previous sources",
                unit="alerts/s",
                ours=[watched.alerts_per_second],
            ),
            *costs(watched),
        ]
        notes.append(f"{sources} previous sources: {watched.read} packets. {_stored_all(watched)}")
    broker.stop()
    return Section(name="stream_lsst", figures=figures, notes=notes)


def ztf_topic(broker: Broker, plan: Plan) -> str:
    """A topic with the alerts of the plan."""
    number = plan.stream_alerts

    def contents() -> Iterator[bytes]:
        if not SHARED.is_dir():
            raise BenchmarkUnavailable("there are no real packets in ../shared/alerts to give to other objects")
        known = known_objects(plan.stream_objects)
        return islice(alerts(known, round(1.1 * number), templates(SHARED / "ztf"), SEED), number)

    return broker.filled(f"ztf-{plan.stream_objects}-{number}", number, contents)


def taken_in(
    databases: BenchDatabases,
    broker: Broker,
    topic: str,
    consumers: int,
    *,
    template: str | None = DATABASE,
    under: Sequence[str] = (),
) -> Watched:
    """Everything of a topic, into a copy of the history or of another database, by so many consumers."""
    say(f"{topic}: {consumers} consumers")
    with (
        databases.passing("stream", template=template) as url,
        tempfile.TemporaryDirectory(prefix="arrayan-bench-") as folder,
    ):
        return consume(
            consumers,
            topic,
            {
                "ARRAYAN_DATABASE_URL": url,
                "ARRAYAN_ARCHIVE_URL": folder,
                "ARRAYAN_KAFKA_BOOTSTRAP": broker.bootstrap,
            },
            server_processes(databases.server_url),
            under=under,
        )


def costs(watched: Watched) -> list[Figure]:
    """Where the processor time goes, and how much memory a consumer takes at the most."""
    half = len(watched.memory_mb) // 2
    return [
        *(
            Figure(name=f"  processor time of {kind}", unit="ms/alert", ours=[watched.milliseconds(kind)])
            for kind in watched.processor
        ),
        Figure(
            name="  most memory of a consumer in the second half",
            unit="MB",
            ours=[max(watched.memory_mb[half:])],
            peer_name="in the first",
            peer=[max(watched.memory_mb[:half])],
        ),
        Figure(
            name="  most memory of a consumer",
            unit="MB",
            ours=[max(watched.memory_mb)],
            peer_name="allowed",
            peer=[500.0],
            goal=Goal("<=", 1.0),
        ),
    ]


def _stored_all(watched: Watched) -> str:
    stored = sum(report["stored"] for report in watched.reports)
    if watched.stored[-1] > watched.read or stored + sum(r["duplicates"] for r in watched.reports) != watched.read:
        raise RuntimeError(f"of {watched.read} alerts {stored} were stored: {watched.reports}")
    return f"{stored} stored, no dead letter." if stored == watched.read else f"{stored} stored: {watched.reports}"
