"""`arrayan tokens`: made, listed, revoked."""

import json

from tests.support.command import Command


def test_tokens_are_made_listed_and_revoked(arrayan: Command) -> None:
    assert arrayan("migrate").code == 0
    assert "no tokens" in arrayan("tokens", "list").out
    made = arrayan("tokens", "create", "my TOM", "--cost-per-minute", 7000, "--days", 30)
    assert made.code == 0
    secret = made.out.strip()
    assert secret.startswith("arrayan_")
    assert len(secret) > 40
    assert arrayan("tokens", "create", "survey").out != made.out
    listed = arrayan("tokens", "list")
    assert "my TOM" in listed.out
    assert "7,000" in listed.out
    assert "valid until" in listed.out
    assert secret not in listed.out
    assert arrayan("tokens", "revoke", "my TOM").code == 0
    states = {token["name"]: token["is_valid"] for token in json.loads(arrayan("tokens", "list", "--json").out)}
    assert states == {"my TOM": False, "survey": True}


def test_what_cannot_be_is_said_plainly(arrayan: Command) -> None:
    assert arrayan("migrate").code == 0
    assert arrayan("tokens", "create", "one").code == 0
    again = arrayan("tokens", "create", "one")
    assert again.code == 1
    assert "there is a token named 'one'" in again.err
    assert "no token named 'two'" in arrayan("tokens", "revoke", "two").err
    assert arrayan("tokens", "create", " ").code == 2
    assert arrayan("tokens", "create", "three", "--days", 0).code == 2
