"""Asks an Arrayán server: one question and its answer, or a subscription and its events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from django.conf import settings

from tom_arrayan import __version__
from tom_arrayan.errors import ArrayanError

SERVICE = "Arrayan"
"""Name of the data service: the key in the settings, and the source of the points that it brings."""

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 90.0
"""A subscription that says nothing for so long is dead: a server shows a sign of life every 20 seconds."""

DIFFERENCE, APPARENT = "difference", "apparent"

Json = dict[str, Any]


class Event(NamedTuple):
    """Something that happened. `id` is what to go on behind."""

    id: str
    content: Json


@dataclass(frozen=True)
class Endpoint:
    """A server, and how the TOM uses it. `url` has no slash at its end; `public_url` is where browsers reach the
    server, None when they cannot; `magnitudes` is `difference` or `apparent`; without `has_forced`, targets get no
    forced photometry."""

    url: str
    token: str | None = None
    seconds: float = 30.0
    public_url: str | None = None
    magnitudes: str = DIFFERENCE
    has_forced: bool = True

    def ask(self, document: str, variables: Json, *, seconds: float | None = None) -> Json:
        """The data of an answer. ArrayanError says in one sentence why there is none."""
        with self._readable_errors():
            answer = requests.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers=self._headers("application/json"),
                timeout=(CONNECT_SECONDS, seconds or self.seconds),
            )
            content = self._json(answer)
        if content.get("errors"):
            raise _refusal(content["errors"])
        return dict(content["data"])

    def file(self, path: str) -> requests.Response:
        """A file of the server, such as a picture. ArrayanError when it cannot be had."""
        with self._readable_errors():
            answer = requests.get(
                f"{self.url}{path}", headers=self._headers("*/*"), timeout=(CONNECT_SECONDS, self.seconds)
            )
        if not answer.ok:
            raise ArrayanError(f"{self.name} has no {path} (HTTP {answer.status_code})")
        return answer

    def events(self, document: str, variables: Json) -> Iterator[Event]:
        """What happens, until the connection ends; ArrayanError says why, when the server said it."""
        with (
            self._readable_errors(),
            requests.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers=self._headers("text/event-stream"),
                timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                stream=True,
            ) as answer,
        ):
            if not answer.ok:
                raise self._failure(answer)
            for fields in _blocks(answer):
                if fields.get("event") == "complete":
                    return
                content = json.loads(fields["data"])
                if content.get("errors"):
                    raise _refusal(content["errors"])
                yield Event(fields["id"], content["data"])

    @property
    def name(self) -> str:
        """How to speak of it to people."""
        return f"Arrayán at {urlsplit(self.url).netloc}"

    def page(self, path: str) -> str | None:
        """Address of a page for browsers; None when they do not reach the server."""
        return f"{self.public_url}{path}" if self.public_url else None

    def _headers(self, accept: str) -> dict[str, str]:
        headers = {"Accept": accept, "User-Agent": f"tom_arrayan/{__version__}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _json(self, answer: requests.Response) -> Json:
        try:
            content = answer.json()
        except ValueError:
            content = None
        if isinstance(content, dict) and ("data" in content or "errors" in content):
            return content
        raise self._failure(answer)

    def _failure(self, answer: requests.Response) -> ArrayanError:
        try:
            errors = answer.json()["errors"]
        except (ValueError, KeyError, TypeError):
            return ArrayanError(f"{self.name} answered with HTTP {answer.status_code}, and not as Arrayán does")
        return _refusal(errors, wait=answer.headers.get("Retry-After"))

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except ArrayanError:
            raise
        except requests.Timeout:
            raise ArrayanError(f"{self.name} did not answer in time: try again, or ask for less") from None
        except requests.ConnectionError:
            raise ArrayanError(f"{self.name} cannot be reached: try again later") from None
        except (requests.RequestException, OSError) as error:
            raise ArrayanError(f"{self.name} cannot be asked: {error}") from error


def configured() -> Endpoint:
    """The server that the TOM's settings name. ArrayanError says what is wrong there."""
    found = getattr(settings, "DATA_SERVICES", {}).get(SERVICE) or {}
    url = str(found.get("url") or "").rstrip("/").removesuffix("/graphql")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ArrayanError(
            f"the settings of this TOM need DATA_SERVICES = {{'{SERVICE}': {{'url': 'https://...'}}}} with the "
            "address of an Arrayán server"
        )
    magnitudes = found.get("magnitudes", DIFFERENCE)
    if magnitudes not in (DIFFERENCE, APPARENT):
        raise ArrayanError(f"'magnitudes' in DATA_SERVICES['{SERVICE}'] is {DIFFERENCE!r} or {APPARENT!r}")
    return Endpoint(
        url,
        token=found.get("token") or None,
        seconds=float(found.get("timeout", 30)),
        public_url=str(found.get("public_url") or "").rstrip("/") or None,
        magnitudes=magnitudes,
        has_forced=bool(found.get("forced_photometry", True)),
    )


def _refusal(errors: list[Json], wait: str | None = None) -> ArrayanError:
    first = errors[0]
    extensions = first.get("extensions") or {}
    return ArrayanError(
        str(first.get("message") or "the question was refused"),
        code=extensions.get("code"),
        wait=float(wait) if wait and wait.isdigit() else None,
    )


def _blocks(answer: requests.Response) -> Iterator[dict[str, str]]:
    """The events of an answer as it comes, each with its fields; comments are left out."""
    fields: dict[str, str] = {}
    is_chunked = answer.headers.get("Transfer-Encoding") == "chunked"
    for line in answer.iter_lines(chunk_size=None if is_chunked else 1):  # None would read others to their end
        text = line.decode()
        if text and not text.startswith(":"):
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")
        elif not text:
            if "data" in fields:  # else it only tells where the stream begins
                yield fields
            fields = {}
