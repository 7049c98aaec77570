"""The server as a client knows it: where it is, who asks, and how patient."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps
from math import isfinite
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from arrayan_client.answers import data_of, failure_of, is_passing, retry_after_of
from arrayan_client.errors import ArrayanError, InvalidInput, NotArrayan, RateLimited, ServerUnreachable
from arrayan_client.retry import Retry
from arrayan_client.steps import Answer, Lost, Pause, Request, Steps
from arrayan_client.version import __version__

DEFAULT_URL = "http://127.0.0.1:8000"
URL_VARIABLE, TOKEN_VARIABLE = "ARRAYAN_URL", "ARRAYAN_TOKEN"
ACCEPT = "application/graphql-response+json, application/json;q=0.9"
STRANGER_ATTEMPTS = 2

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Operation(Generic[Model]):
    """A question of GraphQL, and the type of its answer."""

    text: str
    model: type[Model]

    def shown_with(self, variables: Mapping[str, Any]) -> str:
        """The question for a reader: its variables as a comment, then its text."""
        return f"# variables: {dumps(as_json(variables), ensure_ascii=False)}\n{self.text.strip()}\n"


@dataclass
class Session:
    """What all requests to one server share."""

    url: str
    token: str | None
    retry: Retry
    timeout: float
    has_answered: bool = False
    """Whether this server ever said anything: only then is it waited for when it is away."""

    @classmethod
    def of(cls, url: str | None, token: str | None, retry: Retry | None, timeout: float) -> "Session":
        """From arguments, else from the environment. Raises InvalidInput."""
        address = url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise InvalidInput(
                f"the address of the server must begin with http:// or https://, got {address!r}",
                hint=f"For example {DEFAULT_URL}: as {URL_VARIABLE}, the argument `url`, or --url.",
            )
        base = address.rstrip("/").removesuffix("/graphql")
        return cls(base, token or os.environ.get(TOKEN_VARIABLE) or None, retry or Retry(), timeout)

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        headers = {"User-Agent": f"arrayan-client/{__version__}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def ask(self, operation: Operation[Model], variables: Mapping[str, Any]) -> Steps[Model]:
        """The answer to a question. Raises ArrayanError."""
        body = {"query": operation.text, "variables": as_json(variables)}
        answer = yield from self.answered(Request("POST", "/graphql", json=body, headers={"Accept": ACCEPT}))
        data = data_of(answer)
        try:
            return operation.model.model_validate(data)
        except ValidationError as error:
            raise NotArrayan(
                f"the answer is not what the schema promises: {_first_of(error)}",
                hint="Client and server may be of different versions: update the older one.",
            ) from error

    def answered(self, request: Request) -> Steps[Answer]:
        """An answer that is not to be tried again. Raises ArrayanError."""
        attempt = 0
        while True:
            attempt += 1
            outcome = yield request
            assert outcome is not None
            if isinstance(outcome, Answer):
                self.has_answered = True
                if not is_passing(outcome):
                    return outcome
            yield Pause(self.patience(outcome, attempt))

    def patience(self, failure: Answer | Lost, attempt: int, retry: Retry | None = None) -> float:
        """Seconds until it is tried again. Raises ArrayanError when it is not."""
        policy = retry or self.retry
        retry_after = retry_after_of(failure.headers) if isinstance(failure, Answer) else None
        attempts = policy.attempts if self.has_answered else min(policy.attempts, STRANGER_ATTEMPTS)
        if attempt >= attempts or (retry_after or 0) > policy.longest_retry_after:
            raise self._given_up(failure, attempt, retry_after)
        return policy.pause(attempt, retry_after)

    def _given_up(self, failure: Answer | Lost, attempt: int, retry_after: float | None) -> ArrayanError:
        if isinstance(failure, Lost):
            times = "" if attempt == 1 else f" (tried {attempt} times)"
            return ServerUnreachable(
                f"{self.url} does not answer{times}: {failure.reason}",
                hint="Is the server running, and is this its address? "
                f"Name another with {URL_VARIABLE}, the argument `url`, or --url.",
            )
        made = failure_of(failure)
        if isinstance(made, RateLimited):
            made.retry_after = retry_after
        return made


def as_json(value: Any) -> Any:
    """Variables as they are sent; what was not given is left out. Raises InvalidInput for what JSON cannot have."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        raise InvalidInput(f"a number must be finite, got {value}")
    return value


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
