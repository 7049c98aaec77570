"""The early classifier: an object's first stamps and what its packet says beside them, into five classes.

The model is a TensorFlow Lite file with a description beside it: version, how metadata are scaled, and the
temperature that makes its probabilities calibrated. docs/models/early.md says what it learned from and what it
is not good for.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from classify.classifier import Failure, Need, Subject
from classify.stamps.metadata import SURVEYS, Metadata, Scaling, vector_of
from classify.stamps.triplet import Triplet, triplet_of
from classify.taxonomies.early import EARLY
from domain.classification import Classification, FeatureDefinition
from domain.taxonomy import Taxonomy

MODELS = Path(__file__).parents[1] / "models" / "early"
MODEL, METADATA_ONLY, DESCRIPTION = "model.tflite", "metadata_only.tflite", "model.json"
_AT_ONCE = 8
"""Alerts in one run of the network: more only take more memory."""

Rows = NDArray[np.float32]


class EarlyModel:
    """A network with its description: arrays in, probabilities out. Not for two threads at once."""

    def __init__(self, folder: Path = MODELS, file: str = MODEL) -> None:
        written: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        self.version: str = written["version"]
        self.classes: tuple[str, ...] = tuple(written["classes"])
        self._scaling = Scaling.from_json(written["metadata"])
        # Kept here: the runner would otherwise be the only one to hold the interpreter's memory.
        self._interpreter = Interpreter(str(folder / file), num_threads=1)
        self._run = self._interpreter.get_signature_runner()
        self._reads_stamps = "stamps" in self._run.get_input_details()
        (self._output,) = self._run.get_output_details()
        self._temperature = float(written["temperature"]["all" if self._reads_stamps else "metadata"])

    def probabilities(self, pixels: NDArray[Any], vectors: Rows, missing: NDArray[np.bool_]) -> NDArray[np.float64]:
        """A row per alert, a column per class. Takes `Triplet.pixels`, unscaled numbers and `Triplet.missing`."""
        rows = np.concatenate([self._scaling.apply(vectors), missing], axis=1, dtype=np.float32)
        found = [
            self._logits(pixels[first : first + _AT_ONCE], rows[first : first + _AT_ONCE])
            for first in range(0, len(rows), _AT_ONCE)
        ]
        logits = np.concatenate(found).astype(float) / self._temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def _logits(self, pixels: NDArray[Any], rows: Rows) -> Rows:
        """Inputs go by name: the converter orders them as it likes."""
        inputs: dict[str, NDArray[Any]] = {"metadata": np.ascontiguousarray(rows)}
        if self._reads_stamps:
            inputs["stamps"] = np.ascontiguousarray(pixels, np.float32)
        return np.array(self._run(**inputs)[self._output])


class _Ready(NamedTuple):
    """A subject that the network can be asked about."""

    subject: Subject
    triplet: Triplet
    vector: Rows


class Early:
    """See the module."""

    name = "early"
    needs = Need.STAMPS | Need.METADATA
    surveys = SURVEYS
    description = (
        "From the first stamps and the packet's metadata alone: a first guess for rising supernovae and against "
        "asteroids and artefacts, minutes after the first alert. It was trained on ZTF's stamps and fields."
    )

    features: tuple[FeatureDefinition, ...] = ()

    def __init__(self) -> None:
        self._model = EarlyModel()

    @property
    def version(self) -> str:
        return self._model.version

    @property
    def taxonomy(self) -> Taxonomy:
        return EARLY

    def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
        """One outcome per subject, in their order. Stamps that are small, masked, or missing beside another are
        classified like all others."""
        outcomes: list[_Ready | Failure] = [_readied(subject) for subject in batch]
        ready = [outcome for outcome in outcomes if isinstance(outcome, _Ready)]
        answers = iter(self._answers(ready))
        return [outcome if isinstance(outcome, Failure) else next(answers) for outcome in outcomes]

    def _answers(self, ready: Sequence[_Ready]) -> list[Classification]:
        if not ready:
            return []
        found = self._model.probabilities(
            np.stack([one.triplet.pixels for one in ready]),
            np.stack([one.vector for one in ready]),
            np.array([one.triplet.missing for one in ready]),
        )
        return [
            Classification(
                object_id=one.subject.object_id,
                classifier=self.name,
                version=self.version,
                candid=one.subject.candid,
                probabilities=dict(zip(self._model.classes, row.tolist(), strict=True)),
                features=None,
            )
            for one, row in zip(ready, found, strict=True)
        ]


def _readied(subject: Subject) -> _Ready | Failure:
    if subject.alert is None:
        return Failure(subject.object_id, "no alert of the object has stamps")
    metadata = Metadata.of_alert(subject.alert)
    if metadata is None:
        return Failure(
            subject.object_id, f"the model knows the stamps and fields of ZTF, not those of {subject.survey}"
        )
    triplet = triplet_of(subject.alert.stamps)
    if all(triplet.missing):
        return Failure(subject.object_id, f"none of the stamps of candid {subject.alert.candid} holds an image")
    return _Ready(subject, triplet, vector_of(metadata))
