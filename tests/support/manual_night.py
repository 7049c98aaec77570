"""The beginning of the night that `make run` simulates, as the manual asks of it, with all that classifiers say."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from api.app import create_app
from api.worked_queries import FOLDER, worked_query
from classify.classifier import Classifier
from classify.registry import load_classifiers
from cli.commands.up import SAMPLE_SEED
from simulate.night import simulate_alerts
from simulate.truth import Truth
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from storage.skymaps import SkymapStore
from tests.support import lsst_packets
from tests.support.classifying import drain, make_rules_known
from tests.support.command import Command
from tests.support.databases import Backend, TestDatabases
from tests.support.http_server import serving
from tests.support.sample_night import take_in

ALERTS = 120
"""Of 2,000: so many that every worked query has something to answer with."""
Answer = dict[str, Any]


class SimulatedNight(NamedTuple):
    """Packets in two folders, those of the earlier hours and those of the later ones, and the truth."""

    folders: Sequence[Path]
    truth: Mapping[str, Truth]
    """Of one alert of each object, by the object's name."""


class ManualNight(NamedTuple):
    """The night behind a server. Tests must not write there."""

    address: str
    client: httpx.Client
    truth: Mapping[str, Truth]

    def ask(self, number: int, **changes: Any) -> Answer:
        """The data that the query of this number is answered with, over HTTP, with its own variables or others."""
        query, variables = question(number)
        answer = self.client.post("/graphql", json={"query": query, "variables": {**variables, **changes}})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert "errors" not in told, told["errors"]
        data: Answer = told["data"]
        return data


def question(number: int) -> tuple[str, Answer]:
    """The text and the variables of a worked query."""
    (file,) = FOLDER.glob(f"{number:02}_*.graphql")
    found = worked_query(file)
    return found.query, json.loads(found.variables)


@pytest.fixture(scope="session")
def simulated_night(tmp_path_factory: pytest.TempPathFactory) -> SimulatedNight:
    """The first objects of the night, and one of LSST at the place of one of them."""
    alerts = list(simulate_alerts(ALERTS, SAMPLE_SEED))
    middle = sorted(alert.truth.mjd for alert in alerts)[ALERTS // 2]
    root = tmp_path_factory.mktemp("manual")
    folders = [root / "earlier", root / "later"]
    for folder in folders:
        folder.mkdir()
    for alert in alerts:
        folder = folders[alert.truth.mjd >= middle]
        (folder / f"{alert.truth.candid}.avro").write_bytes(alert.packet)
    truth = {alert.truth.objectId: alert.truth for alert in alerts}
    seen_by_both = truth[question(7)[1]["name"]]
    packet = lsst_packets.packet(ra=seen_by_both.ra, dec=seen_by_both.dec, midpointMjdTai=seen_by_both.mjd)
    (folders[1] / "lsst.avro").write_bytes(lsst_packets.container(packet))
    return SimulatedNight(folders, truth)


@pytest.fixture(scope="session")
def manual_night(
    backend: Backend,
    databases: TestDatabases,
    simulated_night: SimulatedNight,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ManualNight]:
    """The night behind a server, on every database in turn."""
    root = tmp_path_factory.mktemp(f"manual_{backend.name}")
    with databases.fresh(backend) as url, serving_manual_night(url, simulated_night, root) as night:
        yield night


@contextmanager
def serving_manual_night(url: str, simulated: SimulatedNight, root: Path) -> Iterator[ManualNight]:
    """Taken in and classified in two halves, so that answers change, with the catalogues and the sky map of the
    manual."""
    classifiers = loaded_classifiers()
    make_rules_known(url, classifiers)
    for folder in simulated.folders:
        take_in(url, root, folder)
        drain(url, root, classifiers, batch_objects=200)
    command = Command({"ARRAYAN_DATABASE_URL": url, "ARRAYAN_DATA_DIR": str(root)})
    for name, radius in (("invented_hosts", 30), ("invented_agn", 1.5)):
        assert command("catalog", "add", name, FOLDER / f"{name}.csv", "--radius", radius).code == 0
    reader = Reader(url, connections=2, statement_timeout_seconds=30)
    app = create_app(reader, PacketArchive(str(root)), skymaps=SkymapStore(url))
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        sent = client.post("/skymaps", content=(FOLDER / "invented_skymap.fits").read_bytes())
        assert sent.status_code == 201, sent.text
        yield ManualNight(address, client, simulated.truth)


@cache
def loaded_classifiers() -> Sequence[Classifier]:
    """Those that are shipped, with their models, which take a second to load."""
    return load_classifiers()
