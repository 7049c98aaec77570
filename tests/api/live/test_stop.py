"""A server that is asked to stop sends those who listen away, so that they come back and go on."""

from pathlib import Path

import httpx

from tests.support.command import Process
from tests.support.live_broker import DETECTED, LiveBroker, events_of, ready_client


def test_listeners_are_told_before_the_server_ends(broker: LiveBroker, tmp_path: Path) -> None:
    settings = {"ARRAYAN_DATABASE_URL": broker.url, "ARRAYAN_DATA_DIR": str(tmp_path)}
    server = Process("serve", "--port", "0", cwd=tmp_path, **settings)
    try:
        address = server.wait_for("/graphql").partition("Serving on ")[2].partition("/graphql")[0]
        asked = {"json": {"query": DETECTED}, "headers": {"Accept": "text/event-stream"}}
        with (
            ready_client(address) as client,
            httpx.stream("POST", f"{address}/graphql", timeout=30, **asked) as answer,  # type: ignore[arg-type]
        ):
            client.subscribe(DETECTED)
            client.send(type="ping")
            assert client.receive() == {"type": "pong"}
            server.process.terminate()
            assert list(events_of(answer)) == []  # without `complete`, which would tell them not to come back
            code, reason = client.closing()
        assert code == 1012
        assert "after" in reason
        assert server.process.wait(30) == 0
    finally:
        server.process.kill()
