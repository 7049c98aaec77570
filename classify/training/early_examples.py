"""Labelled alerts as arrays: from packets with a table of labels, from tables of stamps, from the simulator.

A folder may hold `labels.csv` (columns objectId and label) beside packets in any arrangement below it,
`stamps.parquet` with the columns of a table of stamps, or nights of the simulator with their truth.
"""

import csv
import gzip
import hashlib
import io
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from classify.stamps.metadata import NAMES, NOTHING, Metadata, vector_of
from classify.stamps.triplet import CHANNELS, KINDS, SIZE, triplet_of
from classify.training.early_labels import CLASSES, agreed_class
from domain.alert import Alert
from domain.band import Band
from domain.dead_letter import MalformedPacket
from domain.errors import ArrayanError
from domain.stamp import StampKind
from simulate.classes import OBJECT_SHARES
from simulate.night import DEFAULT_MJD, simulate_alerts
from simulate.truth import TRUTH_SUFFIX
from surveys.avro import read_container
from surveys.registry import survey_of_schema
from surveys.survey import Survey
from surveys.ztf import BANDS, CUTOUTS, UNSET, Ztf

UNLABELLED = -1
LABELS, STAMPS = "labels.csv", "stamps.parquet"
MORE_LABELS = "labels_ztf.csv.gz"
_STAMP_COLUMNS = {
    StampKind.SCIENCE: "cutout_science",
    StampKind.TEMPLATE: "cutout_template",
    StampKind.DIFFERENCE: "cutout_difference",
}
SIMULATED = "simulated"
SIMULATED_NAMES = "ZTF00"


class NoExamples(ArrayanError):
    """A folder without a single labelled alert that has stamps."""


class Example(NamedTuple):
    """One alert to learn from, or to be tested on."""

    group: str
    """The object's name: alerts of one object are never divided."""
    label: str | None
    source: str
    """Where it was found; `simulated` for the simulator's."""
    stamps: Mapping[StampKind, bytes]
    metadata: Metadata | None
    real_bogus: float | None
    """The survey's own verdict (deep, else random forest); for a test of agreement, never an input."""
    candid: int
    """Grows with time; 0 when the alert came without one."""
    known_survey: bool
    """Whether the stamps are those of a survey that the model knows."""


@dataclass(frozen=True)
class EarlySet:
    """Examples as parallel arrays."""

    pixels: NDArray[np.float16]
    """n x SIZE x SIZE x CHANNELS, as `Triplet.pixels`."""
    vectors: NDArray[np.float32]
    """n x len(NAMES), not scaled, NaN where there is none."""
    missing: NDArray[np.bool_]
    """n x 3: stamps that are not there."""
    labels: NDArray[np.int64]
    """Index into CLASSES, or UNLABELLED."""
    groups: NDArray[np.str_]
    sources: NDArray[np.str_]
    real_bogus: NDArray[np.float32]
    candids: NDArray[np.int64]
    known_survey: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: NDArray[Any]) -> Self:
        return type(self)(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @classmethod
    def of(cls, examples: Iterable[Example]) -> Self:
        pixels, vectors, missing, rows = [], [], [], []
        for example in examples:
            triplet = triplet_of(example.stamps)
            pixels.append(triplet.pixels.astype(np.float16))
            missing.append(triplet.missing)
            vectors.append(vector_of(NOTHING if example.metadata is None else example.metadata))
            rows.append(example._replace(stamps={}))
        return cls(
            pixels=np.array(pixels, np.float16).reshape(-1, SIZE, SIZE, CHANNELS),
            vectors=np.array(vectors, np.float32).reshape(-1, len(NAMES)),
            missing=np.array(missing, bool).reshape(-1, 3),
            labels=np.array(
                [UNLABELLED if row.label is None else CLASSES.index(row.label) for row in rows], np.int64
            ),
            groups=np.array([row.group for row in rows], np.str_),
            sources=np.array([row.source for row in rows], np.str_),
            real_bogus=np.array([np.nan if row.real_bogus is None else row.real_bogus for row in rows], np.float32),
            candids=np.array([row.candid for row in rows], np.int64),
            known_survey=np.array([row.known_survey for row in rows], bool),
        )

    def with_pixels(self, pixels: NDArray[np.float16]) -> Self:
        """The same alerts with other stamps; which of them are missing is read from the pixels."""
        gone = ~np.any(pixels[..., : len(KINDS)] != 0, axis=(1, 2))
        return replace(self, pixels=pixels, missing=gone)

    def with_vectors(self, vectors: NDArray[np.float32]) -> Self:
        return replace(self, vectors=vectors)

    def relabelled(self, label: int, source: str) -> Self:
        """The same rows as examples of another class, from another source; groups stay."""
        return replace(
            self, labels=np.full(len(self), label, np.int64), sources=np.full(len(self), source, np.str_)
        )


def joined(sets: Sequence[EarlySet]) -> EarlySet:
    """All rows of some sets."""
    names = EarlySet.__dataclass_fields__
    return EarlySet(**{name: np.concatenate([getattr(one, name) for one in sets]) for name in names})


def is_simulated(examples: EarlySet) -> NDArray[np.bool_]:
    return np.asarray(examples.sources == SIMULATED)


def name_digest(name: str) -> str:
    """What is kept of the name of an object that a model has learned from."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def examples_in(folders: Sequence[Path]) -> Iterator[Example]:
    """Every alert with stamps below some folders, once, labelled where a label is agreed on.

    Alerts of one candid in several files are one alert. Files that hold no alerts are passed over.
    Raises NoExamples when there is none at all.
    """
    labels = _Labels.of(folders)
    seen: set[tuple[str, int]] = set()
    for example in _all(folders, labels):
        key = (example.group, example.candid)
        if example.candid == 0 or key not in seen:
            seen.add(key)
            yield example
    if not seen:
        raise NoExamples(f"no alert with stamps below {', '.join(map(str, folders))}")


class _Labels:
    """Agreed class by object."""

    def __init__(self, labels: Mapping[str, set[str]]) -> None:
        self._labels = labels

    @classmethod
    def of(cls, folders: Sequence[Path]) -> Self:
        found: dict[str, set[str]] = defaultdict(set)
        for folder in folders:
            for path in sorted(folder.rglob(LABELS)):
                for row in _rows(path.open(encoding="utf-8", newline="")):
                    found[row["objectId"]].add(row["label"])
            for path in sorted(folder.rglob(f"*{TRUTH_SUFFIX}")):
                for row in _rows(path.open(encoding="utf-8", newline="")):
                    found[row["objectId"]].add(row["class"])
            for path in sorted(folder.rglob(MORE_LABELS)):
                for row in _rows(io.StringIO(gzip.decompress(path.read_bytes()).decode())):
                    found[row["object_id"]].add(row.get("class_early") or "")
        return cls(found)

    def of_object(self, name: str) -> str | None:
        return agreed_class(self._labels.get(name, ()))


def _rows(file: IO[str]) -> Iterator[dict[str, str]]:
    with file:
        yield from csv.DictReader(file)


def _all(folders: Sequence[Path], labels: _Labels) -> Iterator[Example]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or "odd" in path.relative_to(folder).parts:
                continue
            if path.name == STAMPS:
                yield from _of_table(path, labels)
            else:
                for alert in _alerts(path):
                    if alert.stamps:
                        yield example_of(alert, labels.of_object(alert.object_name), _source_of(alert))


def example_of(alert: Alert, label: str | None, source: str) -> Example:
    own, metadata = alert.detection, Metadata.of_alert(alert)
    verdict = own.real_bogus if own.deep_real_bogus is None else own.deep_real_bogus
    known = metadata is not None
    return Example(alert.object_name, label, source, alert.stamps, metadata, verdict, alert.candid, known)


def simulated_examples(
    alerts: int, seed: int, mjd: float = DEFAULT_MJD, shares: Mapping[str, float] = OBJECT_SHARES
) -> Iterator[Example]:
    """Alerts of a simulated night, read from their packets as any others are."""
    survey = Ztf()
    for made in simulate_alerts(alerts, seed, mjd, shares=shares):
        for found in read_container(made.packet):
            yield example_of(survey.parse(found.record), made.truth.early_class, SIMULATED)


def _source_of(alert: Alert) -> str:
    """The survey; no real object has the names of the simulator's."""
    return SIMULATED if alert.object_name.startswith(SIMULATED_NAMES) else alert.survey.value


def _alerts(path: Path) -> Iterator[Alert]:
    """The alerts in a file or an archive; what cannot be read is no example."""
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield from _parsed(_avro_records(content.read()))
    elif path.suffix == ".parquet":
        yield from _parsed(_parquet_rows(path))
    elif path.suffix == ".avro":
        yield from _parsed(_avro_records(path.read_bytes()))


def _parsed(records: Iterator[tuple[Survey, Any]]) -> Iterator[Alert]:
    try:
        for survey, record in records:
            try:
                yield survey.parse(record)
            except (MalformedPacket, AttributeError, LookupError, TypeError, ValueError):
                continue
    except MalformedPacket:
        return


def _avro_records(content: bytes) -> Iterator[tuple[Survey, Any]]:
    for found in read_container(content):
        yield survey_of_schema(found.schema), found.record


def _parquet_rows(path: Path) -> Iterator[tuple[Survey, Any]]:
    """Rows in which a broker keeps the packet's records as nested columns."""
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    wanted = ["objectId", "candid", "candidate", *CUTOUTS.values()]
    if set(wanted) <= set(file.schema_arrow.names):
        for batch in file.iter_batches(batch_size=16, columns=wanted):
            for row in batch.to_pylist():
                yield Ztf(), row


def _of_table(path: Path, labels: _Labels) -> Iterator[Example]:
    """Rows of a table of stamps: the packet's fields as columns, and the label."""
    import pyarrow.parquet

    for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=32):
        for row in batch.to_pylist():
            stamps = {kind: row[column] for kind, column in _STAMP_COLUMNS.items() if row[column]}
            label = row["class_early"] or labels.of_object(row["object_id"])
            verdict = _set(row.get("drb"))
            verdict = _set(row.get("rb")) if verdict is None else verdict
            metadata = _metadata_of_row(row)
            candid = int(row["candid"]) if str(row["candid"]).isdigit() else 0
            yield Example(
                row["object_id"], label, row["source"], stamps, metadata, verdict, candid, known_survey=True
            )


def _metadata_of_row(row: Mapping[str, Any]) -> Metadata | None:
    """None for a row that has nothing but stamps."""
    if row.get("jd") is None:
        return None

    def get(name: str) -> float | None:
        return _set(row.get(name))

    band: Band | None = BANDS.get(int(row["fid"])) if row.get("fid") else None
    positive = row.get("isdiffpos")
    counts = [None if get(name) is None else int(row[name]) for name in ("ndethist", "ncovhist")]
    return Metadata(
        band=band,
        is_positive=None if positive is None else str(positive).lower() in {"t", "1", "true"},
        magnitude=get("magpsf"),
        magnitude_error=get("sigmapsf"),
        limiting_magnitude=get("diffmaglim"),
        ra=get("ra"),
        dec=get("dec"),
        fwhm=get("fwhm"),
        star_galaxy_sextractor=get("classtar"),
        reference_distance=get("distnr"),
        reference_magnitude=get("magnr"),
        reference_magnitude_error=get("sigmagnr"),
        reference_chi=get("chinr"),
        reference_sharpness=get("sharpnr"),
        catalog_star_scores=(get("sgscore1"), get("sgscore2"), get("sgscore3")),
        catalog_distances=(get("distpsnr1"), get("distpsnr2"), get("distpsnr3")),
        detections=counts[0],
        coverages=counts[1],
    )


def _set(value: float | None) -> float | None:
    return None if value is None or value == UNSET or not np.isfinite(value) else float(value)
