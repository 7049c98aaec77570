"""No arrow runs up: who may import whom, as docs/architecture.md has it; and who may name a survey."""

import ast
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from domain.survey import SurveyName
from tests.support.databases import REPOSITORY

MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "runtime": set(),
    "takeout": {"domain"},
    "surveys": {"domain"},
    "simulate": {"surveys", "domain"},
    "catalogs": {"domain"},
    "storage": {"domain", "runtime"},
    "ingest": {"surveys", "storage", "domain", "runtime"},
    "classify": {"surveys", "simulate", "storage", "domain", "runtime"},
    "publish": {"storage", "domain", "runtime"},
    "graphql_schema": {"storage", "domain"},
    "api": {"graphql_schema", "catalogs", "takeout", "storage", "domain", "runtime"},
    "migrations": {"storage"},
    "cli": {
        *{"api", "catalogs", "classify", "graphql_schema", "ingest", "migrations", "publish"},
        *{"runtime", "simulate", "storage", "surveys", "takeout", "domain"},
    },
}
PRESENT = [folder for folder in MAY_IMPORT if (REPOSITORY / folder).is_dir()]
APART = ("ingest", "classify", "publish", "graphql_schema")

NOT_IN_THE_HOUSE = {"tests", "benchmarks", "docs", "notebooks"}
"""Folders with code that nothing in the house imports."""

MAY_NAME_A_SURVEY = {
    "domain/survey.py": "the names themselves",
    "domain/night.py": "when a survey's nights begin",
    "domain/links.py": "addresses of pages about a survey's objects",
    "domain/stamp.py": "which way up a survey's stamps are, which their files do not say",
    "classify/evaluation/tables.py": "which table of results an object belongs to",
    "graphql_schema/queries/objects.py": "the survey of a name that comes without one",
    "classify/stamps/metadata.py": "the fields that the early model was trained on are one survey's",
    "classify/training/early_examples.py": "the labelled alerts that there are: tables and names of one survey",
}


def sources(folder: str) -> list[Path]:
    return sorted((REPOSITORY / folder).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def packages_of(folder: str) -> set[tuple[str, str]]:
    """File and top-level package of every import below a folder that is one of ours."""
    found = set()
    for path in sources(folder):
        for name in imports_of(path):
            package = name.partition(".")[0]
            if package in MAY_IMPORT or package in NOT_IN_THE_HOUSE:
                found.add((str(path.relative_to(REPOSITORY)), package))
    return found


@pytest.mark.parametrize("folder", PRESENT)
def test_folder_imports_only_what_it_may(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    assert {(file, package) for file, package in packages_of(folder) if package not in allowed} == set()


def test_nothing_in_the_house_imports_a_client() -> None:
    """Clients talk to the endpoint; one of them has another licence."""
    packages = [*REPOSITORY.glob("clients/*/*/__init__.py"), *REPOSITORY.glob("clients/*/src/*/__init__.py")]
    clients = {package.parent.name for package in packages} - {"tests"}
    assert clients >= {"arrayan_client", "tom_arrayan"}
    found = {
        (str(path.relative_to(REPOSITORY)), name)
        for folder in [*PRESENT, *NOT_IN_THE_HOUSE]
        for path in sources(folder)
        if "tests/clients/" not in str(path)
        for name in imports_of(path)
        if name.partition(".")[0] in clients | {"tom_targets", "tom_dataservices", "tom_dataproducts", "django"}
    }
    assert found == set()


def test_every_folder_with_code_has_its_rule() -> None:
    with_code = {path.parent.name for path in REPOSITORY.glob("*/*.py")}
    assert with_code <= MAY_IMPORT.keys() | NOT_IN_THE_HOUSE


def test_the_rules_themselves_have_no_arrow_up() -> None:
    """What a folder may import never leads back to it; the parts that work apart never meet; nobody imports the
    entrances."""
    reachable = {folder: set(allowed) for folder, allowed in MAY_IMPORT.items()}
    for _ in reachable:
        for allowed in reachable.values():
            allowed.update(*(reachable[package] for package in tuple(allowed)))
    assert [folder for folder, others in reachable.items() if folder in others] == []
    assert [pair for pair in permutations(APART, 2) if pair[1] in reachable[pair[0]]] == []
    assert [folder for folder, allowed in MAY_IMPORT.items() if "cli" in allowed] == []
    assert [folder for folder, allowed in MAY_IMPORT.items() if "api" in allowed] == ["cli"]


def test_only_the_environment_of_migrations_knows_the_tables() -> None:
    """A migration is frozen once released; the tables go on."""
    found = {
        (path.name, name)
        for path in sources("migrations")
        for name in imports_of(path)
        if name.partition(".")[0] in MAY_IMPORT and name.partition(".")[0] != "migrations"
    }
    assert found == {("env.py", "storage.tables")}


@pytest.mark.parametrize("folder", [folder for folder in PRESENT if folder not in {"surveys", "simulate"}])
def test_a_survey_is_named_in_its_own_file_alone(folder: str) -> None:
    naming = {
        str(path.relative_to(REPOSITORY)) for path in sources(folder) if any(map(names_a_survey, words_of(path)))
    }
    assert naming == {file for file in MAY_NAME_A_SURVEY if file.startswith(f"{folder}/")}


def words_of(path: Path) -> Iterator[str]:
    """Identifiers and literals of a file. Prose, which has blanks in it, may speak of whatever it likes."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Constant(value=str() as text) if not any(letter.isspace() for letter in text):
                yield text
            case ast.Constant(value=bytes() as content):
                yield content.decode("latin-1")
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ImportFrom(module=str() as name):
                yield name


def names_a_survey(word: str) -> bool:
    return any(survey.value.lower() in word.lower() for survey in SurveyName)
