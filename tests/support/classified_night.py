"""The sample night with what the rules say of it, for tests that only read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.classification import ClassifierKind
from storage.classification_work import queue_existing
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.classifying import drain, make_rules_known
from tests.support.databases import Backend, TestDatabases
from tests.support.endpoint import endpoint
from tests.support.rule_classifiers import NewTrendClassifier, SizeClassifier
from tests.support.sample_night import StoredNight, take_in


@pytest.fixture(scope="session")
def classified_night(
    backend: Backend, databases: TestDatabases, sample_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoredNight]:
    """Every object is answered for; those with long light curves twice, by two versions."""
    root = tmp_path_factory.mktemp(f"classified_{backend.name}")
    with databases.fresh(backend) as url:
        make_rules_known(url)
        report = take_in(url, root, sample_night)
        drain(url, root)
        make_rules_known(url, [NewTrendClassifier()])
        queue_anew(url, NewTrendClassifier.name)
        drain(url, root, [SizeClassifier(), NewTrendClassifier()])
        with endpoint(url, PacketArchive(str(root))) as asked:
            yield StoredNight(url, root, asked, report)


def queue_anew(url: str, classifier: str) -> None:
    """Queue the objects that a new version has not answered for."""
    with connect(url, role="test") as connection:
        queue_existing(connection, classifier, ClassifierKind.LIGHT_CURVE)
