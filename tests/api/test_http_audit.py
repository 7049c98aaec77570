"""GraphQL over HTTP, judged by the audits of its reference implementation for servers."""

from pathlib import Path

from api.app import create_app
from storage.reader import Reader
from tests.support.client_environment import NodeClient
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

AUDITS = 61


def test_every_audit_passes(stored_night: StoredNight, tmp_path: Path) -> None:
    client = NodeClient("audit", tmp_path)
    reader = Reader(stored_night.url, connections=4, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address:
        results = client.run("audit.mjs", f"{address}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
