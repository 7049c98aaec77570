"""In which form an answer comes."""

import pytest

from api.media_types import MediaType, accepted

JSON, RESPONSE = MediaType.JSON, MediaType.RESPONSE


@pytest.mark.parametrize(
    ("accept", "answer", "event_stream"),
    [
        ("", JSON, False),
        ("*/*", JSON, False),
        ("application/*", JSON, False),
        ("application/json", JSON, False),
        ("application/json; charset=utf-8", JSON, False),
        ("APPLICATION/JSON", JSON, False),
        ("application/graphql-response+json", RESPONSE, False),
        ("application/graphql-response+json, application/json", RESPONSE, False),
        ("application/json, application/graphql-response+json", RESPONSE, False),
        ("application/graphql-response+json,application/json;q=0.9", RESPONSE, False),
        ("application/json, application/graphql-response+json; q=0.5", JSON, False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON, False),
        ("application/json, text/event-stream, multipart/mixed", JSON, True),
        ("text/event-stream", None, True),
        ("text/event-stream, */*", JSON, True),
        ("text/event-stream;q=0, application/json", JSON, False),
        ("text/html", None, False),
        ("application/json;q=0, */*", None, False),
        ("application/json;q=", JSON, False),
        (",;,", None, False),
    ],
)
def test_the_accept_header_is_followed(accept: str, answer: MediaType | None, event_stream: bool) -> None:
    assert accepted(accept) == (answer, event_stream)
