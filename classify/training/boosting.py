"""Training of a hierarchy: balanced boosted trees, temperatures from objects held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xgboost

from classify.features.arrays import Floats, Integers, Singles
from classify.hierarchy import Hierarchy, Node, softmax
from domain.taxonomy import Taxonomy

PARAMETERS: Mapping[str, object] = {
    "objective": "multi:softprob",
    "tree_method": "hist",
    "eta": 0.1,
    "max_depth": 6,
    "min_child_weight": 3.0,
    "lambda": 2.0,
    "subsample": 0.7,
    "colsample_bytree": 0.35,
    "max_bin": 128,
    "nthread": 1,
}
"""One thread: more would give other models on other machines."""


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Features with their classes. `weight` multiplies the balancing weight of a row."""

    values: Singles
    labels: Sequence[str]
    weight: Floats

    def take(self, index: Integers) -> "TrainingRows":
        return TrainingRows(self.values[index], [self.labels[k] for k in index], self.weight[index])


def train_hierarchy(
    rows: TrainingRows, features: Sequence[str], taxonomy: Taxonomy, version: str, seed: int, rounds: int
) -> Hierarchy:
    """A model without calibration. Classes that have no rows stay in the model with a probability near 0."""
    branches = tuple(taxon.name for taxon in taxonomy.classes if taxon.parent is None)
    parent = {taxon.name: taxon.parent for taxon in taxonomy.classes}
    top_labels = [str(parent[label]) for label in rows.labels]
    nodes = []
    for branch in branches:
        inside = np.flatnonzero(np.array(top_labels) == branch)
        part = rows.take(inside)
        nodes.append(_train_node(part, taxonomy.children(branch), seed, rounds))
    top = _train_node(
        TrainingRows(rows.values, top_labels, _balanced(rows.labels) * rows.weight), branches, seed, rounds
    )
    return Hierarchy(version, tuple(features), taxonomy.leaves, top, tuple(nodes))


def _balanced(labels: Sequence[str]) -> Floats:
    """Weights that give every class the same sum, with mean 1."""
    names, inverse, counts = np.unique(np.array(labels), return_inverse=True, return_counts=True)
    return np.asarray((len(labels) / (len(names) * counts))[inverse])


def _train_node(rows: TrainingRows, classes: tuple[str, ...], seed: int, rounds: int) -> Node:
    target = np.array([classes.index(label) for label in rows.labels])
    data = xgboost.DMatrix(rows.values, label=target, weight=_balanced(rows.labels) * rows.weight, missing=np.nan)
    parameters = {**PARAMETERS, "num_class": len(classes), "seed": seed}
    return Node(classes, xgboost.train(parameters, data, num_boost_round=rounds))


@dataclass(frozen=True, slots=True)
class Logits:
    """Outputs of the models of a hierarchy, top first, for objects that it was not trained on."""

    nodes: tuple[Floats, ...]


def logits_of(model: Hierarchy, values: Floats) -> Logits:
    rows = values.astype(np.float32)
    return Logits(
        tuple(
            np.asarray(node.booster.inplace_predict(rows, predict_type="margin", missing=np.nan), dtype=np.float64)
            for node in (model.top, *model.branches)
        )
    )


def fit_temperatures(logits: Logits, labels: Sequence[str], taxonomy: Taxonomy, weight: Floats) -> list[float]:
    """Of each model, top first: the temperature of smallest balanced cross-entropy."""
    branches = [taxon.name for taxon in taxonomy.classes if taxon.parent is None]
    parent = {taxon.name: str(taxon.parent) for taxon in taxonomy.classes}
    chosen = np.array([parent[label] for label in labels])
    found = []
    for number, node in enumerate(logits.nodes):
        inside = np.arange(len(labels)) if number == 0 else np.flatnonzero(chosen == branches[number - 1])
        classes = branches if number == 0 else list(taxonomy.children(branches[number - 1]))
        own = [str(chosen[k]) if number == 0 else labels[k] for k in inside.tolist()]
        target = np.array([classes.index(label) for label in own])
        balance = _balanced([labels[k] for k in inside.tolist()]) * weight[inside]
        found.append(_temperature(node[inside], target, balance))
    return found


def _temperature(logits: Floats, target: Integers, weight: Floats) -> float:
    best, chosen = np.inf, 1.0
    for temperature in np.exp(np.linspace(np.log(0.5), np.log(3.0), 60)):
        chance = softmax(logits / temperature)[np.arange(len(target)), target]
        cost = float(-(weight * np.log(np.maximum(chance, 1e-12))).sum() / weight.sum())
        if cost < best:
            best, chosen = cost, float(temperature)
    return chosen


def calibrated(model: Hierarchy, temperatures: Sequence[float]) -> Hierarchy:
    """The model with these temperatures, top first."""
    top, *branches = (
        replace(node, temperature=temperature)
        for node, temperature in zip((model.top, *model.branches), temperatures, strict=True)
    )
    return replace(model, top=top, branches=tuple(branches))
