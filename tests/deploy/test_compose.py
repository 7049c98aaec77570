"""`deploy/compose.yaml` says what the programs in its containers understand, and lets nobody in from outside."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]

from api.app import create_app
from cli.main import main
from runtime.settings import Settings
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.command import commands_of
from tests.support.databases import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "arrayan"}
VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")


def by_default(text: str) -> str:
    """As it is where nobody sets a variable."""
    return VARIABLE.sub(lambda found: found[1], text)


def test_the_services_are_those_that_readme_names() -> None:
    assert {"timescaledb", "kafka", "arrayan", "classify"} <= {
        name for name, one in SERVICES.items() if "profiles" not in one
    }


def test_docker_takes_it() -> None:
    if shutil.which("docker") is None or run("docker", "compose", "version").returncode != 0:
        pytest.skip("no docker compose on this machine")
    told = run("docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "--profile", "kafka", "config", "--quiet")
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", OURS)
def test_settings_are_some_that_we_have_and_take_their_values(name: str) -> None:
    environment: Mapping[str, str | None] = OURS[name]["environment"]
    ours = {
        key.removeprefix("ARRAYAN_").lower(): value for key, value in environment.items() if key != "PGPASSWORD"
    }
    assert set(ours) <= set(Settings.model_fields)
    Settings(**{key: by_default(value) for key, value in ours.items() if value is not None})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OURS)
def test_commands_and_their_options_exist(name: str) -> None:
    words = list(map(by_default, OURS[name]["command"]))
    command, rest = command_of(words)
    known = {option for parameter in command.params for option in parameter.opts}
    given = [word.partition("=")[0] for word in rest if word.startswith("-")]
    assert given == [] or set(given) <= known
    required = {p.opts[0] for p in command.params if isinstance(p, click.Option) and p.required}
    assert required <= set(given)


def command_of(words: Sequence[str]) -> tuple[click.Command, Sequence[str]]:
    """The command that the first words name, and the others."""
    command: click.Command = commands_of(main)[words[0]]
    rest = words[1:]
    parts: Mapping[str, click.Command] = getattr(command, "streams", getattr(command, "commands", {}))
    if isinstance(command, click.Group):
        return parts[rest[0]], rest[1:]
    return (parts[rest[0]], rest[1:]) if rest and rest[0] in parts else (command, rest)


def test_only_this_machine_is_listened_to() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_whoever_waits_waits_for_a_service_that_says_when_it_is_well() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[name]
            assert how["condition"] != "service_completed_successfully" or SERVICES[name]["restart"] == "no"


def test_volumes_are_declared_and_used() -> None:
    mounts = [by_default(mount).split(":") for service in SERVICES.values() for mount in service["volumes"]]
    assert {source for source, _ in mounts} == set(COMPOSE["volumes"])
    assert OURS["arrayan"]["environment"]["ARRAYAN_DATA_DIR"] == "/data"
    assert f"VOLUME {by_default(OURS['arrayan']['volumes'][0]).split(':')[1]}" in DOCKERFILE


def test_the_port_and_the_health_of_the_image_are_those_of_the_server() -> None:
    port = OURS["arrayan"]["environment"]["ARRAYAN_PORT"]
    assert OURS["arrayan"]["ports"][0].endswith(f":{port}")
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert f"ARRAYAN_PORT={port}\n" in DOCKERFILE
    checked = re.search(r"http://127\.0\.0\.1:\{[^}]*\}(/\w+)", DOCKERFILE)
    assert checked is not None
    app = create_app(Reader("postgresql:///", connections=1, statement_timeout_seconds=1.0), PacketArchive("."))
    assert checked[1] in {getattr(route, "path", None) for route in app.routes}


@pytest.mark.parametrize("name", ["classify", "ingest"])
def test_workers_are_asked_for_their_health_where_they_answer(name: str) -> None:
    assert (
        f"127.0.0.1:{OURS[name]['environment']['ARRAYAN_METRICS_PORT']}/healthz"
        in OURS[name]["healthcheck"]["test"][-1]
    )


def test_the_bootstrap_address_is_one_that_the_broker_says() -> None:
    said = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"INSIDE://{by_default(OURS['ingest']['environment']['ARRAYAN_KAFKA_BOOTSTRAP'])}," in said
    published = SERVICES["kafka"]["ports"][0].rpartition(":")[0]
    assert said.endswith(f"OUTSIDE://{published}")


def test_versions_and_sizes_are_those_that_tests_run_with() -> None:
    script = (DEPLOY / "kafka.sh").read_text()
    assert f"KAFKA_VERSION={SERVICES['kafka']['image'].rpartition(':')[2]} " in script
    assert f"MAX_MESSAGE_BYTES={SERVICES['kafka']['environment']['KAFKA_MESSAGE_MAX_BYTES']}\n" in script
    assert SERVICES["timescaledb"]["image"] in (DEPLOY / "timescaledb.sh").read_text()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=REPOSITORY)
