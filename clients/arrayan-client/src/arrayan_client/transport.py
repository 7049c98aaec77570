"""Wishes performed by blocking (`Transport`) and by awaiting (`AsyncTransport`), over httpx. Nothing here
decides."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from arrayan_client.events import Event, Follower, Interrupted
from arrayan_client.session import Session
from arrayan_client.steps import Answer, Lost, Outcome, Pause, Request, Result, Steps, Wish

REDIRECTS = True


class Transport:
    """Performs what is wished, one after the other, on the caller's thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._http = httpx.Client(**_options(session))

    def run(self, steps: Steps[Result]) -> Result:
        """Perform all wishes; gives what the steps come to. Raises what they raise."""
        outcome: Outcome = None
        while True:
            try:
                wish = steps.send(outcome)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            outcome = self._perform(wish)

    def follow(self, follower: Follower[Event]) -> Iterator[Event]:
        """The events of a subscription, over as many connections as it takes."""
        while not follower.has_ended:
            failure: Answer | Lost = Lost("the server ended the stream")
            try:
                with self._http.stream(**_arguments(follower.request(), self._session)) as response:
                    is_stream = _is_stream(response)
                    follower.opened(_answer(response, b"" if is_stream else response.read()))
                    for part in response.iter_raw():
                        yield from follower.feed(part)
                        if follower.has_ended:
                            return
            except Interrupted as interrupted:
                failure = interrupted.failure
            except httpx.TransportError as error:
                failure = _lost(error)
            if not follower.has_ended:
                time.sleep(follower.lost(failure))

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _perform(self, wish: Wish) -> Outcome:
        if isinstance(wish, Pause):
            time.sleep(wish.seconds)
            return None
        try:
            with self._http.stream(**_arguments(wish, self._session)) as response:
                if wish.into is None or response.status_code != httpx.codes.OK:
                    return _answer(response, response.read())
                with wish.into.open("wb") as file:
                    for part in response.iter_bytes():
                        file.write(part)
                return _answer(response, b"")
        except httpx.TransportError as error:
            return _lost(error)


class AsyncTransport:
    """The same for asyncio."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._http = httpx.AsyncClient(**_options(session))

    async def run(self, steps: Steps[Result]) -> Result:
        """See Transport.run."""
        outcome: Outcome = None
        while True:
            try:
                wish = steps.send(outcome)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            outcome = await self._perform(wish)

    async def follow(self, follower: Follower[Event]) -> AsyncIterator[Event]:
        """See Transport.follow."""
        while not follower.has_ended:
            failure: Answer | Lost = Lost("the server ended the stream")
            try:
                async with self._http.stream(**_arguments(follower.request(), self._session)) as response:
                    is_stream = _is_stream(response)
                    follower.opened(_answer(response, b"" if is_stream else await response.aread()))
                    async for part in response.aiter_raw():
                        for event in follower.feed(part):
                            yield event
                        if follower.has_ended:
                            return
            except Interrupted as interrupted:
                failure = interrupted.failure
            except httpx.TransportError as error:
                failure = _lost(error)
            if not follower.has_ended:
                await asyncio.sleep(follower.lost(failure))

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _perform(self, wish: Wish) -> Outcome:
        if isinstance(wish, Pause):
            await asyncio.sleep(wish.seconds)
            return None
        try:
            async with self._http.stream(**_arguments(wish, self._session)) as response:
                if wish.into is None or response.status_code != httpx.codes.OK:
                    return _answer(response, await response.aread())
                with wish.into.open("wb") as file:
                    async for part in response.aiter_bytes():
                        file.write(part)
                return _answer(response, b"")
        except httpx.TransportError as error:
            return _lost(error)


def _options(session: Session) -> dict[str, Any]:
    return {
        "base_url": session.url,
        "headers": session.headers,
        "timeout": session.timeout,
        "follow_redirects": REDIRECTS,
    }


def _arguments(request: Request, session: Session) -> dict[str, Any]:
    read = session.timeout if request.read_seconds is None else request.read_seconds
    return {
        "method": request.method,
        "url": request.path,
        "json": request.json,
        "content": request.content,
        "params": request.parameters or None,
        "headers": dict(request.headers),
        "timeout": httpx.Timeout(session.timeout, read=read),
    }


def _is_stream(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("text/event-stream")


def _answer(response: httpx.Response, content: bytes) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, content)


def _lost(error: httpx.TransportError) -> Lost:
    if isinstance(error, httpx.TimeoutException):
        return Lost("it said nothing for too long")
    return Lost(str(error) or type(error).__name__)
