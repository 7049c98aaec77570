"""No arrow runs up: who may import whom, as docs/architecture.md has it."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.databases import REPOSITORY

MAY_IMPORT = {
    "domain": set(),
    "runtime": set(),
    "surveys": {"domain"},
    "simulate": {"surveys", "domain"},
    "storage": {"domain", "runtime", "migrations"},
    "ingest": {"surveys", "storage", "domain", "runtime"},
    "graphql_schema": {"storage", "domain"},
    "api": {"graphql_schema", "storage", "domain", "runtime"},
    "migrations": {"storage"},
    "cli": {"api", "graphql_schema", "ingest", "runtime", "simulate", "storage", "surveys", "domain", "migrations"},
}


def imports_of(folder: str) -> Iterator[tuple[str, str]]:
    """File and top-level package of every import below a folder that is one of ours."""
    for path in sorted((REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path} has a relative import"
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] in MAY_IMPORT:
                    yield str(path.relative_to(REPOSITORY)), name.partition(".")[0]


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_folder_imports_only_what_it_may(folder: str) -> None:
    strangers = {
        (file, package) for file, package in imports_of(folder) if package not in MAY_IMPORT[folder] | {folder}
    }
    assert strangers == set()
