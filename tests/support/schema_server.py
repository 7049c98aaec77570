"""A schema registry on loopback: a real HTTP server that answers what a test wants, and counts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]


class SchemaServer:
    """Answers by path; whatever is not in `answers` is 404, as Confluent's registry says it."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer] = {}
        self.headers: dict[str, str] = {}
        """Sent with every answer."""
        self.asked: list[tuple[str, str | None]] = []
        """Paths, with the Authorization header of each request."""

    def add(self, schema_id: int, answer: Any, status: int = 200) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answers[f"/schemas/ids/{schema_id}"] = (status, content)


@contextmanager
def schema_server() -> Iterator[SchemaServer]:
    known = SchemaServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append((self.path, self.headers.get("Authorization")))
            unknown = (404, b'{"error_code": 40403, "message": "Schema not found"}')
            status, content = known.answers.get(self.path, unknown)
            self.send_response(status)
            for name, value in known.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join(timeout=10)
