"""Labelled light curves from a folder with `objects.parquet` and `lightcurves.parquet`.

The columns are described in docs/models/late.md. A band of another survey stands for the nearest of ours: one
passband per object and band, the first that has three points, so that no two systems are mixed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from classify.features.arrays import Integers
from classify.features.photometry import Limit, Measurement, Photometry, sorted_photometry
from classify.training.errors import UnusableData
from domain.band import Band
from domain.taxonomy import Taxonomy

STANDS_FOR: Mapping[Band, tuple[str, ...]] = {
    Band.u: ("u",),
    Band.g: ("g", "B_eros", "ext1_macho", "V", "B"),
    Band.r: ("r", "R", "R_eros", "ext2_macho", "CRTS", "C", "Clear", "G", "orange"),
    Band.i: ("i", "I"),
    Band.z: ("z",),
    Band.y: ("y",),
}
"""Passbands by the letter they are taken for, best first."""

LONGEST_BAND = 150
"""Points of a band; more are thinned to a number between 20 and this, drawn by object (seeded): the long
surveys have hundreds, an alert stream has not."""
SHORTEST_BAND = 20
MICROJANSKY_ZERO_POINT = 23.9
_SIGMAS = 5.0


@dataclass(frozen=True, slots=True)
class LabelledCurve:
    """One light curve with its class. `group` is the unit that a split never divides."""

    object_id: str
    group: str
    source: str
    label: str
    is_simulated: bool
    photometry: Photometry


def read_labelled(folder: Path, taxonomy: Taxonomy, seed: int = 1) -> Iterator[LabelledCurve]:
    """Objects with a class of the taxonomy, without `label_conflict`, that have 6 points in g or in r.

    Raises UnusableData where files, columns or pyarrow are missing.
    """
    objects = _read(folder / "objects.parquet", _OBJECT_COLUMNS).to_pylist()
    rows = _Rows(_read(folder / "lightcurves.parquet", _POINT_COLUMNS))
    for item in objects:
        if item["class_late"] not in taxonomy.leaves or item["label_conflict"]:
            continue
        photometry = rows.photometry(item["object_id"], seed)
        if photometry is not None and has_enough(photometry):
            yield LabelledCurve(
                item["object_id"],
                item["group_id"],
                item["source"],
                item["class_late"],
                bool(item["is_simulated"]),
                photometry,
            )


def has_enough(photometry: Photometry) -> bool:
    """Six measurements in g or in r: what the late classifier asks for."""
    counts = dict(zip(Band, photometry.points.tolist(), strict=True))
    return bool(max(counts[Band.g], counts[Band.r]) >= 6)


_OBJECT_COLUMNS = ("object_id", "group_id", "source", "class_late", "is_simulated", "label_conflict")
_POINT_COLUMNS = (
    *("object_id", "mjd", "band", "mag", "magerr", "flux_ujy", "fluxerr_ujy", "upper_limit", "diff_pos"),
)


def _read(path: Path, columns: tuple[str, ...]) -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UnusableData("training data are Parquet files: install arrayan[parquet]") from error
    if not path.is_file():
        raise UnusableData(f"no {path.name} in {path.parent}; docs/models/late.md says what a data folder holds")
    missing = set(columns) - set(parquet.read_schema(path).names)
    if missing:
        raise UnusableData(f"{path} has no column {', '.join(sorted(missing))}")
    return parquet.read_table(path, columns=list(columns))


class _Rows:
    """Points by object."""

    def __init__(self, table: Any) -> None:
        names = table["object_id"].cast("string").combine_chunks()
        encoded = names.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
        self._of = {name: order[edges[k] : edges[k + 1]] for k, name in enumerate(encoded.dictionary.to_pylist())}
        bands = table["band"].cast("string").combine_chunks().dictionary_encode()
        self._band = bands.indices.to_numpy(zero_copy_only=False)
        self._band_names = bands.dictionary.to_pylist()
        self._columns = {
            name: table[name].to_numpy(zero_copy_only=False).astype(np.float64)
            for name in ("mjd", "mag", "magerr", "flux_ujy", "fluxerr_ujy")
        }
        self._is_limit = np.array([bool(flag) for flag in table["upper_limit"].to_pylist()])
        self._sign = np.array(
            [0 if flag is None else 1 if flag else -1 for flag in table["diff_pos"].to_pylist()], dtype=np.int64
        )

    def photometry(self, object_id: str, seed: int) -> Photometry | None:
        index = self._of.get(object_id)
        if index is None:
            return None
        rng = np.random.default_rng([seed, *object_id.encode()])
        measurements: list[Measurement] = []
        limits: list[Limit] = []
        for band in Band:
            chosen = self._one_passband(index, band)
            if chosen is None:
                continue
            for row in chosen[self._is_limit[chosen]]:
                limits.append(Limit(float(self._columns["mjd"][row]), band, float(self._columns["mag"][row])))
            points = chosen[~self._is_limit[chosen]]
            for row in thinned(points, rng):
                self._add(int(row), band, measurements, limits)
        return sorted_photometry(measurements, limits, is_apparent=False)

    def _one_passband(self, index: Integers, band: Band) -> Integers | None:
        for name in STANDS_FOR[band]:
            if name in self._band_names:
                rows: Integers = index[self._band[index] == self._band_names.index(name)]
                if (~self._is_limit[rows]).sum() >= 3:
                    return rows
        return None

    def _add(self, row: int, band: Band, measurements: list[Measurement], limits: list[Limit]) -> None:
        mjd, magnitude = float(self._columns["mjd"][row]), float(self._columns["mag"][row])
        flux, flux_error = float(self._columns["flux_ujy"][row]), float(self._columns["fluxerr_ujy"][row])
        sign = int(self._sign[row])
        if np.isfinite(magnitude):
            if sign == 0 and np.isfinite(flux):
                sign = 1 if flux > 0 else -1
            measurements.append(Measurement(mjd, band, magnitude, float(self._columns["magerr"][row]), sign))
        elif flux_error > 0:
            limits.append(Limit(mjd, band, MICROJANSKY_ZERO_POINT - 2.5 * log10(_SIGMAS * flux_error)))


def thinned(rows: Integers, rng: np.random.Generator) -> Integers:
    """At most LONGEST_BAND of the rows of a band, in order."""
    if len(rows) <= LONGEST_BAND:
        return rows
    kept = int(rng.integers(SHORTEST_BAND, LONGEST_BAND + 1))
    return np.sort(rng.choice(rows, kept, replace=False))
