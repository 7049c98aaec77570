"""Documents that the operator vouches for: they may cost more than those of strangers."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from graphql import GraphQLError, GraphQLSchema, parse, validate

from api.persisted_documents import PREFIX, sha256_of
from domain.errors import ArrayanError


class InvalidTrustedDocument(ArrayanError):
    """A document that cannot be read or does not fit the schema; the message names its file."""


def load_trusted_documents(path: Path, schema: GraphQLSchema) -> dict[str, str]:
    """Documents by their identifiers, each checked against the schema.

    A folder holds `.graphql` files, known by the SHA-256 of their text. A `.json` file maps identifiers to texts,
    as Relay's compiler writes them, or is a manifest of Apollo. Raises InvalidTrustedDocument.
    """
    found = dict(_of_folder(path) if path.is_dir() else _of_file(path))
    for name, text in found.items():
        _check(path, name, text, schema)
    return found


def _of_folder(folder: Path) -> Iterable[tuple[str, str]]:
    for file in sorted(folder.rglob("*.graphql")):
        text = _read(file)
        yield sha256_of(text), text


def _of_file(file: Path) -> Iterable[tuple[str, str]]:
    try:
        listed = json.loads(_read(file))
    except ValueError as error:
        raise InvalidTrustedDocument(f"{file} is no JSON: {error}") from error
    if isinstance(listed, dict) and isinstance(listed.get("operations"), list):
        listed = {one.get("id"): one.get("body") for one in listed["operations"] if isinstance(one, dict)}
    if not isinstance(listed, Mapping) or not all(
        isinstance(name, str) and isinstance(text, str) for name, text in listed.items()
    ):
        raise InvalidTrustedDocument(f"{file} must map identifiers to documents")
    for name, text in listed.items():
        yield name.removeprefix(PREFIX), text


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTrustedDocument(f"cannot read {file}: {error}") from error


def _check(path: Path, name: str, text: str, schema: GraphQLSchema) -> None:
    try:
        problems = validate(schema, parse(text))
    except GraphQLError as error:
        problems = [error]
    if problems:
        raise InvalidTrustedDocument(f"{path}: document {name} does not fit the schema: {problems[0].message}")
