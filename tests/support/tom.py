"""A TOM made from nothing, as our README tells it, in the environment of `tests/clients/tom_arrayan`."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.support.client_environment import PythonClient
from tests.support.databases import REPOSITORY

PACKAGE = REPOSITORY / "clients" / "tom_arrayan"
PROJECT = "mytom"
ANSWERS = "y\n\n1\nn\n"
"""To `tom_setup`: go on, the usual name of the app, sidereal targets, no hints. It asks for no user without a
terminal."""
SUPERUSER = {
    "DJANGO_SUPERUSER_USERNAME": "pi",
    "DJANGO_SUPERUSER_PASSWORD": "a long one",
    "DJANGO_SUPERUSER_EMAIL": "pi@example.org",
}
LOCAL_SETTINGS = """
import os
DATA_SERVICES = {{"Arrayan": {service!r}}}
ALERT_STREAMS = {streams!r}
CACHES = {{"default": {{
    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    "LOCATION": os.path.join(os.path.dirname(__file__), "cache"),
}}}}
"""
COMMAND_SECONDS = 300


class Tom:
    """A TOM in a folder, with SQLite."""

    def __init__(self, client: PythonClient, folder: Path) -> None:
        self._client = client
        self.folder = folder

    @classmethod
    def from_nothing(cls, client: PythonClient, parent: Path) -> Self:
        """The steps of the README; the package is installed beside `manage.py`, where nothing else needs it."""
        client.command("django-admin", "startproject", PROJECT, folder=parent)
        tom = cls(client, parent / PROJECT)
        settings = tom.folder / PROJECT / "settings.py"
        _insert(settings, "INSTALLED_APPS = [", "'tom_setup',")
        tom.manage("tom_setup", answers=ANSWERS)
        _install(tom.folder)
        _insert(settings, "INSTALLED_APPS = TOMTOOLKIT_INSTALLED_APPS + [", "'tom_alertstreams', 'tom_arrayan',")
        tom.configure("http://127.0.0.1:9")
        tom.manage("migrate", "-v0")
        tom.manage("createsuperuser", "--noinput", **SUPERUSER)
        return tom

    def copy(self, parent: Path) -> "Tom":
        """The same, to be changed."""
        shutil.copytree(self.folder, parent / PROJECT)
        return Tom(self._client, parent / PROJECT)

    def configure(self, url: str, *streams: dict[str, Any], **service: Any) -> None:
        """Say where the server is, and what to follow."""
        text = LOCAL_SETTINGS.format(service={"url": url, **service}, streams=list(streams))
        (self.folder / "local_settings.py").write_text(text)

    def do(self, *steps: list[Any]) -> list[Any]:
        """Steps of `drive.py`, and what came of each."""
        return self._client.run("drive.py", json.dumps(steps), folder=self.folder)

    def manage(self, *arguments: str, answers: str = "", **environment: str) -> str:
        """A command of manage.py; what it wrote."""
        done = subprocess.run(
            [self._python, "manage.py", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            input=answers,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout + done.stderr

    @contextmanager
    def reading_streams(self) -> Iterator[None]:
        """`readstreams` in a process of its own, which is killed in the end."""
        with (self.folder / "streams.log").open("a") as log:
            process = subprocess.Popen(
                [self._python, "manage.py", "readstreams"], cwd=self.folder, stdout=log, stderr=log
            )
            try:
                yield
                assert process.poll() is None, (self.folder / "streams.log").read_text()[-4000:]
            finally:
                process.kill()
                process.wait(30)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What SQL says; nothing while somebody writes."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=60)) as connection:
            return connection.execute(statement).fetchall()

    @property
    def _python(self) -> str:
        return str(self._client.folder / "bin" / "python")


def _insert(file: Path, after: str, line: str) -> None:
    text = file.read_text()
    assert after in text
    file.write_text(text.replace(after, f"{after}\n    {line}", 1))


def _install(folder: Path) -> None:
    """Build the distribution and put what it holds into a folder."""
    source = folder.parent / "source"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", str(folder), str(source)],
        check=True,
        timeout=COMMAND_SECONDS,
    )
