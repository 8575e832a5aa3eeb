"""Blobs are kept under the SHA-256 of their content; the form on disk is the store's own matter."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Mapping
from typing import NamedTuple

from audit.errors import InvalidRecord, Tampered
from audit.records.records import DecisionRecord

__all__ = ["MAX_BLOB_BYTES", "StoredBlob", "blobs_to_store", "referenced", "unpack"]

MAX_BLOB_BYTES = 256 * 1024 * 1024  # well below SQLite's limit of one value (1e9 bytes)


class StoredBlob(NamedTuple):
    """A blob as it lies in the store: `encoding` is "raw" or "zlib" (RFC 1950)."""

    encoding: str
    data: bytes


def referenced(decision: DecisionRecord) -> list[str]:
    """The hashes of every blob that a decision stands on: its input, its selections and the weights, each once."""
    weights = [decision.weights_blob] if decision.weights_blob else []
    return list(dict.fromkeys([decision.input_sha256, *(s.sha256 for s in decision.selections), *weights]))


def blobs_to_store(
    decision: DecisionRecord, blobs: Mapping[str, bytes], already_stored: Collection[str]
) -> dict[str, StoredBlob]:
    """Check the blobs that come with a decision and return the new ones in their stored form.

    The input is compressed here; selections come compressed (Arrow IPC with zstd) and stay as they are.
    Errors: `InvalidRecord` when one is missing, foreign to the decision, too large or not what its hash says.
    """
    needed = referenced(decision)
    for sha256 in blobs:
        if sha256 not in needed:
            raise InvalidRecord(f"the blob {sha256!r:.80} belongs to no field of decision {decision.id}")
    new: dict[str, StoredBlob] = {}
    for sha256 in needed:
        content = blobs.get(sha256)
        if content is None:
            if sha256 not in already_stored:
                raise InvalidRecord(f"decision {decision.id} names the blob {sha256}, but it was not given")
            continue
        if not isinstance(content, bytes):
            raise InvalidRecord(f"the blob {sha256} must be bytes, not {type(content).__name__}")
        if len(content) > MAX_BLOB_BYTES:
            raise InvalidRecord(f"the blob {sha256} has {len(content)} bytes, at most {MAX_BLOB_BYTES} are allowed")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise InvalidRecord(f"the blob given as {sha256} has another content")
        if sha256 not in already_stored:
            new[sha256] = _pack(content, compress=sha256 == decision.input_sha256)
    return new


def _pack(content: bytes, *, compress: bool) -> StoredBlob:
    return StoredBlob("zlib", zlib.compress(content)) if compress else StoredBlob("raw", content)


def unpack(sha256: str, encoding: object, data: object) -> bytes:
    """Return the content of a stored blob after hashing it again.

    Errors: `Tampered` when it cannot be read or has another hash.
    """
    changed = f"the stored file {sha256} was changed: its content no longer has the SHA-256 it is stored under"
    if not isinstance(data, bytes):
        raise Tampered(changed)
    if encoding == "zlib":
        stream = zlib.decompressobj()
        try:
            # The cap keeps a forged stream from filling the memory.
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
