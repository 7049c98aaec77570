"""A real Kafka broker for tests: the one that `deploy/kafka.sh` starts, when it is installed here."""

import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition  # type: ignore[import-untyped]
from kafka.errors import KafkaError  # type: ignore[import-untyped]

from runtime.kafka import KafkaConnection
from tests.support.databases import REPOSITORY

PREFIX = "arrayan-test-"
SCRIPT = REPOSITORY / "deploy" / "kafka.sh"
LEFT_BEHIND_SECONDS = 3600


def pytest_report_header(config: pytest.Config) -> str:
    told = _run("status")
    where = told.stderr.strip().removeprefix("kafka: ")
    return f"kafka: {where}{', started when it is needed' if told.returncode == 1 else ''}"


@dataclass
class Kafka:
    """A broker, and the topics that a test made there."""

    bootstrap: str
    token: str = field(default_factory=lambda: f"{PREFIX}{int(time.time())}-{secrets.token_hex(3)}-")

    def __post_init__(self) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        self._count = 0

    @property
    def connection(self) -> KafkaConnection:
        return KafkaConnection(self.bootstrap)

    def name(self, ending: str = "") -> str:
        """A name that nobody else uses, for a topic or a group."""
        self._count += 1
        return f"{self.token}{self._count}{ending}"

    def topic(self, partitions: int = 1, *, name: str | None = None, **configuration: str) -> str:
        """A new topic."""
        name = name or self.name()
        wanted = {"num_partitions": partitions, "replication_factor": 1, "configs": configuration}
        self._admin.create_topics({name: wanted}, wait_for_metadata=True)
        return name

    def send(
        self,
        topic: str,
        contents: Iterable[bytes | None],
        *,
        partition: int | None = None,
        codec: str | None = None,
        time_ms: int | None = None,
    ) -> None:
        """Send messages and wait until the broker has them; to all partitions in turn unless one is named."""
        with closing(
            KafkaProducer(
                bootstrap_servers=self.bootstrap, compression_type=codec, max_request_size=10_000_000, linger_ms=5
            )
        ) as producer:
            partitions = sorted(producer.partitions_for(topic))
            sent = [
                producer.send(
                    topic,
                    content,
                    key=b"alert",  # a message without a value must have one
                    partition=partitions[index % len(partitions)] if partition is None else partition,
                    timestamp_ms=time_ms,
                )
                for index, content in enumerate(contents)
            ]
            for promise in sent:
                promise.get(timeout=30)

    def contents(self, topic: str) -> Iterator[bytes]:
        """The messages of a topic that are there now, partition by partition."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, enable_auto_commit=False)
        try:
            for number in sorted(consumer.partitions_for_topic(topic) or ()):
                partition = TopicPartition(topic, number)
                consumer.assign([partition])
                consumer.seek_to_beginning(partition)
                end = consumer.end_offsets([partition])[partition]
                while consumer.position(partition) < end:
                    for records in consumer.poll(1000).values():
                        yield from (bytes(record.value) for record in records)
        finally:
            consumer.close()

    def delete_before(self, topic: str, offset: int, partition: int = 0) -> None:
        """Delete messages, as a broker does with old ones."""
        self._admin.delete_records({TopicPartition(topic, partition): offset})

    def members(self, group: str) -> int:
        """How many consumers are in a group."""
        return len(self._describe(group).get("members") or ())

    def is_stable(self, group: str) -> bool:
        return bool(self._describe(group).get("group_state") == "Stable")

    def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Committed offsets by topic and partition."""
        found = self._admin.list_group_offsets({group: None}).get(group, {})
        return {(p.topic, p.partition): told.offset for p, told in found.items() if told.offset >= 0}

    def delete_leftovers(self) -> None:
        """Topics of test runs that were killed."""
        old = [
            name
            for name in self._admin.list_topics()
            if name.startswith(PREFIX) and time.time() - int(name.split("-")[2]) > LEFT_BEHIND_SECONDS
        ]
        self._delete(old)

    def delete_topics(self) -> None:
        """Those of this test. A broker that ends with its test needs no such care."""
        self._delete([name for name in self._admin.list_topics() if name.startswith(self.token)])

    def close(self) -> None:
        """To be called before the broker ends: a client that has lost it complains into the tests that follow."""
        self._admin.close()

    def _describe(self, group: str) -> dict[str, Any]:
        found: dict[str, Any] = self._admin.describe_groups([group]).get(group, {})
        return found

    def _delete(self, names: list[str]) -> None:
        if names:
            self._admin.delete_topics(names)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """Address of a broker; a skip with the reason where there is none."""
    if bootstrap := os.environ.get("ARRAYAN_TEST_KAFKA"):
        return bootstrap
    started = _run("start", "--installed")
    if started.returncode != 0:
        pytest.skip((started.stderr.strip().splitlines() or ["kafka: it does not start"])[-1])
    return started.stdout.strip()


@pytest.fixture(scope="module")
def kafka(kafka_bootstrap: str) -> Iterator[Kafka]:
    """The broker, for topics of this module alone."""
    with closing(Kafka(kafka_bootstrap)) as broker:
        broker.delete_leftovers()
        yield broker
        broker.delete_topics()


@pytest.fixture(scope="module", autouse=True)
def no_client_left() -> Iterator[None]:
    """A client of Kafka that a module leaves behind would write its warnings into what later tests read."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("kafka-io-")]
    assert not left, f"clients of Kafka were not closed: {left}"


class SecuredBroker(NamedTuple):
    """Where a broker listens for everybody, where for one user, and the certificate that it shows there."""

    bootstrap: str
    login_bootstrap: str
    ca_file: str


class OwnBroker:
    """A broker for one test alone, which may stop it."""

    def __init__(self) -> None:
        self._name = f"test-{os.getpid()}-{secrets.token_hex(2)}"

    def start(self) -> str:
        """Start it, at the same address as before; its topics are kept."""
        started = _run("start", "--installed", "--name", self._name)
        assert started.returncode == 0, started.stderr
        return started.stdout.strip()

    def start_with_login(self, user: str, password: str) -> "SecuredBroker":
        """Start it, new, so that it also listens for a user with a password."""
        started = _run("start", "--installed", "--name", self._name, "--login", f"{user}:{password}")
        if started.returncode == 3:
            pytest.skip(started.stderr.strip().splitlines()[-1])
        assert started.returncode == 0, started.stderr
        return SecuredBroker(*started.stdout.split())

    def stop(self) -> None:
        _run("stop", "--name", self._name)

    def kill(self) -> None:
        """End it as a power cut does to a process: no goodbye, nothing written any more."""
        (pid,) = (int(cwd.parent.name) for cwd in Path("/proc").glob("[0-9]*/cwd") if self._is_folder(cwd))
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}/cwd").exists():
            time.sleep(0.02)

    def _is_folder(self, cwd: Path) -> bool:
        """A broker's process lives in the folder of its name."""
        try:
            return cwd.readlink().parts[-2:] == ("brokers", self._name)
        except OSError:
            return False

    def destroy(self) -> None:
        _run("destroy", "--name", self._name)


@pytest.fixture
def own_broker(kafka_bootstrap: str) -> Iterator[OwnBroker]:
    """A broker of this test's own, where one can be had."""
    del kafka_bootstrap
    broker = own_broker_or_skip()
    yield broker
    broker.destroy()


def own_broker_or_skip() -> OwnBroker:
    """Not started yet."""
    if "ARRAYAN_TEST_KAFKA" in os.environ:
        pytest.skip("ARRAYAN_TEST_KAFKA names a broker that is not ours to stop")
    return OwnBroker()


def eventually(what: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait until something is so. A broker that answers with an error is asked again."""
    until = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except KafkaError:
            pass
        assert time.monotonic() < until, "it did not come to be in time"
        time.sleep(0.05)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [str(SCRIPT), *arguments], capture_output=True, text=True, check=False, timeout=120, cwd=REPOSITORY
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(arguments, 3, "", f"kafka: {error}")
