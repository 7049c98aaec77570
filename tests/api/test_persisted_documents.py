"""Documents named by their hash."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import persisted_documents
from api.graphql_request import GraphQLRequest
from api.persisted_documents import Document, PersistedDocuments, sha256_of
from api.refusal import Refused
from api.trusted_documents import InvalidTrustedDocument, load_trusted_documents
from graphql_schema.schema import make_schema

QUERY = "{ surveys { survey } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()


def by_hash(name: object, query: str | None = None, version: object = 1) -> GraphQLRequest:
    return GraphQLRequest(query, extensions={"persistedQuery": {"version": version, "sha256Hash": name}})


def test_a_document_is_known_by_its_hash_once_it_was_kept() -> None:
    documents = PersistedDocuments()
    with pytest.raises(Refused, match="PersistedQueryNotFound"):
        documents.document_of(by_hash(HASH))
    sent = documents.document_of(by_hash(HASH, QUERY))
    assert sent == Document(QUERY, HASH)
    documents.keep(sent)
    assert documents.document_of(by_hash(HASH)) == sent
    assert documents.document_of(by_hash(HASH.upper())) == sent
    assert documents.document_of(GraphQLRequest(None, document_id=f"sha256:{HASH}")) == sent


@pytest.mark.parametrize(
    "asked",
    [
        by_hash(HASH, "{ classifiers { name } }"),
        by_hash("abc", QUERY),
        by_hash(None, QUERY),
        by_hash(HASH, QUERY, version=2),
        GraphQLRequest(QUERY, extensions={"persistedQuery": []}),
        GraphQLRequest(None, extensions={"other": 1}),
    ],
)
def test_a_hash_that_cannot_be_is_refused(asked: GraphQLRequest) -> None:
    with pytest.raises(Refused):
        PersistedDocuments().document_of(asked)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=40))
def test_documents_are_forgotten_before_they_are_too_many(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(persisted_documents, "MAX_DOCUMENTS", 5)
        patched.setattr(persisted_documents, "MAX_BYTES", 60)
        documents = PersistedDocuments()
        for text in texts:
            documents.keep(Document(text, sha256_of(text)))
            assert len(documents) <= 5
            assert documents.document_of(by_hash(sha256_of(text))).text == text


def test_trusted_documents_come_from_a_folder_or_a_file(tmp_path: Path) -> None:
    schema = make_schema()._schema
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "surveys.graphql").write_text(QUERY)
    (tmp_path / "relay.json").write_text(json.dumps({"abc": QUERY}))
    manifest = {"format": "apollo-persisted-query-manifest", "operations": [{"id": HASH, "body": QUERY}]}
    (tmp_path / "apollo.json").write_text(json.dumps(manifest))
    assert load_trusted_documents(tmp_path / "folder", schema) == {HASH: QUERY}
    assert load_trusted_documents(tmp_path / "relay.json", schema) == {"abc": QUERY}
    trusted = load_trusted_documents(tmp_path / "apollo.json", schema)
    found = PersistedDocuments(trusted).document_of(GraphQLRequest(None, document_id=HASH))
    assert found == Document(QUERY, HASH, is_trusted=True)


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}', '{"a": "{ nothing }"}', '{"a": "{"}'])
def test_trusted_documents_that_cannot_be_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "documents.json").write_text(text)
    with pytest.raises(InvalidTrustedDocument, match=r"documents\.json"):
        load_trusted_documents(tmp_path / "documents.json", make_schema()._schema)
