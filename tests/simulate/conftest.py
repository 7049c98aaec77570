"""One small simulated night for all tests of this folder."""

import csv
import io
import tarfile
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
import pytest

from simulate.cadence import Schedule, build_schedule
from simulate.night import DEFAULT_MJD, NightSummary, write_night

SEED = 7
ALERTS = 240


class Night(NamedTuple):
    summary: NightSummary
    records: list[dict[str, Any]]
    truth: dict[str, dict[str, str]]
    """Rows by candid."""

    def pairs(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        return [(record, self.truth[str(record["candid"])]) for record in self.records]


def read_night(archive_path: Path) -> list[dict[str, Any]]:
    """The records of an archive, in its order."""
    records = []
    with tarfile.open(archive_path) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            (record,) = fastavro.reader(io.BytesIO(content.read()))
            assert isinstance(record, dict)
            assert member.name == f"{record['candid']}.avro"
            records.append(record)
    return records


def read_truth(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    output = tmp_path_factory.mktemp("simulated") / "night.tar.gz"
    summary = write_night(output, alerts=ALERTS, seed=SEED, processes=1)
    truth = {row["candid"]: row for row in read_truth(summary.truth)}
    return Night(summary, read_night(output), truth)


@pytest.fixture(scope="session")
def schedule() -> Schedule:
    return build_schedule(SEED, int(DEFAULT_MJD))
