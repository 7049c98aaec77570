"""Training, in small, and the network in Keras beside its lite form; only where TensorFlow is installed."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the extra `train` is not installed")

from pathlib import Path

from classify.classifiers.early import EarlyModel
from classify.stamps.metadata import NAMES
from classify.stamps.triplet import CHANNELS, SIZE
from classify.training import early
from classify.training.early_network import build_network, for_all_orientations, to_tflite
from tests.support.ztf_packets import container, packet


@pytest.fixture(scope="module", autouse=True)
def _repeatable() -> None:
    early.make_repeatable()


def test_lite_form_answers_as_keras_does(tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    model = for_all_orientations(build_network(2 * len(NAMES) + 3, 5))
    (tmp_path / "m.tflite").write_bytes(to_tflite(model))
    rng = np.random.default_rng(2)
    stamps = rng.normal(size=(5, SIZE, SIZE, CHANNELS)).astype(np.float32)
    metadata = rng.normal(size=(5, 2 * len(NAMES) + 3)).astype(np.float32)
    interpreter = Interpreter(str(tmp_path / "m.tflite"), num_threads=1)
    (lite,) = interpreter.get_signature_runner()(metadata=metadata, stamps=stamps).values()
    np.testing.assert_allclose(lite, model.predict([stamps, metadata], verbose=0), atol=1e-5)


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    names = [f"ZTF20aaaaaa{letter}" for letter in "abcdefghijklmnopqrst"]
    labels = ["AGN", "SN", "VS", "asteroid", "bogus"] * 4
    rows = [f"{name},{label}" for name, label in zip(names, labels, strict=True)]
    (data / "labels.csv").write_text("\n".join(["objectId,label", *rows]))
    (data / "a.avro").write_bytes(container(*(packet(name, 2459000.5 + k) for k, name in enumerate(names))))
    recipe = early.Recipe(
        nights=1,
        alerts_a_night=120,
        epochs=1,
        fine_epochs=1,
        simulated_per_epoch=64,
        real_per_epoch=32,
        residuals=4,
        folds=2,
    )
    for output in ("first", "second"):
        early.train([data], tmp_path / output, recipe, lambda said: None)
    files = sorted(file.name for file in (tmp_path / "first").iterdir())
    assert len(files) == 8
    for file in files:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes(), file
    EarlyModel(tmp_path / "first")
