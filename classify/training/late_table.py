"""The table that the late classifier is trained and tested on: features of real and simulated light curves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.extraction import BAND_NAMES, FEATURE_NAMES, JOINT_NAMES, feature_vector
from classify.features.photometry import BANDS, Photometry
from classify.taxonomies.late import LATE
from classify.training.cutting import cut_at_detection
from classify.training.labelled import LabelledCurve, has_enough, read_labelled
from classify.training.other_survey import in_another_manner
from classify.training.processes import workers
from classify.training.simulated import ObservedTimes, simulate_curves
from domain.band import Band

MODEL_BANDS = (Band.g, Band.r)
TELLS_BRIGHTNESS = ("mean", "mean_variance", "excess_variance", "median_error")
TELLS_CADENCE = ("mhps_non_zero", "days_since_last_limit")
_JOINT_LEFT_OUT = frozenset(
    name for name in JOINT_NAMES if name.endswith(("ug", "ri", "iz", "zy")) or name == "period_cycles"
)
MODEL_FEATURES: tuple[str, ...] = (
    *(name for name in JOINT_NAMES if name not in _JOINT_LEFT_OUT),
    *(
        f"{name}_{band}"
        for band in MODEL_BANDS
        for name in BAND_NAMES
        if name not in (*TELLS_BRIGHTNESS, *TELLS_CADENCE)
    ),
)
"""What the model reads. Left out, because in the training data they tell the survey and so the class:
brightness, the size of errors, the number and rhythm of points, position, the source underneath, and bands that
one source alone has."""

SIMULATOR = "simulator"
"""The source of what we simulate."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class LateTable:
    """One row per light curve; `values` has the columns of FEATURE_NAMES."""

    object_id: tuple[str, ...]
    group: tuple[str, ...]
    source: tuple[str, ...]
    label: tuple[str, ...]
    is_simulated: Integers
    is_copy: Integers
    """1 for rows to train on, made of the light curve of another row; 0 for that row, to test on. Of simulated
    objects one row serves both."""
    values: Floats

    def __len__(self) -> int:
        return len(self.object_id)

    def take(self, index: Integers) -> "LateTable":
        rows = index.tolist()
        return LateTable(
            tuple(self.object_id[k] for k in rows),
            tuple(self.group[k] for k in rows),
            tuple(self.source[k] for k in rows),
            tuple(self.label[k] for k in rows),
            self.is_simulated[index],
            self.is_copy[index],
            self.values[index],
        )

    def columns(self, names: Sequence[str]) -> Floats:
        place = {name: k for k, name in enumerate(FEATURE_NAMES)}
        return self.values[:, [place[name] for name in names]]

    @property
    def to_test(self) -> Integers:
        return np.flatnonzero(self.is_copy == 0)

    @property
    def to_train(self) -> Integers:
        return np.flatnonzero((self.is_copy == 1) | (np.array(self.source) == SIMULATOR))


class _Row(NamedTuple):
    curve: LabelledCurve
    is_copy: bool


def table_of(curves: Iterable[LabelledCurve]) -> LateTable:
    """Features of light curves."""
    return _measured([_Row(curve, False) for curve in curves])


def _measured(rows: Sequence[_Row]) -> LateTable:
    return LateTable(
        tuple(row.curve.object_id for row in rows),
        tuple(row.curve.group for row in rows),
        tuple(row.curve.source for row in rows),
        tuple(row.curve.label for row in rows),
        np.array([row.curve.is_simulated for row in rows], dtype=np.int64),
        np.array([row.is_copy for row in rows], dtype=np.int64),
        np.array([feature_vector(row.curve.photometry) for row in rows]).reshape(-1, len(FEATURE_NAMES)),
    )


def joined(tables: Sequence[LateTable]) -> LateTable:
    """Tables one after the other."""
    return LateTable(
        tuple(chain.from_iterable(table.object_id for table in tables)),
        tuple(chain.from_iterable(table.group for table in tables)),
        tuple(chain.from_iterable(table.source for table in tables)),
        tuple(chain.from_iterable(table.label for table in tables)),
        np.concatenate([table.is_simulated for table in tables]),
        np.concatenate([table.is_copy for table in tables]),
        np.concatenate([table.values for table in tables]),
    )


MOST_PER_SOURCE = 300
"""Objects of one class from one source that are copied, and with that trained on; the rest is for testing only."""
MANNERS = 3
"""Copies of each in other surveys' manners."""
MISTRUSTED = frozenset({"eros1_ramp"})
"""Sources whose amplitudes cannot be right (its RR Lyrae vary by 0.02 mag): trained on as they are, with less
weight, and never in other manners, so that what they teach does not spread to other surveys."""
_CHUNK = 150


def build_table(
    folder: Path, simulated_per_class: int, seed: int, on_progress: Progress, jobs: int = 1
) -> LateTable:
    """Everything there is to train and test on: the labelled objects of a folder with their copies, and simulated
    ones. The same whatever the number of jobs (processes)."""
    curves = list(read_labelled(folder, LATE, seed))
    times = [observed_times(curve.photometry) for curve in curves if curve.source == _TIMES_FROM]
    trained = to_train_on(curves, seed)
    chunks = [
        (curves[first : first + _CHUNK], trained[first : first + _CHUNK], seed)
        for first in range(0, len(curves), _CHUNK)
    ]
    on_progress("labelled light curves", len(curves))
    with workers(jobs) as run:
        tables = list(run(_real_part, chunks))
        on_progress("rows with their copies", sum(map(len, tables)))
        simulated = list(run(_simulated_part, [(label, simulated_per_class, seed, times) for label in LATE.leaves]))
    on_progress("simulated light curves", sum(map(len, simulated)))
    return joined([*tables, *simulated])


def to_train_on(curves: Sequence[LabelledCurve], seed: int) -> list[bool]:
    """Which light curves are trained on: of each class and source up to MOST_PER_SOURCE, drawn by seed."""
    taken: Counter[tuple[str, str]] = Counter()
    chosen = [False] * len(curves)
    for row in np.random.default_rng(seed).permutation(len(curves)).tolist():
        key = (curves[row].source, curves[row].label)
        taken[key] += 1
        chosen[row] = taken[key] <= MOST_PER_SOURCE
    return chosen


def _real_part(part: tuple[Sequence[LabelledCurve], Sequence[bool], int]) -> LateTable:
    curves, trained, seed = part
    rows = []
    for curve, copied in zip(curves, trained, strict=True):
        rows.append(_Row(curve, False))
        if copied:
            rows += [_Row(copy, True) for copy in copies(curve, seed)]
    return _measured(rows)


def _simulated_part(part: tuple[str, int, int, Sequence[ObservedTimes]]) -> LateTable:
    return table_of(simulate_curves(*part))


def copies(curve: LabelledCurve, seed: int) -> Iterator[LabelledCurve]:
    """The light curve as it is, cut at a random moment, and in other manners."""
    rng = np.random.default_rng([seed, 6, *curve.object_id.encode()])
    yield curve
    made = [_cut(rng, curve.photometry)]
    is_transient = curve.label in LATE.children("Transient")
    for _ in range(0 if curve.source in MISTRUSTED else MANNERS):
        made.append(in_another_manner(rng, curve.photometry, is_transient=is_transient))
    for photometry in made:
        if photometry is not None and has_enough(photometry):
            yield replace(curve, photometry=photometry)


_SHORTEST_CUT = 6


def _cut(rng: np.random.Generator, photometry: Photometry) -> Photometry | None:
    """Up to a moment between the sixth detection and the end: what the stream shows of it earlier."""
    most = int(photometry.points.max())
    if most <= _SHORTEST_CUT + 1:
        return None
    return cut_at_detection(photometry, int(np.exp(rng.uniform(np.log(_SHORTEST_CUT), np.log(most)))))


_TIMES_FROM = "bts_snia"
"""Real objects whose times of observation the simulated ones borrow: times and bands, nothing of the supernova."""


def observed_times(photometry: Photometry) -> ObservedTimes:
    """Times and bands of the measurements."""
    fid = np.concatenate(
        [
            np.full(points, {Band.g: 1, Band.r: 2}.get(band, 3))
            for band, points in zip(BANDS, photometry.points.tolist(), strict=True)
        ]
    ).astype(np.int64)
    return ObservedTimes(photometry.time + photometry.first_mjd, fid)
