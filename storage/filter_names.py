"""The names in a filter, checked before it is asked: a wrong one would find nothing without a word."""

from weakref import WeakKeyDictionary

from domain.classification import split_feature
from domain.object_filter import ObjectFilter
from domain.vocabulary import Vocabulary
from storage.catalog_filter import with_catalogs
from storage.reader import Reader

_KNOWN: WeakKeyDictionary[Reader, Vocabulary] = WeakKeyDictionary()
"""What a reader has last seen. Names are added, and never taken away."""

_CLASSES = (
    "SELECT c.name, c.version, leaves, feature_names, "
    "ARRAY(SELECT d.name FROM feature_definition d WHERE d.classifier_id = c.classifier_id) "
    "FROM classifier c JOIN taxonomy USING (taxonomy_id) "
    "ORDER BY c.name, is_current DESC, registered_at DESC, classifier_id DESC"
)


async def with_known_names(reader: Reader, where: ObjectFilter) -> ObjectFilter:
    """A filter whose catalogues, classifiers, classes and features are known: one statement when it names a
    catalogue, and one for a name of the others that has not been seen before.

    Raises UnknownCatalog, UnknownName.
    """
    await _require_known_answers(reader, where)
    return await with_catalogs(reader, where)


async def _require_known_answers(reader: Reader, where: ObjectFilter) -> None:
    """Where no classifier is registered yet, or none that gives features, any name of one may be right."""
    if all(part.class_ is None and part.feature is None for part in where.everywhere()):
        return
    seen = _KNOWN.get(reader)
    if seen is not None and not any(seen.unknown(where)):
        return
    seen = _KNOWN[reader] = await _vocabulary(reader)
    for unknown in seen.unknown(where):
        if unknown.known:
            raise unknown.error


async def _vocabulary(reader: Reader) -> Vocabulary:
    classes: dict[str, dict[str, list[str]]] = {}
    features: set[str] = set()
    for name, version, leaves, given, defined in await reader.rows(_CLASSES):
        classes.setdefault(name, {})[version] = leaves
        features.update(defined, (split_feature(one)[0] for one in given))
    return Vocabulary(classes, frozenset(features))
