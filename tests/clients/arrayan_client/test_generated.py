"""What is generated is what would be generated now."""

import inspect
from pathlib import Path

import arrayan_client
import pytest
from arrayan_client import Arrayan, AsyncArrayan
from arrayan_client.generated import operations
from arrayan_client.generated.enums import Band
from graphql import parse, validate

from graphql_schema.schema import make_schema
from tests.support.generated_client import generate, generated_files

PACKAGE = Path(arrayan_client.__file__).parent
TEXTS = [name for name in vars(operations) if name.endswith("_GQL")]


@pytest.mark.clients
def test_it_is_current(tmp_path: Path) -> None:
    made, kept = generated_files(generate(tmp_path)), generated_files(PACKAGE)
    assert made.keys() == kept.keys()
    for name, text in made.items():
        assert text == kept[name], f"{name} is not current: make client"


@pytest.mark.parametrize("name", TEXTS)
def test_a_question_fits_the_schema(name: str) -> None:
    assert validate(make_schema()._schema, parse(getattr(operations, name))) == []


def test_a_value_that_an_enumeration_does_not_have_yet_is_taken() -> None:
    band = Band("w")
    assert (band, str(band), band.value) == ("w", "w", "w")
    assert Band("g") is Band.g
    with pytest.raises(ValueError):
        Band("")


@pytest.mark.parametrize("verb", [name for name in vars(Arrayan) if not name.startswith("_")])
def test_both_clients_take_the_same(verb: str) -> None:
    blocking, awaiting = vars(Arrayan)[verb], vars(AsyncArrayan)[verb]
    if callable(blocking):
        taken, given = inspect.signature(blocking).parameters, inspect.signature(awaiting).parameters
        assert list(taken) == list(given)
        assert [each.default for each in taken.values()] == [each.default for each in given.values()]
        assert blocking.__doc__ == awaiting.__doc__


def test_every_verb_says_what_it_gives() -> None:
    for name, verb in vars(Arrayan).items():
        assert name.startswith("_") or verb.__doc__, name
