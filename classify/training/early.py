"""Training of the early classifier: simulated alerts first, then real ones among them; one seed, one model.

Real labelled alerts are few, and the only ones that can tell how the model does on the sky. So the model that is
kept learns from all of them, and its score is that of models of the same recipe, each trained without a fifth
of the objects and tested on these: cross-validation by object.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from classify.stamps.metadata import NAMES, Scaling
from classify.training.early_augment import blurred_numbers, forgotten, residuals, weathered
from classify.training.early_examples import (
    UNLABELLED,
    EarlySet,
    examples_in,
    is_simulated,
    joined,
    name_digest,
    simulated_examples,
)
from classify.training.early_labels import CLASSES
from classify.training.early_network import (
    build_metadata_network,
    build_network,
    for_all_orientations,
    to_tflite,
    views_of,
)
from classify.training.early_validation import area_under_curve, folds_of, recalls, temperature_of
from simulate.night import DEFAULT_MJD

Rows = NDArray[np.float32]
Build = Callable[[int, int], keras.Model]
Progress = Callable[[str], None]

VERSION = "1.0.0"
BOGUS = CLASSES.index("bogus")
SHARES: Mapping[str, float] = {
    "SNIa": 0.14,
    "SNIbc": 0.03,
    "SNII": 0.05,
    "SLSN": 0.03,
    "QSO": 0.10,
    "AGN": 0.08,
    "Blazar": 0.03,
    "CV/Nova": 0.05,
    "YSO": 0.03,
    "LPV": 0.05,
    "E": 0.03,
    "DSCT": 0.01,
    "RRL": 0.04,
    "CEP": 0.02,
    "Periodic-Other": 0.02,
    "asteroid": 0.14,
    "bogus": 0.18,
}
"""Of the simulated objects: no class is rare."""
_LABEL_SMOOTHING = 0.06
_BATCH = 64
_LIMIT = 4.0
_WEAK_BOGUS, _WEAK_REAL = 0.1, 0.9
"""Unlabelled alerts to which the survey gave less are learned from as bogus, those with more as anything
but bogus. They are never tested on."""
_NIGHT = 10**15
"""A candid begins with days."""


@dataclass(frozen=True)
class Recipe:
    """How long to train on what."""

    seed: int = 1
    nights: int = 8
    alerts_a_night: int = 2400
    epochs: int = 8
    fine_epochs: int = 6
    simulated_per_epoch: int = 6000
    real_per_epoch: int = 4000
    residual_share: float = 0.10
    """Bogus residuals made of simulated alerts, for each simulated alert."""
    residuals: int = 150
    """Made of real ones."""
    folds: int = 5


class Material(NamedTuple):
    """Examples in the form in which the network takes them."""

    views: NDArray[np.float16]
    vectors: Rows
    missing: NDArray[np.bool_]
    labels: NDArray[np.int64]
    targets: Rows
    """Probabilities to learn; where there is no label, only those of `with_guesses` mean anything."""
    groups: NDArray[np.str_]
    nights: NDArray[np.int64]
    """0 where it is not known."""

    @classmethod
    def of(cls, examples: EarlySet) -> "Material":
        return cls(
            views_of(examples.pixels),
            examples.vectors,
            examples.missing,
            examples.labels,
            np.eye(len(CLASSES), dtype=np.float32)[examples.labels],
            examples.groups,
            examples.candids // _NIGHT,
        )


def prepared_simulation(simulated: EarlySet, recipe: Recipe) -> Material:
    """The simulated alerts, weathered, with bogus residuals made of a part of them."""
    rng = np.random.default_rng([recipe.seed, 1])
    made = residuals(simulated, rng, int(recipe.residual_share * len(simulated)))
    return Material.of(joined([weathered(simulated, rng), made]))


def prepared_real(real: EarlySet, recipe: Recipe) -> Material:
    """Labelled real alerts, unlabelled ones of which the survey is sure whether they are bogus, and residuals made
    of them all."""
    rng = np.random.default_rng([recipe.seed, 2])
    unlabelled = (real.labels == UNLABELLED) & np.isfinite(real.vectors).any(axis=1)
    bogus = real[unlabelled & (real.real_bogus < _WEAK_BOGUS)].relabelled(BOGUS, "survey score")
    others = real[unlabelled & (real.real_bogus > _WEAK_REAL)]
    known = real[real.labels != UNLABELLED]
    made = residuals(joined([known, bogus]), rng, recipe.residuals)
    return Material.of(joined([known, bogus, made, others]))


def with_guesses(real: Material, network: keras.Model, scaling: Scaling) -> Material:
    """Alerts that are not bogus, as we trust, get the network's own probabilities of the other classes to learn."""
    guessed = real.labels == UNLABELLED
    if not guessed.any():
        return real
    odds = np.exp(logits_of(network, take(real, np.flatnonzero(guessed)), scaling))
    odds[:, BOGUS] = 0.0
    targets = real.targets.copy()
    targets[guessed] = odds / odds.sum(axis=1, keepdims=True)
    return real._replace(targets=targets)


def scaling_of(vectors: Rows) -> Scaling:
    """Medians, and widths of the middle two thirds."""
    centre = np.nanmedian(vectors, axis=0)
    low, high = np.nanpercentile(vectors, [16, 84], axis=0)
    scale = np.maximum((high - low) / 2, np.nanstd(vectors, axis=0) / 4)
    scale = np.where(scale > 0, scale, 1.0)
    return Scaling(NAMES, centre.astype(np.float32), scale.astype(np.float32), _LIMIT)


def pretrained(build: Build, simulated: Material, scaling: Scaling, recipe: Recipe) -> keras.Model:
    """The network after the simulated sky."""
    keras.utils.set_random_seed(recipe.seed)
    network = build(2 * len(NAMES) + 3, len(CLASSES))
    rng = np.random.default_rng([recipe.seed, 3])
    weights = _balance(simulated.labels)
    for epoch in range(recipe.epochs):
        rate = 1e-3 * (0.5 * (1 + np.cos(np.pi * epoch / recipe.epochs)) + 0.05)
        order = rng.choice(len(weights), len(weights), p=weights)
        _fit(network, _epoch(simulated, order, scaling, rng, blur=True), rate)
    return network


def refined(
    network: keras.Model, simulated: Material, real: Material, scaling: Scaling, recipe: Recipe
) -> keras.Model:
    """A copy of the network that has seen real alerts too; each object and each class counts alike."""
    keras.utils.set_random_seed(recipe.seed)
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    rng = np.random.default_rng([recipe.seed, 4])
    of_simulated, of_real = _balance(simulated.labels), _balance(real.labels, real.groups)
    for epoch in range(recipe.fine_epochs):
        rate = 5e-4 * (0.5 * (1 + np.cos(np.pi * epoch / recipe.fine_epochs)) + 0.05)
        some = rng.choice(len(of_simulated), recipe.simulated_per_epoch, p=of_simulated)
        few = rng.choice(len(of_real), recipe.real_per_epoch, p=of_real)
        parts = [
            _epoch(simulated, some, scaling, rng, blur=True),
            _epoch(real, few, scaling, rng, blur=True),
        ]
        _fit(copy, _shuffled(parts, rng), rate)
    return copy


def logits_of(network: keras.Model, material: Material, scaling: Scaling) -> Rows:
    """Mean logits of all eight orientations, as the exported graph gives them."""
    rows = _scaled(material.vectors, material.missing, scaling)
    if len(network.inputs) == 1:
        return np.asarray(network.predict(rows, batch_size=512, verbose=0))
    total = np.zeros((len(rows), network.outputs[0].shape[1]), np.float32)
    for turn in range(8):
        views = _turned(material.views, turn).astype(np.float32)
        total += network.predict([views, rows], batch_size=512, verbose=0)
    return np.asarray(total / np.float32(8), np.float32)


def take(material: Material, rows: NDArray[np.int64]) -> Material:
    return Material._make(column[rows] for column in material)


def _balance(labels: NDArray[np.int64], groups: NDArray[np.str_] | None = None) -> NDArray[np.float64]:
    """Chance of each row such that classes are equal, and within a class its objects, more or less."""
    weight = np.ones(len(labels))
    if groups is not None:
        _, place, count = np.unique(groups, return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(count[place])
    for label in np.unique(labels):
        weight[labels == label] /= weight[labels == label].sum()
    return np.asarray(weight / weight.sum())


class _Epoch(NamedTuple):
    views: Rows
    rows: Rows
    targets: Rows


def _epoch(
    material: Material, chosen: NDArray[np.int64], scaling: Scaling, rng: np.random.Generator, *, blur: bool
) -> _Epoch:
    """The chosen alerts, each in an orientation drawn anew, with numbers blurred and struck."""
    vectors, labels = material.vectors[chosen], material.labels[chosen]
    if blur:
        vectors = blurred_numbers(vectors, labels, rng)
    rows = forgotten(_scaled(vectors, material.missing[chosen], scaling), rng)
    views = material.views[chosen].astype(np.float32)
    turns = rng.integers(8, size=len(chosen))
    for turn in range(8):
        views[turns == turn] = _turned(views[turns == turn], turn)
    targets = material.targets[chosen]
    return _Epoch(views, rows, targets * (1 - _LABEL_SMOOTHING) + _LABEL_SMOOTHING / targets.shape[1])


def _shuffled(parts: list[_Epoch], rng: np.random.Generator) -> _Epoch:
    order = rng.permutation(sum(len(part.rows) for part in parts))
    return _Epoch(*(np.concatenate(column)[order] for column in zip(*parts, strict=True)))


def _scaled(vectors: Rows, missing: NDArray[np.bool_], scaling: Scaling) -> Rows:
    return np.concatenate([scaling.apply(vectors), missing], axis=1, dtype=np.float32)


def _turned(images: NDArray[Any], turn: int) -> NDArray[Any]:
    """One of eight orientations."""
    if turn >= 4:
        images = images.transpose(0, 2, 1, 3)
    if turn & 1:
        images = images[:, ::-1]
    if turn & 2:
        images = images[:, :, ::-1]
    return images


def _fit(network: keras.Model, epoch: _Epoch, rate: float) -> None:
    if not network.compiled:
        network.compile(keras.optimizers.Adam(rate), keras.losses.CategoricalCrossentropy(from_logits=True))
    network.optimizer.learning_rate = rate
    inputs = epoch.rows if len(network.inputs) == 1 else [epoch.views, epoch.rows]
    network.fit(inputs, epoch.targets, batch_size=_BATCH, epochs=1, shuffle=False, verbose=0)


def simulated_sky(recipe: Recipe, on_progress: Progress) -> EarlySet:
    """Nights spread over a year, so that every part of the sky is in one, with all classes in number."""
    nights = []
    for night in range(recipe.nights):
        mjd = DEFAULT_MJD + round((night - recipe.nights / 2) * 365 / recipe.nights)
        alerts = simulated_examples(recipe.alerts_a_night, 1000 * recipe.seed + night, mjd, SHARES)
        nights.append(EarlySet.of(alerts))
        on_progress(f"simulated {(night + 1) * recipe.alerts_a_night} alerts")
    return joined(nights)


def train(folders: Sequence[Path], output: Path, recipe: Recipe, on_progress: Progress) -> None:
    """Write the model, its siblings that leave out a fifth each, and their description. Raises NoExamples."""
    keras.utils.clear_session()  # the names of layers are counted, and stand in the files
    real = EarlySet.of(examples_in(folders))
    real = real[real.known_survey & ~is_simulated(real)]
    on_progress(f"{len(real)} real alerts, {int((real.labels != UNLABELLED).sum())} with a label")
    simulation = prepared_simulation(simulated_sky(recipe, on_progress), recipe)
    material = prepared_real(real, recipe)
    rng = np.random.default_rng([recipe.seed, 6])
    scaling = scaling_of(blurred_numbers(simulation.vectors, simulation.labels, rng))
    first = _first_labelled(real)
    output.mkdir(parents=True, exist_ok=True)
    folds = folds_of(material.groups, material.nights, material.labels, recipe.folds)
    temperatures, simulated_only = {}, {}
    for kind, build, stem in (
        ("all", build_network, "model"),
        ("metadata", build_metadata_network, "metadata_only"),
    ):
        network = pretrained(build, simulation, scaling, recipe)
        on_progress(f"{stem}: trained on simulated alerts")
        material = with_guesses(material, network, scaling)
        alone = logits_of(network, take(material, first), scaling).argmax(axis=1)
        simulated_only[kind] = recalls(material.labels[first], alone)
        on_progress(f"{stem}: recall on real alerts, of which none was learned from so far: {simulated_only[kind]}")
        logits = np.zeros((len(material.labels), len(CLASSES)), np.float32)
        for fold in range(recipe.folds):
            model = refined(network, simulation, take(material, np.flatnonzero(folds != fold)), scaling, recipe)
            held = np.flatnonzero(folds == fold)
            logits[held] = logits_of(model, take(material, held), scaling)
            _write(model, output / f"{_FOLD_STEM[kind]}_{fold}.tflite")
            on_progress(f"{stem}: tested on fold {fold + 1} of {recipe.folds}")
        temperatures[kind] = temperature_of(logits[first], material.labels[first])
        _write(refined(network, simulation, material, scaling, recipe), output / f"{stem}.tflite")
    shift = {
        kind: _separability(build, simulation, material, scaling, recipe) for kind, build in _SEPARATORS.items()
    }
    on_progress(f"simulated from real, area under the curve: {shift}")
    learnt = {name_digest(str(name)): int(fold) for name, fold in zip(material.groups, folds, strict=True)}
    _write_json(output / "learnt_from.json", learnt)
    _write_json(
        output / "model.json",
        {
            "version": VERSION,
            "classes": CLASSES,
            "temperature": temperatures,
            "metadata": scaling.as_json(),
            "recipe": asdict(recipe),
            "simulated_from_real_auc": shift,
            "recall_on_real_after_simulated_only": simulated_only,
        },
    )


def _first_labelled(real: EarlySet) -> NDArray[np.int64]:
    """Rows of the material, which begins with the labelled alerts: the earliest of each object."""
    known = real[real.labels != UNLABELLED]
    order = np.argsort(known.candids, kind="stable")
    _, first = np.unique(known.groups[order], return_index=True)
    return np.asarray(order[first])


def _separability(build: Build, simulated: Material, real: Material, scaling: Scaling, recipe: Recipe) -> float:
    """How well a network of the same form tells simulated alerts from real ones of the same class: the area under
    the curve on the half of the objects that it has not seen. 0.5 were a perfect simulator, 1 is none."""
    rng = np.random.default_rng([recipe.seed, 7])
    some = np.flatnonzero((real.labels != BOGUS) & (real.labels != UNLABELLED))
    blurred = blurred_numbers(simulated.vectors, simulated.labels, rng)
    alike = np.array([rng.choice(np.flatnonzero(simulated.labels == label)) for label in real.labels[some]])
    made, seen = take(simulated._replace(vectors=blurred), alike), take(real, some)
    both = Material._make(np.concatenate([one, other]) for one, other in zip(made, seen, strict=True))
    is_real = np.repeat([0, 1], len(some))
    both = both._replace(labels=is_real, targets=np.eye(2, dtype=np.float32)[is_real])
    half = np.array([int(name_digest(str(name)), 16) % 2 for name in both.groups])
    scores = np.zeros(len(is_real))
    for part in (0, 1):
        keras.utils.set_random_seed(recipe.seed)
        network = build(2 * len(NAMES) + 3, 2)
        train_on = np.flatnonzero(half != part)
        for _ in range(15):
            order = rng.permutation(np.repeat(train_on, 2))
            _fit(network, _epoch(both, order, scaling, rng, blur=False), 1e-3)
        held = np.flatnonzero(half == part)
        logits = logits_of(network, take(both, held), scaling)
        scores[held] = logits[:, 1] - logits[:, 0]
    return round(area_under_curve(scores, is_real == 1), 3)


_SEPARATORS: Mapping[str, Build] = {"all": build_network, "metadata": build_metadata_network}
_FOLD_STEM = {"all": "fold", "metadata": "metadata_only_fold"}


def _write(network: keras.Model, path: Path) -> None:
    path.write_bytes(to_tflite(network if len(network.inputs) == 1 else for_all_orientations(network)))


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def make_repeatable() -> None:
    """One thread and no reordered sums: to be called before anything else of TensorFlow."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
