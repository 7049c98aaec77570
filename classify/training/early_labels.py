"""Which early class a label means: of catalogues (SIMBAD, VSX, GCVS), of spectra, or of the taxonomy itself.

A label that names no changing source (a white dwarf, a cluster, an infrared source), or one that is no class of
the taxonomy (a tidal disruption event), means none: the object is not used.
"""

import re
from collections.abc import Iterable

from simulate.classes import EARLY_CLASS

CLASSES = ("AGN", "SN", "VS", "asteroid", "bogus")
"""In the order of the model's outputs."""

_DIRECT = {name: name for name in CLASSES} | dict(EARLY_CLASS) | {"CV": "VS", "symbiotic star": "VS"}
_SUPERNOVA = re.compile(r"(SN|SLSN)([ -].*|I.*|)")
_ACTIVE = ("AGN", "QSO", "Seyfert", "Sy1", "Sy2", "BLLac", "Blazar", "LINER", "NLS1")
_SUPERNOVA_TYPES = ("SN", "Supernova")
_VARIABLE = re.compile(
    r"(RR|EclBin|E[ABW]?\b|Ell|LPV|LongPeriodV|Mira|M\b|SR|L[BC]?\b|CataclyV|CV|NL|UG|AM\b|Nova|N[ABL]?\b|Orion|"
    r"Irregular|IN|TT|CTTS|WTTS|TTS|YSO|Ae\*|UXOR|EXOR|Ceph|deltaCep|Type2Cep|CEP|ACEP|CW|bCep|PulsV|pulsV|delSct|DSCT|"
    r"HADS|SXPHE|gammaDor|BY|RS|ROT|UV|Eruptive|Erupt|RCB|RV|Symbiotic|ZAND|BE\b|Be\*|XM|XPM|DQ|V\*)"
)
_STRIPPED = ("SIMBAD:", "VSX:", "GCVS:", "ALeRCE:")


def early_class(label: str) -> str | None:
    """The class of one label; None when it is not said, or not one of ours."""
    if label in _DIRECT:
        return _DIRECT[label]
    for prefix in _STRIPPED:
        if label.startswith(prefix):
            return _catalogue_class(label.removeprefix(prefix))
    if _SUPERNOVA.fullmatch(label):
        return "SN"
    return "AGN" if label.startswith(_ACTIVE) else None


def agreed_class(labels: Iterable[str]) -> str | None:
    """The class of an object with several labels: None when two of them disagree, or none says one."""
    classes = {found for label in labels if (found := early_class(label)) is not None}
    return classes.pop() if len(classes) == 1 else None


def _catalogue_class(kind: str) -> str | None:
    if kind in _DIRECT:
        return _DIRECT[kind]
    if kind.startswith(_ACTIVE) or kind == "BLLAC":
        return "AGN"
    if kind in _SUPERNOVA_TYPES:
        return "SN"
    return "VS" if _VARIABLE.match(kind) else None
