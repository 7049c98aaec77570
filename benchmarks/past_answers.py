"""What classifiers have said in seven years: known objects have an alert with stamps, answers and features.

Without it every known object would be new to the classifiers, and their tables would be empty.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from psycopg import Connection

from benchmarks.databases import BenchDatabases
from benchmarks.history import DATABASE as HISTORY
from benchmarks.history import known_objects
from benchmarks.progress import say
from benchmarks.rekeyed_packets import Template
from classify.classifier import Classifier
from classify.worker import kind_of, make_current
from domain.classification import ClassifierKind
from domain.growth import FIRST_DETECTIONS
from domain.packet import ReceivedAlert
from domain.stamp import StampKind
from ingest.decoding import decode
from storage.alert_store import ALERT_ROWS
from storage.classifiers import Registered
from storage.copying import Row
from storage.database import connect
from storage.packet_archive import PacketArchive

DATABASE = "pipeline"
FEATURES = 190
"""About as many as the late classifier has: what is stored before need not be those."""

_ANSWERED = {
    ClassifierKind.STAMPS: "true",
    ClassifierKind.LIGHT_CURVE: (
        "EXISTS (SELECT FROM band_statistics b WHERE b.object_id = object.object_id "
        "AND b.detection_count >= %(first_detections)s)"
    ),
}
_LATEST = """
INSERT INTO latest_classification (object_id, candid, mjd, ts, classifier_id, probability, second_probability,
    classifier, class, second_class, probabilities)
SELECT object_id, last_candid, last_mjd, timestamptz '1858-11-17 00:00+00' + last_mjd * interval '1 day',
    %(classifier_id)s, top, 0.9 * (1 - top), %(name)s, leaves[1 + place], leaves[1 + (place + 1) %% size],
    ARRAY(SELECT CASE i WHEN place THEN top WHEN (place + 1) %% size THEN 0.9 * (1 - top)
        ELSE 0.1 * (1 - top) / greatest(size - 2, 1) END FROM generate_series(0, size - 1) AS i)
FROM (SELECT object_id, last_candid, last_mjd, %(leaves)s::text[] AS leaves,
        cardinality(%(leaves)s::text[]) AS size,
        abs(hashint8(object_id) %% cardinality(%(leaves)s::text[])) AS place, (0.4 + 0.55 * random())::real AS top
    FROM object WHERE {answered} OFFSET 0) one
"""
_HISTORY = """
INSERT INTO classification (object_id, ts, candid, mjd, classifier_id, probabilities)
SELECT object_id, ts, candid, mjd, classifier_id, probabilities FROM latest_classification WHERE classifier_id = %s
"""
_FEATURES = """
INSERT INTO feature (object_id, classifier_id, values)
SELECT object_id, classifier_id, array_fill(random(), ARRAY[%s]) FROM latest_classification WHERE classifier_id = %s
"""


def archive_folder() -> Path:
    """Where the packets of the past are: beside the database for as long as that."""
    return Path(tempfile.gettempdir()) / "arrayan-bench-pipeline"


def past_database(
    databases: BenchDatabases,
    objects: int,
    detections: int,
    some: Sequence[Template],
    classifiers: Sequence[Classifier],
) -> None:
    """Fill a copy of the history with the answers of some classifiers, unless an earlier run has."""

    def fill(url: str) -> None:
        shutil.rmtree(archive_folder(), ignore_errors=True)
        with connect(url, role="bench") as connection:
            say("  first alerts")
            _first_alerts(connection, PacketArchive(str(archive_folder())), objects, some)
            for classifier in classifiers:
                say(f"  answers of {classifier.name}")
                _answers(connection, make_current(connection, classifier), kind_of(classifier.needs))
            connection.execute("UPDATE classifier SET has_queued_existing = true")

    versions = ", ".join(f"{one.name} {one.version}" for one in classifiers)
    contents = f"{objects} objects with {detections} detections, answers of {versions or 'nobody'}"
    databases.kept(DATABASE, contents, fill, template=HISTORY)


def _first_alerts(connection: Connection, archive: PacketArchive, objects: int, some: Sequence[Template]) -> None:
    """One for each object. They share the packets of the templates: their contents are of no concern here."""
    known = known_objects(objects)
    received = [_received(template, known.names[0]) for template in some]
    places = archive.write([one.packet for one in received])
    spans = [[number for kind in StampKind for number in one.stamp_spans.get(kind, (0, 0))] for one in received]

    found = connection.execute("SELECT object_id, last_candid, first_mjd FROM object").fetchall()

    def rows() -> Iterator[Row]:
        for number, (object_id, candid, mjd) in enumerate(found):
            place = places[number % len(places)]
            yield object_id, candid, mjd, "g", place.file, *place.span, spans[number % len(places)]

    with connection.transaction():
        ALERT_ROWS.append(connection, rows())


def _received(template: Template, name: str) -> ReceivedAlert:
    (found,) = decode("bench", template.packet(name, 0, 10.0, 10.0, 0))
    assert isinstance(found, ReceivedAlert)
    return found


def _answers(connection: Connection, by: Registered, kind: ClassifierKind) -> None:
    parameters = {
        "classifier_id": by.classifier_id,
        "name": by.name,
        "leaves": by.leaves,
        "first_detections": FIRST_DETECTIONS,
    }
    connection.execute(_LATEST.format(answered=_ANSWERED[kind]).encode(), parameters)
    connection.execute(_HISTORY, (by.classifier_id,))
    if kind is ClassifierKind.LIGHT_CURVE:
        connection.execute(_FEATURES, (FEATURES, by.classifier_id))
