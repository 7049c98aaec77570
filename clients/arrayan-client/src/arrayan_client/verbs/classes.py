"""What classifiers say, and what they may say."""

from collections.abc import Iterable
from typing import Any

from arrayan_client.columns import CLASS_COLUMNS, CLASSIFIER_COLUMNS, FEATURE_COLUMNS, PROBABILITY_COLUMNS
from arrayan_client.errors import InvalidInput
from arrayan_client.generated import operations as texts
from arrayan_client.generated.classification_history import ClassificationHistory
from arrayan_client.generated.classifications import Classifications
from arrayan_client.generated.classifiers import Classifiers, ClassifiersClassifiers
from arrayan_client.generated.features import Features
from arrayan_client.paging import Page, Pages, collected, page_of, rows_of
from arrayan_client.records import Classification, Feature, Probability, TaxonClass
from arrayan_client.rows import Rows
from arrayan_client.session import Operation, Session
from arrayan_client.steps import Steps
from arrayan_client.verbs.objects import found, named

LATEST = Operation(texts.CLASSIFICATIONS_GQL, Classifications)
HISTORY = Operation(texts.CLASSIFICATION_HISTORY_GQL, ClassificationHistory)
FEATURES = Operation(texts.FEATURES_GQL, Features)
CLASSIFIERS = Operation(texts.CLASSIFIERS_GQL, Classifiers)

PAGE = 500

Classifier = ClassifiersClassifiers


def query_probabilities(
    session: Session, name: str, survey: str | None, classifier: str | None, history: bool
) -> Steps[Rows[Probability]]:
    variables = {**named(name, survey), "classifier": classifier}
    if history:
        answers = yield from _every_answer(session, variables)
    else:
        answer = yield from session.ask(LATEST, variables)
        answers = list[Classification](found(answer.object_, name, survey).classifications)
    records = [row for each in answers for row in _probabilities(each)]
    return rows_of(records, PROBABILITY_COLUMNS, HISTORY if history else LATEST, variables)


def query_classifications(
    session: Session, name: str, survey: str | None, classifier: str | None, history: bool
) -> Steps[list[Classification]]:
    variables = {**named(name, survey), "classifier": classifier}
    if history:
        return (yield from _every_answer(session, variables))
    answer = yield from session.ask(LATEST, variables)
    return list[Classification](found(answer.object_, name, survey).classifications)


def query_features(
    session: Session, name: str, survey: str | None, names: str | Iterable[str] | None
) -> Steps[Rows[Feature]]:
    wanted = [names] if isinstance(names, str) else names
    variables = {**named(name, survey), "names": None if wanted is None else list(wanted)}
    answer = yield from session.ask(FEATURES, variables)
    features = list[Feature](found(answer.object_, name, survey).features)
    return rows_of(features, FEATURE_COLUMNS, FEATURES, variables)


def query_classifiers(session: Session) -> Steps[Rows[Classifier]]:
    answer = yield from session.ask(CLASSIFIERS, {})
    return rows_of(answer.classifiers, CLASSIFIER_COLUMNS, CLASSIFIERS, {})


def query_classes(session: Session, classifier: str, version: str | None) -> Steps[Rows[TaxonClass]]:
    classifiers = yield from query_classifiers(session)
    chosen = _chosen(classifiers, classifier, version)
    classes = [
        TaxonClass(chosen.name, chosen.version, each.name, each.description, each.parent, tuple(each.children))
        for each in chosen.classes
    ]
    return rows_of(classes, CLASS_COLUMNS, CLASSIFIERS, {})


def _chosen(classifiers: Rows[Classifier], name: str, version: str | None) -> Classifier:
    """The current version comes first in the server's list."""
    for each in classifiers:
        if each.name == name and version in {None, each.version}:
            return each
    there = ", ".join(f"{each.name} {each.version}" for each in classifiers) or "none"
    wanted = name if version is None else f"{name} {version}"
    raise InvalidInput(f"there is no classifier {wanted!r}", hint=f"There are: {there}.")


def _every_answer(session: Session, variables: dict[str, Any]) -> Steps[list[Classification]]:
    def read(answer: ClassificationHistory) -> Page[Classification]:
        history = found(answer.object_, variables["name"], variables["survey"]).classification_history
        return page_of([edge.node for edge in history.edges], history.page_info)

    pages = Pages(session, HISTORY, variables, read, size=PAGE, limit=None)
    newest_first = yield from collected(pages, None, None)
    return newest_first[::-1]


def _probabilities(answer: Classification) -> list[Probability]:
    return [
        Probability(
            classifier=answer.classifier,
            version=answer.version,
            class_name=each.class_,
            probability=each.probability,
            ranking=each.ranking,
            candid=answer.candid,
            mjd=answer.mjd,
            classified_at=answer.classified_at,
        )
        for each in answer.probabilities
    ]
