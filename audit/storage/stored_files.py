"""Files of the record (blobs), stored under the SHA-256 of their content; only this module knows in which encoding."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, type_coerce
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.records.records import DecisionRecord
from audit.storage.engines import in_parts
from audit.storage.schema import blobs

MAX_BLOB_BYTES = 512_000_000  # SQLite's limit of one value is 1e9 bytes, PostgreSQL's 2**30 signs, which are two a byte


class StoredBlob(NamedTuple):
    """A blob as it is stored: `encoding` is "raw" or "zlib" (RFC 1950)."""

    encoding: str
    data: bytes


def referenced(decision: DecisionRecord) -> list[str]:
    """Return the hashes of all blobs that a decision names: its input, its selections and the weights, each once."""
    weights = [decision.weights_blob] if decision.weights_blob else []
    return list(dict.fromkeys([decision.input_sha256, *(s.sha256 for s in decision.selections), *weights]))


def blobs_to_store(
    decision: DecisionRecord, given: Mapping[str, bytes], already_stored: Collection[str]
) -> dict[str, StoredBlob]:
    """Check the blobs that come with a decision and return the new ones in their stored form.

    The input is compressed here; selections are compressed already (Arrow IPC with zstd) and stay as they are.
    Raises `InvalidRecord` when a blob is missing, is not named by the decision, is too large or has another hash.
    """
    needed = referenced(decision)
    for sha256 in given:
        if sha256 not in needed:
            raise InvalidRecord(f"the blob {sha256!r:.80} is not named by decision {decision.id}")
    new: dict[str, StoredBlob] = {}
    for sha256 in needed:
        content = given.get(sha256)
        if content is None:
            if sha256 not in already_stored:
                raise InvalidRecord(f"decision {decision.id} names the blob {sha256}, but its content was not given")
            continue
        if not isinstance(content, bytes):
            raise InvalidRecord(f"the blob {sha256} must be bytes, not {type(content).__name__}")
        if len(content) > MAX_BLOB_BYTES:
            raise InvalidRecord(f"the blob {sha256} has {len(content)} bytes, at most {MAX_BLOB_BYTES} are allowed")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise InvalidRecord(f"the content given for the blob {sha256} has another SHA-256")
        if sha256 not in already_stored:
            new[sha256] = _pack(content, compress=sha256 == decision.input_sha256)
    return new


def _pack(content: bytes, *, compress: bool) -> StoredBlob:
    return StoredBlob("zlib", zlib.compress(content)) if compress else StoredBlob("raw", content)


def unpack(sha256: str, encoding: object, data: object) -> bytes:
    """Return the content of a stored blob after hashing it again.

    Raises `Tampered` when it cannot be read or has another hash.
    """
    changed = f"the stored file {sha256} was changed: its content no longer has the SHA-256 it is stored under"
    if not isinstance(data, bytes):
        raise Tampered(changed)
    if encoding == "zlib":
        stream = zlib.decompressobj()
        try:
            # The limit keeps a forged stream from filling the memory.
            content = stream.decompress(data, MAX_BLOB_BYTES + 1)
        except zlib.error as error:
            raise Tampered(changed) from error
        if not stream.eof or stream.unused_data:
            raise Tampered(changed)
    elif encoding == "raw":
        content = data
    else:
        raise Tampered(changed)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Tampered(changed)
    return content


def stored_blobs(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of these blobs that the store has already."""
    known = select(blobs.c.sha256)
    return {sha256 for part in in_parts(hashes) for sha256 in connection.scalars(known.where(blobs.c.sha256.in_(part)))}


def insert_blobs(connection: Connection, new: Mapping[str, StoredBlob]) -> None:
    """Store new blobs; a blob that another process has stored in the meantime stays as it is."""
    statement: Any = blobs.insert()
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(blobs).on_conflict_do_nothing(index_elements=["sha256"])
    values = [{"sha256": sha256, "encoding": blob.encoding, "data": blob.data} for sha256, blob in new.items()]
    if values:
        connection.execute(statement, values)


def read_blob(connection: Connection, sha256: str) -> bytes:
    """Return the content of a blob. Raises `NotFound`; `Tampered` when the content has another hash."""
    # Without a column type, the driver's value is returned unchanged: a forged cell may hold text or a number.
    columns = select(blobs.c.encoding, type_coerce(blobs.c.data, NullType()))
    row = connection.execute(columns.where(blobs.c.sha256 == sha256)).first()
    if row is None:
        raise NotFound(f"no blob has the SHA-256 {sha256!r:.80}")
    return unpack(sha256, row[0], row[1])
