"""In which form a client wants its answer."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

HEADERS_REMEMBERED = 256


class MediaType(StrEnum):
    """What `/graphql` can answer; the better ones first."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENT_STREAM = "text/event-stream"


class Accepted(NamedTuple):
    """What `Accept` allows: the form of a single answer (None when it takes none of ours), and whether a stream of
    events may be sent."""

    answer: MediaType | None
    event_stream: bool

    @property
    def only_event_stream(self) -> bool:
        return self.answer is None and self.event_stream


ANYTHING = Accepted(MediaType.JSON, event_stream=False)


@lru_cache(maxsize=HEADERS_REMEMBERED)
def accepted(accept: str) -> Accepted:
    """What a client accepts. Without a header, and for `*/*`, it is JSON; of two forms that are liked equally, the
    one that tells more by its status. A single answer is preferred where a stream is accepted too."""
    if not accept.strip():
        return ANYTHING
    liking = weights_of(accept)
    named = {media: liking[media] for media in MediaType if liking.get(media, 0) > 0}
    answers = [media for media in (MediaType.RESPONSE, MediaType.JSON) if media in named]
    if answers:
        best: MediaType | None = max(answers, key=lambda media: named[media])
    else:
        any_of = max(liking.get("*/*", 0), liking.get("application/*", 0))
        best = MediaType.JSON if any_of > 0 and liking.get(MediaType.JSON, 1) > 0 else None
    return Accepted(best, MediaType.EVENT_STREAM in named)


@lru_cache(maxsize=HEADERS_REMEMBERED)
def weights_of(accept: str) -> Mapping[str, float]:
    """The weight of each item of an Accept header. One without a number that can be read counts fully."""
    weights: dict[str, float] = {}
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weights[name] = next((_weight(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
    return weights


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
