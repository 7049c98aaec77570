"""Labels of catalogues and spectra as early classes."""

import pytest

from classify.taxonomies.early import EARLY
from classify.training.early_labels import CLASSES, agreed_class, early_class

MEANING = {
    "SN Ia": "SN", "SN Ia-91T-like": "SN", "SLSN-I": "SN", "SN IIn": "SN", "SNIbc": "SN", "SIMBAD:Supernova": "SN",
    "AGN": "AGN", "SIMBAD:QSO": "AGN", "SIMBAD:Seyfert_2": "AGN", "VSX:BLLAC": "AGN", "NLS1": "AGN",
    "CV": "VS", "GCVS:RRAB": "VS", "GCVS:M": "VS", "VSX:SR|M": "VS", "VSX:EA/PN": "VS", "SIMBAD:CataclyV*": "VS",
    "VSX:UGSU+E": "VS", "SIMBAD:TTau*": "VS", "E": "VS", "YSO": "VS", "asteroid": "asteroid", "bogus": "bogus",
}  # fmt: skip


@pytest.mark.parametrize(("label", "meaning"), MEANING.items())
def test_label_has_its_class(label: str, meaning: str) -> None:
    assert early_class(label) == meaning


@pytest.mark.parametrize(
    "label", ["TDE", "TDE-H+He", "SIMBAD:WD*", "SIMBAD:PN", "SIMBAD:NearIR", "SIMBAD:GinCl", ""]
)
def test_label_of_no_class_is_not_used(label: str) -> None:
    assert early_class(label) is None


def test_labels_must_agree() -> None:
    assert agreed_class(["VSX:UG", "SIMBAD:CataclyV*", "SIMBAD:NearIR"]) == "VS"
    assert agreed_class(["SIMBAD:QSO", "VSX:RRAB"]) is None
    assert agreed_class([]) is None


def test_classes_are_those_of_the_taxonomy() -> None:
    assert tuple(found.name for found in EARLY.classes) == CLASSES
