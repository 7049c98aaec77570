"""From Kafka to stored classifications, into a broker that has run for seven years.

Everything is on the same cores: the broker of Kafka, the database, two processes of `arrayan ingest kafka`, and
some of `arrayan classify run` with every classifier that there is. First the latency at a steady rate, as a
producer sends alerts in time; then as fast as it goes, from a topic that was filled before.
"""

import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
import psycopg
from kafka import KafkaProducer  # type: ignore[import-untyped]

from benchmarks.broker import CODEC, PARTITIONS, Broker
from benchmarks.consumers import processor_seconds
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import history_database, known_objects
from benchmarks.past_answers import DATABASE, archive_folder, past_database
from benchmarks.pipeline_processes import CONSUMER, WORKER, Processes, Sample, Watch, running
from benchmarks.plan import Plan
from benchmarks.processes import server_processes
from benchmarks.progress import say
from benchmarks.rekeyed_packets import NIGHTS, SHARE_OF_NEW_OBJECTS, Template, alerts, templates
from benchmarks.report import print_report
from classify.classifier import Classification, Classifier, Subject
from classify.gathering import GatheredAlerts
from classify.registry import load_classifiers
from domain.packet import ReceivedAlert
from ingest.decoding import decode

SHARED = Path(__file__).resolve().parents[2] / "shared" / "alerts" / "ztf"
SEED, LATENCY_SEED = 1, 2
CONSUMERS = 2
GOAL = 600.0
LATENCY_RATE = 100
LATENCY_SECONDS = 60
WARM_UP_SECONDS = 10.0
LATENCY_GOAL_SECONDS = 2.0
LOOK_SECONDS = 0.05
LONGEST_SECONDS = 1800.0
OTHERS = 10_000_000
"""Numbers of new objects that the other stream has not."""
REST_SECONDS = 6.0
"""For the last answers."""
LATENCY_TOPIC = "pipeline-latency"


def run(plan: Plan) -> Section:
    """Both, one after the other, into one database."""
    if not SHARED.is_dir():
        raise BenchmarkUnavailable("there are no real packets in ../shared/alerts to give to other objects")
    classifiers, some = load_classifiers(), templates(SHARED)
    _warm_up(classifiers, some)
    history_database(plan.databases, plan.stream_objects, plan.stream_detections)
    past_database(plan.databases, plan.stream_objects, plan.stream_detections, some, classifiers)
    broker = Broker()
    topic = _filled_topic(broker, plan, some)
    if plan.only_fill:
        return Section(name="pipeline", figures=[], notes=["filled, not measured"])
    with plan.databases.used_up(DATABASE) as url, _archive() as folder:
        settings = {
            "ARRAYAN_DATABASE_URL": url,
            "ARRAYAN_ARCHIVE_URL": folder,
            "ARRAYAN_KAFKA_BOOTSTRAP": broker.bootstrap,
        }
        latency = _latency(plan, broker, settings, some)
        print_report([latency], {})  # the rest takes long, and may be interrupted
        sustained = _sustained(plan, topic, settings, classifiers)
    broker.stop()
    return Section(
        name="pipeline",
        figures=[*sustained.figures, *latency.figures],
        notes=[*sustained.notes, *latency.notes],
    )


def _warm_up(classifiers: Sequence[Classifier], some: Sequence[Template]) -> None:
    """Let each classifier answer once: what it compiles at the first call, workers find compiled."""
    gathered = GatheredAlerts()
    known = known_objects(len(some))
    for number, template in enumerate(some):
        (found,) = decode("bench", template.packet(known.names[number], number, 10.0, 10.0, 0))
        assert isinstance(found, ReceivedAlert)
        gathered.add(found)
    for classifier in classifiers:
        subjects = (one for one in gathered.subjects(classifier.needs) if isinstance(one, Subject))
        answers = (classifier.classify([subject])[0] for subject in subjects)
        if next((one for one in answers if isinstance(one, Classification)), None) is None:
            raise BenchmarkUnavailable(f"{classifier.name} answers for none of the packets")


@contextmanager
def _archive() -> Iterator[str]:
    """The archive of the past, to be written to and removed."""
    try:
        yield str(archive_folder())
    finally:
        shutil.rmtree(archive_folder(), ignore_errors=True)


def _filled_topic(broker: Broker, plan: Plan, some: list[Template]) -> str:
    number = plan.pipeline_alerts
    known = known_objects(plan.stream_objects)
    return broker.filled(
        f"pipeline-{plan.stream_objects}-{number}",
        number,
        lambda: islice(alerts(known, round(1.1 * number), some, SEED), number),
    )


def _sustained(plan: Plan, topic: str, settings: Mapping[str, str], classifiers: Sequence[Classifier]) -> Section:
    say(f"{topic}: {CONSUMERS} consumers, {plan.workers} workers")
    servers = server_processes(plan.databases.server_url)
    before = {kind: processor_seconds(pids) for kind, pids in servers.items()}
    with psycopg.connect(settings["ARRAYAN_DATABASE_URL"], autocommit=True) as session:
        begun = _answers(session)
    with running(topic, settings, consumers=CONSUMERS, workers=plan.workers, stop_at_end=True) as processes:
        with Watch(processes):
            deadline = time.monotonic() + LONGEST_SECONDS
            while processes.are_consuming or processes.is_behind:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"not done after {LONGEST_SECONDS} s: {processes.samples[-1]}")
                time.sleep(0.2)
        processes.end()
    spent = {kind: processor_seconds(pids) - before[kind] for kind, pids in servers.items()}
    with psycopg.connect(settings["ARRAYAN_DATABASE_URL"], autocommit=True) as session:
        answers = {name: number - begun.get(name, 0) for name, number in _answers(session).items()}
    return _told(plan, processes, spent, answers, classifiers)


def _answers(session: psycopg.Connection[Any]) -> dict[str, int]:
    rows = session.execute(
        "SELECT name, count(*) FROM classification JOIN classifier USING (classifier_id) "
        "WHERE ts > now() - interval '1 day' GROUP BY name"
    )
    return dict(rows.fetchall())


class Sustained:
    """Rates from the first look at which alerts were stored, for as long as there were alerts to take."""

    def __init__(self, samples: Sequence[Sample], stored_before: int) -> None:
        stored = [sample.stored - stored_before for sample in samples]
        first = next(place for place, number in enumerate(stored) if number > 0)
        last = next(place for place, number in enumerate(stored) if number >= 0.97 * stored[-1])
        done = next(place for place, s in enumerate(samples) if s.answered == samples[-1].answered)
        self.samples, self.first, self.last, self.done = samples, samples[first], samples[last], samples[done]
        self.all_stored = stored[-1]
        self.began = samples[max(first - 1, 0)].time

    @property
    def intake(self) -> float:
        """Alerts a second, stored."""
        return (self.last.stored - self.first.stored) / (self.last.time - self.first.time)

    @property
    def answers(self) -> float:
        """Answers a second, stored, meanwhile."""
        return (self.last.answered - self.first.answered) / (self.last.time - self.first.time)

    @property
    def whole(self) -> float:
        """Alerts a second until the last answer is stored, the start and the end included."""
        return self.all_stored / (self.done.time - self.began)

    def waiting(self, sample: Sample) -> int:
        return sum(sample.waiting.values())


def _told(
    plan: Plan,
    processes: Processes,
    servers: Mapping[str, float],
    answers: Mapping[str, int],
    classifiers: Sequence[Classifier],
) -> Section:
    seen = Sustained(processes.samples, processes.samples[0].stored)
    number = plan.pipeline_alerts
    ingest, classify = (processes.processor(f"database for {kind}") for kind in (CONSUMER, WORKER))

    def cost(name: str, seconds: float) -> Figure:
        return Figure(name=f"  processor time of {name}", unit="ms/alert", ours=[1000 * seconds / number])

    def cost_of_answer(classifier: str, stage: str) -> Figure:
        per_answer = 1000 * processes.stages[classifier, stage] / max(answers.get(classifier, 0), 1)
        return Figure(name=f"  worker, {classifier}: {stage}", unit="ms/answer", ours=[per_answer])

    middle = [sample for sample in seen.samples if seen.first.time <= sample.time <= seen.last.time]
    half = len(middle) // 2
    first_half, second_half = (max(map(seen.waiting, part)) for part in (middle[:half], middle[half:]))
    names = " and ".join(one.name for one in classifiers) or "no classifier"
    kept = f"{seen.waiting(seen.last)} objects waited when the last alerts came in"
    return Section(
        name="pipeline",
        figures=[
            Figure(
                name=f"alerts to answers ({names}), all done",
                unit="alerts/s",
                ours=[seen.whole],
                peer_name="wanted",
                peer=[GOAL],
                goal=Goal(">=", 1.0),
            ),
            Figure(name="  alerts stored meanwhile", unit="alerts/s", ours=[seen.intake]),
            Figure(name="  answers stored meanwhile", unit="answers/s", ours=[seen.answers]),
            Figure(
                name="  most objects waiting, second half",
                unit="objects",
                ours=[second_half],
                peer_name="first half",
                peer=[max(first_half, 1)],
            ),
            cost("the consumers", processes.processor(CONSUMER)),
            cost("the workers", processes.processor(WORKER)),
            cost("the database for ingest", ingest),
            cost("the database for classification", classify),
            cost("the database besides", servers["the database"] - ingest - classify),
            cost("the broker", servers["the broker"]),
            *(cost_of_answer(*key) for key in sorted(processes.stages)),
            Figure(name="  most memory of a worker", unit="MB", ours=[processes.memory_mb[WORKER]]),
        ],
        notes=[
            f"{number} packets of {PARTITIONS} partitions ({CODEC}) by {CONSUMERS} consumers and {plan.workers} "
            f"workers, onto {plan.stream_objects} objects with {plan.stream_detections} detections and answers of "
            f"before; {SHARE_OF_NEW_OBJECTS:.0%} about new objects, the others on {NIGHTS} nights in a row.",
            f"{seen.all_stored} alerts stored in {seen.last.time - seen.began:.0f} s, the last answer after "
            f"{seen.done.time - seen.began:.0f} s; answers: {answers}; {kept}; said at the end: "
            f"{processes.reports}.",
        ],
    )


def _latency(plan: Plan, broker: Broker, settings: Mapping[str, str], some: list[Template]) -> Section:
    """From the moment a packet is given to Kafka to the moment its answer can be read."""
    number = LATENCY_RATE * LATENCY_SECONDS
    known = known_objects(plan.stream_objects)

    def packets() -> Iterator[bytes]:
        return islice(alerts(known, 10 * number, some, LATENCY_SEED, first_new=OTHERS), number)

    candids = [_candid(packet) for packet in packets()]
    topic = broker.fresh(LATENCY_TOPIC)
    say(f"{number} alerts, {LATENCY_RATE} a second")
    with running(topic, settings, consumers=CONSUMERS, workers=plan.workers, stop_at_end=False) as processes:
        time.sleep(WARM_UP_SECONDS / 2)  # the group is assembled
        with Watch(processes), AnswerWatch(settings["ARRAYAN_DATABASE_URL"]) as answered:
            sent = _send_in_time(broker.bootstrap, topic, packets())
            time.sleep(REST_SECONDS)
        processes.end()
    broker.forget(topic)
    return _latencies(dict(zip(candids, sent, strict=True)), answered.seen, processes)


def _candid(packet: bytes) -> int:
    (found,) = decode("bench", packet)
    assert isinstance(found, ReceivedAlert)
    return found.alert.candid


def _send_in_time(bootstrap: str, topic: str, packets: Iterator[bytes]) -> list[float]:
    """When each was sent, at a steady rate."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=CODEC, max_request_size=10_000_000)
    sent = []
    began = time.time()
    for number, packet in enumerate(packets):
        time.sleep(max(0.0, began + number / LATENCY_RATE - time.time()))
        sent.append(time.time())
        producer.send(topic, packet, partition=number % PARTITIONS)
    producer.close()
    return sent


class AnswerWatch(threading.Thread):
    """Sees answers as they come to be readable."""

    def __init__(self, url: str) -> None:
        super().__init__(name="answers", daemon=True)
        self.seen: dict[tuple[str, int], float] = {}
        """By classifier and candid of the alert that caused it."""
        self._url = url
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as session:
            while not self._over.wait(LOOK_SECONDS):
                rows = session.execute(
                    "SELECT name, candid FROM classification JOIN classifier USING (classifier_id) "
                    "WHERE ts > now() - interval '5 seconds'",
                    prepare=True,
                ).fetchall()
                now = time.time()
                for row in rows:
                    self.seen.setdefault(row, now)


def _latencies(sent: Mapping[int, float], seen: Mapping[tuple[str, int], float], processes: Processes) -> Section:
    begun = min(sent.values()) + WARM_UP_SECONDS
    by_classifier: dict[str, list[float]] = {}
    for (name, candid), moment in seen.items():
        if sent.get(candid, 0.0) >= begun:
            by_classifier.setdefault(name, []).append(moment - sent[candid])
    if not by_classifier:
        raise RuntimeError(f"no answers were seen; the processes said {processes.reports}")
    every = [seconds for some in by_classifier.values() for seconds in some]
    median, high = map(float, np.percentile(every, (50, 95)))
    waiting = processes.samples[-1].waiting
    return Section(
        name="latency",
        figures=[
            Figure(
                name=f"packet sent to answer stored at {LATENCY_RATE} alerts/s, median", unit="s", ours=[median]
            ),
            Figure(
                name="  95 of 100",
                unit="s",
                ours=[high],
                peer_name="allowed",
                peer=[LATENCY_GOAL_SECONDS],
                goal=Goal("<=", 1.0),
            ),
            *(
                Figure(name=f"  of {name}, 95 of 100", unit="s", ours=[float(np.percentile(some, 95))])
                for name, some in sorted(by_classifier.items())
            ),
        ],
        notes=[
            f"latency: of {len(sent)} alerts in {LATENCY_SECONDS} s, {len(every)} answers after the first "
            f"{WARM_UP_SECONDS:.0f} s; slowest {max(every):.2f} s; looked for every {LOOK_SECONDS * 1000:.0f} ms; "
            f"waiting at the end: {waiting}."
        ],
    )
