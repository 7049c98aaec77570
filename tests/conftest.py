"""What every test may ask for: a database of its own, and the shared alerts and training data."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.databases import BACKENDS, REPOSITORY, Backend, TestDatabases

pytest_plugins = (
    "tests.support.kafka",
    "tests.support.own_database",
    "tests.support.sample_night",
    "tests.support.classified_night",
    "tests.support.manual_night",
    "tests.support.scattered_objects",
    "tests.support.catalogued_sky",
    "tests.support.server_folder",
)

hypothesis.settings.register_profile("arrayan", deadline=None)  # a busy machine is no mistake
hypothesis.settings.load_profile("arrayan")

SHARED = REPOSITORY.parent / "shared"

DATABASES = pytest.StashKey[TestDatabases]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[DATABASES] = TestDatabases()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[DATABASES].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the work, each database server is one's alone: what a session fills there is
    filled once. Of the others a file stays together, for what its module fills."""
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        item.add_marker(pytest.mark.xdist_group(parameters.get("backend", str(item.path))))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Compressed bytes carry the time of their making, and all processes must call a test by one name."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    missing = "" if SHARED.is_dir() else " (missing: its tests are skipped)"
    return [*config.stash[DATABASES].describe(), f"shared data: {SHARED}{missing}"]


def on_one_backend(metafunc: pytest.Metafunc) -> None:
    """Let a test that asks for every database server run on one: for the hooks of folders where one is enough."""
    if "backend" in metafunc.fixturenames:
        one = metafunc.config.stash[DATABASES].any_backend()
        mark = pytest.mark.parametrize("backend", [one.name], indirect=True, scope="session")
        metafunc.definition.add_marker(mark)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> TestDatabases:
    return request.config.stash[DATABASES]


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, databases: TestDatabases) -> Backend:
    """Every database server in turn; skipped with the reason where there is none."""
    return _available(databases.backend(request.param))


@pytest.fixture(scope="session")
def any_backend(databases: TestDatabases) -> Backend:
    """One database server, TimescaleDB when there is one: for fixtures where the server makes no difference."""
    return _available(databases.any_backend())


@pytest.fixture
def database_url(backend: Backend, databases: TestDatabases) -> Iterator[str]:
    """A migrated database for this test alone, once per backend."""
    with databases.fresh(backend) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(backend: Backend, databases: TestDatabases) -> Iterator[str]:
    """A migrated database for the tests of this module, once per backend."""
    with databases.fresh(backend) as url:
        yield url


@pytest.fixture
def empty_database_url(backend: Backend, databases: TestDatabases) -> Iterator[str]:
    """A database without tables, once per backend: for the tests of the migrations."""
    with databases.empty(backend) as url:
        yield url


@pytest.fixture
def any_database_url(any_backend: Backend, databases: TestDatabases) -> Iterator[str]:
    """A migrated database for this test alone, on one backend: TimescaleDB when there is one."""
    with databases.fresh(any_backend) as url:
        yield url


@pytest.fixture(scope="session")
def shared_alerts() -> Path:
    """Real alert packets; not part of the repository."""
    return _shared("alerts")


@pytest.fixture(scope="session")
def shared_training() -> Path:
    """Labelled light curves and stamps; not part of the repository."""
    return _shared("training")


def _available(backend: Backend) -> Backend:
    if not backend.is_available:
        pytest.skip(f"{backend.name}: {backend.description}")
    return backend


def _shared(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"no ../shared/{name} beside the repository")
    return SHARED / name
