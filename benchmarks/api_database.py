"""A thousand objects with everything that their page shows: 500 detections each among millions, limits, answers of
a classifier, features, and stamps in a packet archive."""

import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.databases import BenchDatabases
from benchmarks.prepared import DETECTIONS_DATABASE, SEED, detections_database
from benchmarks.progress import say
from benchmarks.synthetic_detections import SyntheticDetections
from benchmarks.synthetic_objects import object_name
from domain.band import Band
from domain.classification import ClassifierKind
from domain.packet import ReceivedAlert
from domain.stamp import StampKind
from domain.survey import SurveyName
from domain.taxonomy import TaxonClass, Taxonomy
from domain.time import datetime_from_mjd
from ingest.decoding import decode
from ingest.sources.files import RawFile, find_files, read_files
from simulate.night import write_night
from storage.alert_store import ALERT_ROWS, NON_DETECTION_ROWS, OBJECT_ROWS
from storage.classifications import HISTORY_ROWS, LATEST_ROWS, latest_row
from storage.classifiers import NewClassifier, register
from storage.copying import Row
from storage.features import store_features
from storage.packet_archive import PacketArchive
from storage.summaries import refresh_summaries

API_DATABASE = "api"
LIMITS_PER_OBJECT = 100
CLASSES = tuple(f"class{number}" for number in range(15))
FEATURES = tuple(f"feature{number}_{band}" for number in range(50) for band in "gr")
MJD = 60600.0
KIND_OF_CLASSIFIER = NewClassifier(
    "bench",
    "1",
    "For measuring.",
    ClassifierKind.LIGHT_CURVE,
    Taxonomy("bench", "1", tuple(TaxonClass(name, "A class.") for name in CLASSES)),
)


def api_database(databases: BenchDatabases, detections: SyntheticDetections, rows: int, archive: Path) -> str:
    """URL of the database; its packets are in the archive."""
    detections_database(databases, detections, rows)

    def fill(url: str) -> None:
        say(f"  {len(detections.long_object_ids)} objects with all that belongs to them")
        with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
            OBJECT_ROWS.append(connection, _objects(detections))
            NON_DETECTION_ROWS.append(connection, _limits(detections))
            refresh_summaries(connection, [], [], detections.long_object_ids, {})
            _classify(connection, detections)
            ALERT_ROWS.append(connection, _alerts(detections, PacketArchive(str(archive))))

    contents = f"{rows} detections of seed {SEED} with pages of objects in {archive}"
    return databases.kept(API_DATABASE, contents, fill, template=DETECTIONS_DATABASE)


def names(detections: SyntheticDetections) -> list[str]:
    """Of the objects with 500 detections."""
    return [object_name(number) for number in range(len(detections.long_object_ids))]


def _objects(detections: SyntheticDetections) -> list[Row]:
    """Provisional rows: the summary replaces their numbers."""
    places = zip(detections.long_object_ids, names(detections), detections.ra, detections.dec, strict=False)
    return [
        (object_id, SurveyName.ZTF, name, float(ra), float(dec), 0, 0, 0, MJD, MJD, False, 0, 0, 0, 0)
        for object_id, name, ra, dec in places
    ]


def _limits(detections: SyntheticDetections) -> list[Row]:
    random = np.random.default_rng([SEED, 21])
    return [
        (object_id, datetime_from_mjd(mjd), number, number, mjd, Band("g"), 20.5)
        for object_id in detections.long_object_ids
        for number, mjd in enumerate(sorted(random.uniform(58000, 60500, LIMITS_PER_OBJECT).tolist()))
    ]


def _classify(connection: psycopg.Connection, detections: SyntheticDetections) -> None:
    random = np.random.default_rng([SEED, 22])
    by = register(connection, KIND_OF_CLASSIFIER)
    time = datetime_from_mjd(MJD)
    latest, history, features = [], [], {}
    for object_id in detections.long_object_ids:
        probabilities = random.dirichlet(np.ones(len(CLASSES))).astype(np.float32).tolist()
        latest.append(latest_row(by, object_id, (object_id, MJD), time, probabilities))
        history.append((object_id, time, object_id, MJD, by.classifier_id, probabilities))
        features[object_id] = dict(zip(FEATURES, random.normal(size=len(FEATURES)).tolist(), strict=True))
    LATEST_ROWS.append(connection, latest)
    HISTORY_ROWS.append(connection, history)
    store_features(connection, by, features)


def _alerts(detections: SyntheticDetections, archive: PacketArchive) -> list[Row]:
    """One alert of each object, all of them the same packet."""
    received = _one_alert_with_stamps()
    (location,) = archive.write([received.packet])
    spans = [number for kind in StampKind for number in received.stamp_spans[kind]]
    where = (location.file, location.span.offset, location.span.length, spans)
    return [(object_id, object_id, MJD, Band("g"), *where) for object_id in detections.long_object_ids]


def _one_alert_with_stamps() -> ReceivedAlert:
    with tempfile.TemporaryDirectory() as folder:
        night = Path(folder) / "night.tar.gz"
        write_night(night, alerts=20, seed=SEED, processes=1)
        files = (found for found in read_files(find_files([night])) if isinstance(found, RawFile))
        for told in chain.from_iterable(decode(file.source, file.content) for file in files):
            if isinstance(told, ReceivedAlert) and len(told.stamp_spans) == len(StampKind):
                return told
    raise RuntimeError("the simulated night has no alert with three stamps")
