"""Reads events of Arrayán from a Kafka topic, and prints one line for each: pip install kafka-python fastavro

python consume_events.py 127.0.0.1:9092 arrayan.classified.early.SN my-group
"""

import io
import sys

import fastavro
from kafka import KafkaConsumer


def main(bootstrap: str, topic: str, group: str, most: int | None = None) -> None:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,  # we say ourselves when an event is dealt with
    )
    seen = set()  # an event may come twice, under the same id; a program that restarts keeps these
    for message in consumer:
        (event,) = fastavro.reader(io.BytesIO(message.value))  # the schema comes with each message
        if event["eventId"] not in seen:
            seen.add(event["eventId"])
            deal_with(event)
        consumer.commit()
        if len(seen) == most:
            break
    consumer.close()


def deal_with(event: dict) -> None:
    what = event.get("class", "alert")
    print(event["eventId"], event["objectId"], event["ra"], event["dec"], what, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
