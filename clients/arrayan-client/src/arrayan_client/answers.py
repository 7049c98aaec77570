"""What an answer of the server says: data, or an exception."""

import json
from collections.abc import Mapping
from typing import Any

from arrayan_client.errors import NotArrayan, ObjectNotFound, RateLimited, ServerError, Unavailable, server_error
from arrayan_client.steps import Answer

TRY_AGAIN = {429, 502, 503, 504}
"""Statuses that mean: later, perhaps."""
NOT_FOUND = 404
PASSING = {"RATE_LIMITED", "UNAVAILABLE"}


def document_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. Raises NotArrayan."""
    try:
        document = json.loads(answer.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise NotArrayan(
            f"the answer is no JSON object (status {answer.status}, "
            f"{answer.headers.get('content-type') or 'no content type'}): {_beginning(answer.content)}",
            hint="Check the address of the server: ARRAYAN_URL, the argument `url`, or --url.",
        )
    return document


def data_of(answer: Answer) -> dict[str, Any]:
    """The data of an answer of GraphQL. Raises a ServerError when it has errors."""
    document = document_of(answer)
    errors = document.get("errors")
    if errors:
        raise server_error(errors[0], document.get("extensions"))
    if answer.status == 200 and isinstance(document.get("data"), dict):
        data: dict[str, Any] = document["data"]
        return data
    raise failure_of(answer)


def failure_of(answer: Answer) -> ServerError:
    """The exception for an answer that is no success. Raises NotArrayan."""
    retry_after = retry_after_of(answer.headers)
    try:
        document = document_of(answer)
    except NotArrayan:
        if answer.status in TRY_AGAIN:
            return Unavailable(f"the server, or a proxy before it, answers with status {answer.status}")
        raise
    errors = document.get("errors") or [document.get("error")]
    if not isinstance(errors[0], Mapping):
        raise NotArrayan(
            f"the answer with status {answer.status} is none of Arrayán's: {_beginning(answer.content)}",
            hint="Check the address of the server: ARRAYAN_URL, the argument `url`, or --url.",
        )
    made = server_error(errors[0], document.get("extensions"))
    if answer.status == NOT_FOUND:
        return ObjectNotFound(made.message, code=made.code)
    if isinstance(made, RateLimited):
        made.retry_after = retry_after
    return made


def is_passing(answer: Answer) -> bool:
    """Whether asking the same again later may help."""
    if answer.status in TRY_AGAIN:
        return True
    if answer.status != 200 or not answer.content.startswith(b"{") or b'"errors"' not in answer.content:
        return False
    errors = json.loads(answer.content).get("errors") or [{}]
    return (errors[0].get("extensions") or {}).get("code") in PASSING


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server wants to be left alone; None when it does not say."""
    text = headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def _beginning(content: bytes) -> str:
    text = content[:200].decode("utf-8", "replace").strip()
    return " ".join(text.split())[:120] or "it is empty"
