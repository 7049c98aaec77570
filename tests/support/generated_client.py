"""The parts of clients/arrayan-client that are generated: by ariadne-codegen, and from the class that blocks."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.client_environment import PythonClient
from tests.support.databases import REPOSITORY

CLIENT = REPOSITORY / "clients" / "arrayan-client"
PACKAGE = Path("src", "arrayan_client")
RUFF = Path(sys.executable).with_name("ruff")


def generate(root: Path) -> Path:
    """Generate all of it below a folder, as if that were the repository; gives the folder of the package."""
    client = root / "clients" / "arrayan-client"
    shutil.copytree(CLIENT, client, ignore=shutil.ignore_patterns("generated", "__pycache__", "*.egg-info"))
    (root / "graphql_schema").mkdir()
    shutil.copy(REPOSITORY / "graphql_schema" / "schema.graphql", root / "graphql_schema")
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    codegen = PythonClient("ariadne_codegen").folder / "bin" / "ariadne-codegen"
    _run(codegen, "models_only", folder=client, PYTHONPATH=str(client / "codegen"))
    derived = client / PACKAGE / "async_client.py"
    _run(sys.executable, "codegen/derive_async.py", derived, folder=client)
    _run(RUFF, "check", "--quiet", "--select", "I", "--fix", derived, folder=client)
    _run(RUFF, "format", "--quiet", derived, folder=client)
    return client / PACKAGE


def generated_files(package: Path) -> dict[str, str]:
    """The texts of a package that are generated, by their names in it."""
    paths = [package / "async_client.py", *sorted((package / "generated").glob("*.py"))]
    return {str(path.relative_to(package)): path.read_text(encoding="utf-8") for path in paths}


def main() -> None:
    """Write them anew."""
    with tempfile.TemporaryDirectory() as folder:
        package = generate(Path(folder))
        target = CLIENT / PACKAGE
        shutil.rmtree(target / "generated", ignore_errors=True)
        (target / "generated").mkdir()
        for name, text in generated_files(package).items():
            (target / name).write_text(text, encoding="utf-8")


def _run(*command: str | Path, folder: Path, **settings: str) -> None:
    environment = {**os.environ, **settings}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    main()
