"""Boosted trees over a taxonomy of two levels: one model chooses the branch, one per branch its leaf.

P(leaf) = P(branch) x P(leaf | branch), as Sánchez-Sáez et al. (2021, AJ 161 141) do with forests. Each model's
logits are divided by its temperature, which was fitted on objects that it had not seen (Guo et al. 2017).
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost

from classify.features.arrays import Floats, Singles
from domain.errors import ArrayanError
from domain.taxonomy import Taxonomy

TOP = "top"
_MANIFEST = "model.json"


class BrokenModel(ArrayanError):
    """Model files that are missing or do not fit together."""


@dataclass(frozen=True, slots=True)
class Node:
    """One model: which classes it tells apart, in the order of its outputs, and the temperature of its logits."""

    classes: tuple[str, ...]
    booster: xgboost.Booster
    temperature: float = 1.0

    def probabilities(self, rows: Floats | Singles) -> Floats:
        """Rows x classes."""
        margins = self.booster.inplace_predict(rows, predict_type="margin", missing=np.nan)
        return softmax(np.asarray(margins, dtype=np.float64).reshape(len(rows), -1) / self.temperature)


def softmax(logits: Floats) -> Floats:
    """Row by row, without overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The top model and one per branch. `features` are the columns that rows must have, in order."""

    version: str
    features: tuple[str, ...]
    leaves: tuple[str, ...]
    top: Node
    branches: tuple[Node, ...]

    def probabilities(self, rows: Floats | Singles) -> Floats:
        """Rows x leaves; each row sums to 1."""
        if not len(rows):
            return np.zeros((0, len(self.leaves)))
        whole = self.top.probabilities(rows)
        out = np.zeros((len(rows), len(self.leaves)))
        for column, branch in enumerate(self.branches):
            places = [self.leaves.index(name) for name in branch.classes]
            out[:, places] = whole[:, [column]] * branch.probabilities(rows)
        return out

    def save(self, folder: Path) -> None:
        """Writes a manifest and one file per model: UBJSON, packed. The same model gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        nodes = [(TOP, self.top), *zip(self.top.classes, self.branches, strict=True)]
        for name, node in nodes:
            content = bytes(node.booster.save_raw("ubj"))
            (folder / _file_name(name)).write_bytes(gzip.compress(content, mtime=0))
        manifest = {
            "version": self.version,
            "features": self.features,
            "leaves": self.leaves,
            "nodes": {name: {"classes": node.classes, "temperature": node.temperature} for name, node in nodes},
        }
        (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def load_hierarchy(folder: Path, taxonomy: Taxonomy) -> Hierarchy:
    """Raises BrokenModel when files are missing or the leaves are not those of the taxonomy."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        nodes = {name: _load_node(folder, name, node) for name, node in manifest["nodes"].items()}
        loaded = Hierarchy(
            version=manifest["version"],
            features=tuple(manifest["features"]),
            leaves=tuple(manifest["leaves"]),
            top=nodes[TOP],
            branches=tuple(nodes[name] for name in nodes[TOP].classes),
        )
    except (OSError, KeyError, ValueError, xgboost.core.XGBoostError) as error:
        raise BrokenModel(f"cannot load the model in {folder}: {error}; train it again") from error
    if loaded.leaves != taxonomy.leaves:
        raise BrokenModel(f"the model in {folder} has other classes than the taxonomy {taxonomy.name}")
    return loaded


def _load_node(folder: Path, name: str, described: dict[str, object]) -> Node:
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(gzip.decompress((folder / _file_name(name)).read_bytes())))
    classes = described["classes"]
    assert isinstance(classes, list)
    return Node(tuple(map(str, classes)), booster, float(str(described["temperature"])))


def _file_name(node: str) -> str:
    return f"{node.lower()}.ubj.gz"
