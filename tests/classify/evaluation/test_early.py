"""Scores: which tables, which objects, which numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from classify.classifiers.early import MODEL, MODELS, EarlyModel
from classify.evaluation.early import LEARNT_FROM, EarlyEvaluation, Siblings, evaluate, first_of_each_object
from classify.stamps.metadata import NAMES
from classify.training.early_examples import EarlySet, examples_in, joined, name_digest, simulated_examples
from tests.support.ztf_packets import JD, container, packet


@pytest.fixture(scope="module")
def simulated() -> EarlySet:
    return EarlySet.of(simulated_examples(260, 99))


@pytest.fixture(scope="module")
def found(simulated: EarlySet) -> EarlyEvaluation:
    return evaluate(simulated, Siblings())


def test_each_object_counts_once_by_its_first_alert(simulated: EarlySet, found: EarlyEvaluation) -> None:
    first = first_of_each_object(simulated)
    assert len(first) == len(set(simulated.groups.tolist())) < len(simulated)
    assert len(found.tables["simulated"]) == len(first)
    for name, candid in zip(first.groups, first.candids, strict=True):
        assert candid == simulated.candids[simulated.groups == name].min()


def test_answers_are_those_of_the_model_in_use(simulated: EarlySet, found: EarlyEvaluation) -> None:
    first = first_of_each_object(simulated)
    expected = EarlyModel().probabilities(first.pixels, first.vectors, first.missing)
    np.testing.assert_allclose(found.tables["simulated"].probabilities, expected)
    assert found.tables["simulated"].truth.tolist() == first.labels.tolist()
    assert [len(found.tables[name]) for name in ("real_ztf", "real_other")] == [0, 0]


def test_answers_without_history_do_not_follow_from_it(simulated: EarlySet, found: EarlyEvaluation) -> None:
    older = simulated.vectors.copy()
    older[:, [NAMES.index(name) for name in ("detections", "coverages", "non_detections")]] += 0.7
    again = evaluate(simulated.with_vectors(older), Siblings())
    first, second = (one.without_history["simulated"].probabilities for one in (found, again))
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(found.tables["simulated"].probabilities, again.tables["simulated"].probabilities)


def test_report_ends_with_tables_and_baselines_on_one_line(found: EarlyEvaluation) -> None:
    line = found.json_line()
    written = json.loads(line)
    table = written["tables"]["simulated"]
    assert table.keys() >= {"n", "macro_f1", "balanced_accuracy", "ece", "classes"}
    assert table["classes"]["VS"].keys() >= {"n", "precision", "recall", "f1"}
    assert written["baselines"].keys() == {"majority", "metadata_only"}
    assert written["learned_from"]["simulated"] == 0
    assert "\n" not in line
    assert "simulated: " in found.text()


def test_objects_learned_from_are_answered_by_a_sibling(simulated: EarlySet, tmp_path: Path) -> None:
    for file in MODELS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    name = str(simulated.groups[0])
    (tmp_path / LEARNT_FROM).write_text(json.dumps({name_digest(name): 3}))
    models = Siblings(tmp_path)
    assert models.has_learnt_from(np.array([name, "ZTF20aaaaaaa"])).tolist() == [True, False]
    own = simulated[simulated.groups == name]
    sibling = EarlyModel(MODELS, "fold_3.tflite").probabilities(own.pixels, own.vectors, own.missing)
    np.testing.assert_allclose(models.probabilities(own), sibling)
    in_use = EarlyModel(MODELS, MODEL).probabilities(own.pixels, own.vectors, own.missing)
    assert not np.allclose(sibling, in_use, atol=1e-6)


def test_real_alerts_come_into_the_first_table_and_unknown_surveys_are_refused(
    simulated: EarlySet, tmp_path: Path
) -> None:
    from tests.support import lsst_packets

    rows = ["objectId,label", "ZTF20aaaaaaa,SN II"]
    (tmp_path / "z.avro").write_bytes(container(packet("ZTF20aaaaaaa"), packet("ZTF20aaaaaaa", JD + 1)))
    foreign = lsst_packets.packet()
    (tmp_path / "l.avro").write_bytes(lsst_packets.container(foreign))
    rows.append(f"{foreign['diaObject']['diaObjectId']},SIMBAD:QSO")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    real = EarlySet.of(examples_in([tmp_path]))
    found = evaluate(joined([real, simulated]), Siblings())
    assert (len(found.tables["real_ztf"]), len(found.tables["real_other"])) == (1, 0)
    assert found.refused == {"real_ztf": 0, "real_other": 1, "simulated": 0}
