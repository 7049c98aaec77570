"""Which classifiers there are: their versions, and the taxonomies that their answers are in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection

from domain.classification import ClassifierKind, FeatureDefinition
from domain.errors import ArrayanError
from domain.survey import SurveyName
from domain.taxonomy import TaxonClass, Taxonomy
from storage.reader import Reader


class TaxonomyChanged(ArrayanError):
    """A taxonomy has other classes than the database knows under the same version."""


class NewClassifier(NamedTuple):
    """A classifier as its author describes it."""

    name: str
    version: str
    description: str
    kind: ClassifierKind
    taxonomy: Taxonomy
    features: Sequence[FeatureDefinition] = ()
    surveys: frozenset[SurveyName] | None = None
    """Whose objects it can answer for; None for all surveys."""

    @property
    def survey_names(self) -> list[str] | None:
        """As the table has them."""
        return None if self.surveys is None else sorted(self.surveys)


class Registered(NamedTuple):
    """A version of a classifier that the database knows."""

    classifier_id: int
    name: str
    version: str
    leaves: list[str]
    """The order of every array of its probabilities."""


class ClassifierVersion(NamedTuple):
    """A version of a classifier, for people. Of one name, at most one is current: the one that runs."""

    classifier_id: int
    name: str
    version: str
    description: str
    kind: ClassifierKind
    is_current: bool
    registered_at: datetime
    taxonomy_id: int
    leaves: list[str]
    surveys: list[SurveyName] | None
    """Whose objects it can answer for; None for all surveys."""


class Wanting(NamedTuple):
    """Classifiers that want work of the same objects: what makes it, and of which surveys (None: of all)."""

    kind: ClassifierKind
    surveys: frozenset[SurveyName] | None

    def wants(self, survey: SurveyName) -> bool:
        return self.surveys is None or survey in self.surveys


def register(connection: Connection, new: NewClassifier) -> Registered:
    """Make a version of a classifier known and current. Nothing changes when it is already.

    Waits for the writers of alerts that do not know the classifier yet, so that every later alert makes work for
    it and every earlier one is seen by queue_existing. Raises TaxonomyChanged.
    """
    known = _current(connection, new)
    if known is not None:
        return known
    with connection.transaction():
        connection.execute("LOCK TABLE classifier IN ACCESS EXCLUSIVE MODE")
        taxonomy_id = _taxonomy_id(connection, new.taxonomy)
        connection.execute(
            "UPDATE classifier SET is_current = false WHERE name = %s AND version <> %s", (new.name, new.version)
        )
        # What was there before has been queued for an earlier version, whose answers stand until it changes.
        connection.execute(
            "INSERT INTO classifier "
            "(name, version, description, kind, taxonomy_id, surveys, is_current, has_queued_existing) VALUES "
            "(%(name)s, %(version)s, %(description)s, %(kind)s, %(taxonomy_id)s, %(surveys)s, true, "
            "EXISTS (SELECT FROM classifier WHERE name = %(name)s AND has_queued_existing)) "
            "ON CONFLICT (name, version) DO UPDATE SET description = excluded.description, is_current = true, "
            "kind = excluded.kind, taxonomy_id = excluded.taxonomy_id, surveys = excluded.surveys",
            {
                **new._asdict(),
                "taxonomy": None,
                "features": None,
                "taxonomy_id": taxonomy_id,
                "surveys": new.survey_names,
            },
        )
        _write_features(connection, new)
    registered = _current(connection, new)
    assert registered is not None
    return registered


def _write_features(connection: Connection, new: NewClassifier) -> None:
    row = connection.execute(
        "SELECT classifier_id FROM classifier WHERE name = %s AND version = %s", (new.name, new.version)
    ).fetchone()
    assert row is not None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM feature_definition WHERE classifier_id = %s", row)
        cursor.executemany(
            "INSERT INTO feature_definition (classifier_id, name, unit, description) VALUES (%s, %s, %s, %s)",
            [(row[0], *definition) for definition in new.features],
        )


def retire(connection: Connection, name: str) -> int:
    """Let alerts make no more work for a classifier, and forget what waits; how much that was.

    Its answers stay. When it is registered again, queue_existing finds the objects without one.
    """
    with connection.transaction():
        connection.execute(
            "UPDATE classifier SET is_current = false, has_queued_existing = false WHERE name = %s", (name,)
        )
        return connection.execute("DELETE FROM classification_work WHERE classifier = %s", (name,)).rowcount


def wanting(connection: Connection) -> dict[Wanting, list[str]]:
    """Names of the classifiers that want work, by what makes it."""
    found: dict[Wanting, list[str]] = {}
    for name, kind, surveys in connection.execute(
        "SELECT name, kind, surveys FROM classifier WHERE is_current ORDER BY name"
    ):
        wanted = None if surveys is None else frozenset(map(SurveyName, surveys))
        found.setdefault(Wanting(ClassifierKind(kind), wanted), []).append(name)
    return found


def registered_names(connection: Connection) -> list[str]:
    """Names of all classifiers that have ever been registered, sorted."""
    return [name for (name,) in connection.execute("SELECT DISTINCT name FROM classifier ORDER BY name")]


def known_version(connection: Connection, name: str, version: str) -> Registered | None:
    """A version that is known, whether it is the current one or not; None when it is not known."""
    row = connection.execute(
        "SELECT classifier_id, c.name, c.version, leaves FROM classifier c JOIN taxonomy USING (taxonomy_id) "
        "WHERE c.name = %s AND c.version = %s",
        (name, version),
    ).fetchone()
    return None if row is None else Registered(*row)


def version_instead(connection: Connection, of: Registered) -> str | None:
    """The version that answers in place of another that is not current any more; None while that is, and when the
    classifier is retired."""
    row = connection.execute(
        "SELECT version FROM classifier WHERE name = %s AND is_current AND classifier_id <> %s",
        (of.name, of.classifier_id),
    ).fetchone()
    return None if row is None else str(row[0])


async def current_classifiers(reader: Reader) -> list[str]:
    """Names of the classifiers that answer, sorted."""
    return [name for (name,) in await reader.rows("SELECT name FROM classifier WHERE is_current ORDER BY name")]


async def list_classifiers(reader: Reader) -> list[ClassifierVersion]:
    """Every version of every classifier, the current one of a name first, then the newest."""
    rows = await reader.rows(
        "SELECT classifier_id, c.name, c.version, description, kind, is_current, registered_at, "
        "taxonomy_id, leaves, surveys FROM classifier c JOIN taxonomy USING (taxonomy_id) "
        "ORDER BY c.name, is_current DESC, registered_at DESC, classifier_id DESC"
    )
    return [
        ClassifierVersion._make((*row[:4], ClassifierKind(row[4]), *row[5:-1], _surveys(row[-1]))) for row in rows
    ]


def _surveys(names: Sequence[str] | None) -> list[SurveyName] | None:
    return None if names is None else [SurveyName(name) for name in names]


async def classes_of(reader: Reader, taxonomy_ids: Sequence[int]) -> dict[int, list[TaxonClass]]:
    """The classes of taxonomies, parents before their children."""
    rows = await reader.rows(
        "SELECT taxonomy_id, name, description, parent FROM taxon WHERE taxonomy_id = ANY(%s) "
        "ORDER BY taxonomy_id, place",
        (list(taxonomy_ids),),
    )
    found: dict[int, list[TaxonClass]] = {}
    for taxonomy_id, *values in rows:
        found.setdefault(taxonomy_id, []).append(TaxonClass(*values))
    return found


def _current(connection: Connection, new: NewClassifier) -> Registered | None:
    """The version in the database, when nothing about it has to change."""
    row = connection.execute(
        "SELECT classifier_id, c.name, c.version, leaves FROM classifier c JOIN taxonomy t USING (taxonomy_id) "
        "WHERE is_current AND c.name = %s AND c.version = %s AND description = %s AND kind = %s "
        "AND t.name = %s AND t.version = %s AND surveys IS NOT DISTINCT FROM %s::text[]",
        (
            *(new.name, new.version, new.description, new.kind),
            *(new.taxonomy.name, new.taxonomy.version, new.survey_names),
        ),
    ).fetchone()
    if row is None:
        return None
    _taxonomy_id(connection, new.taxonomy)
    return Registered(*row)


def _taxonomy_id(connection: Connection, taxonomy: Taxonomy) -> int:
    """The taxonomy in the database, written there if it is new. Raises TaxonomyChanged."""
    row = connection.execute(
        "SELECT taxonomy_id FROM taxonomy WHERE name = %s AND version = %s", (taxonomy.name, taxonomy.version)
    ).fetchone()
    if row is None:
        return _write_taxonomy(connection, taxonomy)
    classes = connection.execute(
        "SELECT name, description, parent FROM taxon WHERE taxonomy_id = %s ORDER BY place", row
    ).fetchall()
    if [(name, parent) for name, _, parent in classes] != [(one.name, one.parent) for one in taxonomy.classes]:
        raise TaxonomyChanged(
            f"taxonomy {taxonomy.name} {taxonomy.version} has other classes than those that the database knows: "
            "give the changed one a new version"
        )
    return int(row[0])


def _write_taxonomy(connection: Connection, taxonomy: Taxonomy) -> int:
    row = connection.execute(
        "INSERT INTO taxonomy (name, version, leaves) VALUES (%s, %s, %s) RETURNING taxonomy_id",
        (taxonomy.name, taxonomy.version, list(taxonomy.leaves)),
    ).fetchone()
    assert row is not None
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO taxon (taxonomy_id, place, name, description, parent) VALUES (%s, %s, %s, %s, %s)",
            [(row[0], place, *taxon) for place, taxon in enumerate(taxonomy.classes)],
        )
    return int(row[0])
