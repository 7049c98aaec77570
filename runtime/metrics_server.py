"""Metrics and health of a process on a port of their own, whatever else it does or does not serve."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from prometheus_client import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from runtime.metrics import PROCESS
from runtime.readiness import Readiness

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""A client that is slower than this to ask loses its connection."""


class _Answer(NamedTuple):
    status: HTTPStatus
    content_type: str
    body: bytes


class MetricsServer:
    """`/metrics`, `/livez`, `/healthz` and `/readyz`, answered by threads of their own while the process works.

    Serves what the registries hold, and what every process has, or `process` in its place. `readiness` is asked for
    each `/readyz`; it may take its time, and must not raise.
    """

    def __init__(
        self,
        listener: socket.socket,
        readiness: Callable[[], Readiness],
        *registries: Collector,
        process: Collector = PROCESS,
    ) -> None:
        class Handler(_Handler):
            ask_readiness = staticmethod(readiness)
            metrics = _Together(process, *registries)

        self._server = _Server(listener.getsockname(), Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Together(Collector):
    def __init__(self, *registries: Collector) -> None:
        self._registries = registries

    def collect(self) -> Iterable[Metric]:
        for registry in self._registries:
            yield from registry.collect()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no trouble of ours."""
        del request
        log.debug("metrics_request_failed client=%s", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    ask_readiness: Callable[[], Readiness]
    metrics: _Together
    timeout = PATIENCE_SECONDS
    server_version, sys_version = "arrayan", ""

    def do_GET(self) -> None:
        self._send(self._answer())

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as the library has it
        log.debug("metrics_request line=%s", format % arguments)

    def _answer(self) -> _Answer:
        match self.path.partition("?")[0]:
            case "/metrics":
                encode, content_type = choose_encoder(self.headers.get("Accept", ""))
                return _Answer(HTTPStatus.OK, content_type, encode(self.metrics))
            case "/livez" | "/healthz":
                return _json(HTTPStatus.OK, {"status": "ok"})
            case "/readyz":
                readiness = self.ask_readiness()
                status = HTTPStatus.OK if readiness.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
                return _json(status, readiness.as_json())
        return _json(HTTPStatus.NOT_FOUND, {"status": "there are /metrics, /livez, /healthz and /readyz"})

    def _send(self, answer: _Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _json(status: HTTPStatus, content: object) -> _Answer:
    return _Answer(status, "application/json", json.dumps(content).encode())
