"""An Apache Kafka of the benchmarks' own, with topics that are filled before the clock starts."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition  # type: ignore[import-untyped]

from benchmarks.figure import BenchmarkUnavailable
from benchmarks.progress import say

SCRIPT = Path(__file__).resolve().parents[1] / "deploy" / "kafka.sh"
NAME = "bench"
PARTITIONS = 4
CODEC = "lz4"
SAID_EVERY = 20_000


class Broker:
    """The broker, and what it holds."""

    def __init__(self) -> None:
        self.bootstrap = _script("start")

    def filled(self, topic: str, number: int, contents: Callable[[], Iterable[bytes]]) -> str:
        """A topic with some messages, spread over its partitions; kept from an earlier run when it is complete."""
        if self._size(topic) != number:
            self._fill(topic, contents())
            if (size := self._size(topic)) != number:
                raise RuntimeError(f"{topic} holds {size} messages and not {number}")
        return topic

    def forget(self, topic: str) -> None:
        """Delete a topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        if topic in admin.list_topics():
            admin.delete_topics([topic])
        admin.close()

    def stop(self) -> None:
        """Its topics stay."""
        _script("stop")

    def _size(self, topic: str) -> int:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        try:
            if topic not in consumer.topics():
                return 0
            partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
            return sum(consumer.end_offsets(partitions).values())
        finally:
            consumer.close(autocommit=False)

    def fresh(self, topic: str) -> str:
        """A topic without messages."""
        self.forget(topic)
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        wanted = {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": {"retention.ms": "-1"}}
        admin.create_topics({topic: wanted}, wait_for_metadata=True)
        admin.close()
        return topic

    def _fill(self, topic: str, contents: Iterable[bytes]) -> None:
        self.fresh(topic)
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap,
            compression_type=CODEC,
            max_request_size=10_000_000,
            batch_size=1_000_000,
            linger_ms=20,
        )
        for number, content in enumerate(contents):
            producer.send(topic, content, partition=number % PARTITIONS)
            if number % SAID_EVERY == 0:
                say(f"  {number} messages in {topic}")
        producer.flush()
        producer.close()


def _script(command: str) -> str:
    done = subprocess.run([str(SCRIPT), command, "--name", NAME], check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise BenchmarkUnavailable("there is no Apache Kafka here: see docs/development.md")
    return done.stdout.strip()
