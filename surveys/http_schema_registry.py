"""A Confluent-compatible schema registry, asked over HTTP and remembered."""

import base64
import json
import time
from collections import OrderedDict
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from domain.dead_letter import MalformedPacket, Reason
from domain.errors import ArrayanError
from surveys.avro import WriterSchema, writer_schema

SCHEMAS_REMEMBERED = 256
REMEMBER_UNKNOWN_SECONDS = 60.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class SchemaRegistryUnavailable(ArrayanError):
    """The schema registry does not answer, or not as one; its messages cannot be read until it does."""


class HttpSchemaRegistry:
    """Schemas from `GET {url}/schemas/ids/{id}`.

    An id means one schema for ever, so what was once known is never asked again; that an id is unknown is
    believed for a minute.
    """

    def __init__(
        self, url: str, *, user: str | None = None, password: str | None = None, timeout_seconds: float = 10.0
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"the schema registry must be given by an http or https URL, not {url!r}")
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if user is not None:
            token = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._timeout_seconds = timeout_seconds
        self._opener = build_opener(_NoRedirects)
        self._known: OrderedDict[int, WriterSchema] = OrderedDict()
        self._unknown: OrderedDict[int, tuple[float, MalformedPacket]] = OrderedDict()

    def schema(self, schema_id: int) -> WriterSchema:
        """Raises MalformedPacket (UNKNOWN_SCHEMA, UNREADABLE_SCHEMA) and SchemaRegistryUnavailable."""
        known = self._known.get(schema_id)
        if known is None:
            self._refuse_again(schema_id)
            try:
                known = self._ask(schema_id)
            except MalformedPacket as error:
                _remember(self._unknown, schema_id, (time.monotonic() + REMEMBER_UNKNOWN_SECONDS, error))
                raise
            _remember(self._known, schema_id, known)
        return known

    def _refuse_again(self, schema_id: int) -> None:
        until, error = self._unknown.get(schema_id, (0.0, None))
        if error is not None and time.monotonic() < until:
            raise MalformedPacket(error.reason, error.message)

    def _ask(self, schema_id: int) -> WriterSchema:
        answer = self._get(schema_id)
        kind = answer.get("schemaType", "AVRO")
        if kind != "AVRO" or answer.get("references"):
            what = "has references to others" if kind == "AVRO" else f"is of type {kind}, not Avro"
            raise MalformedPacket(Reason.UNKNOWN_SCHEMA, f"schema {schema_id} of {self._url} {what}")
        text = answer.get("schema")
        if not isinstance(text, str):
            raise SchemaRegistryUnavailable(f"{self._url}/schemas/ids/{schema_id} answers without a schema")
        return writer_schema(text.encode())

    def _get(self, schema_id: int) -> dict[str, Any]:
        url = f"{self._url}/schemas/ids/{schema_id}"
        request = Request(url, headers=self._headers)  # noqa: S310 - http or https, see __init__
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as response:
                content = response.read(MAX_ANSWER_BYTES + 1)
        except HTTPError as error:
            if error.code == 404:
                raise MalformedPacket(
                    Reason.UNKNOWN_SCHEMA, f"the schema registry {self._url} knows no schema {schema_id}"
                ) from error
            raise SchemaRegistryUnavailable(f"{url} answers {error.code} {error.reason}") from error
        except (OSError, HTTPException) as error:
            raise SchemaRegistryUnavailable(f"{url} does not answer: {error}") from error
        return _json_object(url, content)


class _NoRedirects(HTTPRedirectHandler):
    """A registry that points elsewhere is an error: our password is for the one we were given."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _json_object(url: str, content: bytes) -> dict[str, Any]:
    if len(content) > MAX_ANSWER_BYTES:
        raise SchemaRegistryUnavailable(f"{url} answers with more than {MAX_ANSWER_BYTES} bytes")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SchemaRegistryUnavailable(f"{url} does not answer with JSON: {error}") from error
    if not isinstance(answer, dict):
        raise SchemaRegistryUnavailable(f"{url} does not answer with a JSON object")
    return answer


def _remember(memory: OrderedDict[int, Any], schema_id: int, value: Any) -> None:
    memory[schema_id] = value
    while len(memory) > SCHEMAS_REMEMBERED:
        memory.popitem(last=False)
