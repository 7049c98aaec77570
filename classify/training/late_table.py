"""The table that the late classifier is trained and tested on: features of real and simulated light curves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.extraction import BAND_NAMES, FEATURE_NAMES, JOINT_NAMES, feature_vector
from classify.features.photometry import BANDS, Photometry
from classify.taxonomies.late import LATE
from classify.training.cutting import cut_at_detection
from classify.training.labelled import LabelledCurve, has_enough, read_labelled
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

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class LateTable:
    """One row per light curve; `values` has the columns of FEATURE_NAMES."""

    object_id: tuple[str, ...]
    group: tuple[str, ...]
    source: tuple[str, ...]
    label: tuple[str, ...]
    is_simulated: Integers
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
            self.values[index],
        )

    def columns(self, names: Sequence[str]) -> Floats:
        place = {name: k for k, name in enumerate(FEATURE_NAMES)}
        return self.values[:, [place[name] for name in names]]


def table_of(curves: Iterable[LabelledCurve]) -> LateTable:
    """Features of light curves."""
    kept = [(c.object_id, c.group, c.source, c.label, c.is_simulated, feature_vector(c.photometry)) for c in curves]
    columns = list(zip(*kept, strict=True)) if kept else [()] * 6
    return LateTable(
        columns[0],
        columns[1],
        columns[2],
        columns[3],
        np.array(columns[4], dtype=np.int64),
        np.array(columns[5], dtype=np.float64).reshape(-1, len(FEATURE_NAMES)),
    )


def joined(tables: Sequence[LateTable]) -> LateTable:
    """Tables one after the other."""
    return LateTable(
        tuple(chain.from_iterable(table.object_id for table in tables)),
        tuple(chain.from_iterable(table.group for table in tables)),
        tuple(chain.from_iterable(table.source for table in tables)),
        tuple(chain.from_iterable(table.label for table in tables)),
        np.concatenate([table.is_simulated for table in tables]),
        np.concatenate([table.values for table in tables]),
    )


def build_table(folder: Path, simulated_per_class: int, seed: int, on_progress: Progress) -> LateTable:
    """Everything there is to train and test on: the labelled objects of a folder, and simulated ones."""
    curves = list(read_labelled(folder, LATE, seed))
    times = [observed_times(curve.photometry) for curve in curves if curve.source == _TIMES_FROM]
    tables = []
    for source in sorted({curve.source for curve in curves}):
        of_source = [curve for curve in curves if curve.source == source]
        tables.append(table_of(chain(of_source, cut_copies(of_source, seed))))
        on_progress(source, len(tables[-1]))
    for label in LATE.leaves:
        tables.append(table_of(simulate_curves(label, simulated_per_class, seed, times)))
        on_progress(f"simulated {label}", len(tables[-1]))
    return joined(tables)


CUT = "~cut"
"""Ends the names of copies that were cut short; they are for training only."""
_SHORTEST_CUT = 6


def cut_copies(curves: Iterable[LabelledCurve], seed: int) -> Iterator[LabelledCurve]:
    """Each light curve up to a moment between its sixth detection and its end: what the stream shows of it
    earlier."""
    for curve in curves:
        rng = np.random.default_rng([seed, 6, *curve.object_id.encode()])
        most = int(curve.photometry.points.max())
        if most > _SHORTEST_CUT + 1:
            kept = int(np.exp(rng.uniform(np.log(_SHORTEST_CUT), np.log(most))))
            cut = cut_at_detection(curve.photometry, kept)
            if has_enough(cut):
                yield replace(curve, object_id=curve.object_id + CUT, photometry=cut)


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
