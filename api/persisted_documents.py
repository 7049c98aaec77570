"""Documents that clients name by their hash in place of sending them again."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from api.graphql_request import NO_QUERY, GraphQLRequest
from api.refusal import Refused, bad_request
from graphql_schema.errors import ErrorCode

MAX_DOCUMENTS = 2000
MAX_BYTES = 8_000_000

SHA256 = re.compile(r"[0-9a-f]{64}")
PREFIX = "sha256:"
SPEC_VERSION = 1
"""The only version there is of the extension `persistedQuery`."""


class Document(NamedTuple):
    """The text of an operation; `id` is None when the client sent no hash with it."""

    text: str
    id: str | None = None
    is_trusted: bool = False


class PersistedDocuments:
    """Trusted documents, which the operator chose, and those that clients left here, which are forgotten when too
    many others came after them."""

    def __init__(self, trusted: Mapping[str, str] | None = None) -> None:
        self._trusted = dict(trusted or {})
        self._left: OrderedDict[str, str] = OrderedDict()
        self._left_bytes = 0

    def __len__(self) -> int:
        """How many clients left here."""
        return len(self._left)

    def document_of(self, asked: GraphQLRequest) -> Document:
        """The document that a request sends or names. Raises Refused for one that is not known, or is another."""
        name = _id_of(asked)
        if name is None:
            if not asked.query:
                raise bad_request(NO_QUERY)
            return Document(asked.query)
        if (trusted := self._trusted.get(name)) is not None:
            return Document(trusted, name, is_trusted=True)
        if asked.query:
            if sha256_of(asked.query) != name:
                raise bad_request("the hash is not the SHA-256 of the query")
            return Document(asked.query, name)
        if (left := self._left.get(name)) is None:
            # The message and the code are those by which clients know that they must send the text.
            raise Refused(400, ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        self._left.move_to_end(name)
        return Document(left, name)

    def keep(self, document: Document) -> None:
        """Remember a document that came with its hash and could be run."""
        name, size = document.id, len(document.text)
        if name is None or document.is_trusted or name in self._left:
            return
        self._left[name] = document.text
        self._left_bytes += size
        while len(self._left) > MAX_DOCUMENTS or self._left_bytes > MAX_BYTES:
            _, forgotten = self._left.popitem(last=False)
            self._left_bytes -= len(forgotten)


def sha256_of(text: str) -> str:
    """The hash of a document, as clients compute it: of its UTF-8 bytes, in small hexadecimal letters."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _id_of(asked: GraphQLRequest) -> str | None:
    """The hash or name of the document, from `documentId` or from the extension of Apollo. Raises Refused."""
    if asked.document_id is not None:
        return asked.document_id.removeprefix(PREFIX)
    persisted = (asked.extensions or {}).get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != SPEC_VERSION:
        raise bad_request(f"extensions.persistedQuery must be an object with version {SPEC_VERSION}")
    name = persisted.get("sha256Hash")
    if not isinstance(name, str) or not SHA256.fullmatch(name.lower()):
        raise bad_request("extensions.persistedQuery.sha256Hash must be 64 hexadecimal digits")
    return name.lower()
