"""A file that proves one entry of the log without the record (c2sp.org/tlog-proof).

    c2sp.org/tlog-proof@v1
    extra <base64 of JSON: the entry, and where wanted salt and content, which open its commitment>
    index 511
    <the inclusion proof, a hash a line>

    <a checkpoint with the cosignatures of witnesses>

The index counts from 0, the numbers of entries from 1.
"""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

from audit.errors import InvalidRecord, Tampered
from audit.log.chain import entry_bytes
from audit.log.checkpoints import Checkpoint, open_checkpoint
from audit.log.entries import SealedContent
from audit.log.merkle_tree import leaf_hash, verify_inclusion
from audit.log.notes import Note, decoded
from audit.log.proving import opens
from audit.records.canonical import canonical, parse
from audit.records.records import LogEntry

MOST_PROOF = 64 * 1024 * 1024  # bytes of a file
_HEAD = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63
_EXTRA = ({"entry"}, {"entry", "salt", "payload"})


class EntryProof(NamedTuple):
    """What a file says, unchecked: the bytes e_i of an entry, what opens it, its position from 0 on, proof and checkpoint."""

    entry: bytes
    sealed: SealedContent | None
    position: int
    path: list[bytes]
    note: Note


class ProvenEntry(NamedTuple):
    """An entry that was in the log of a checkpoint, and its content where the file has it."""

    fields: dict[str, Any]
    content: Any
    checkpoint: Checkpoint


def proof_text(proof: EntryProof) -> str:
    """Return the text of the file."""
    extra: dict[str, object] = {"entry": proof.entry.decode()}
    if proof.sealed is not None:
        extra |= proof.sealed._asdict()
    hashes = "".join(f"{base64.b64encode(node).decode()}\n" for node in proof.path)
    return f"{_HEAD}\nextra {base64.b64encode(canonical(extra)).decode()}\nindex {proof.position}\n{hashes}\n{proof.note}"


def read_proof(text: str) -> EntryProof:
    """Read the text of a file. Raises `InvalidRecord` when it is malformed."""
    head, separator, note = text.partition("\n\n")
    first, extra, place, *hashes = [*head.split("\n"), "", ""][: _MOST_HASHES + 3] if separator else ["", "", ""]
    hashes = [line for line in hashes if line]
    if first != _HEAD or not extra.startswith("extra ") or not re.fullmatch(r"index (0|[1-9][0-9]{0,15})", place, re.ASCII):
        raise InvalidRecord(f"this is not a proof of an entry: expected {_HEAD}, extra, index, hashes and a checkpoint")
    raw = decoded(extra.removeprefix("extra "), "the extra line")
    content = parse(raw.decode(errors="replace"))
    if not isinstance(content, dict) or content.keys() not in _EXTRA or set(map(type, content.values())) != {str}:
        raise InvalidRecord("the extra line of the proof must have an entry, or an entry with its salt and content")
    if canonical(content) != raw:
        raise InvalidRecord("the extra line of the proof is not in canonical form (RFC 8785)")
    sealed = SealedContent(content["salt"], content["payload"]) if "salt" in content else None
    path = [decoded(line, "a hash of the proof") for line in hashes]
    return EntryProof(content["entry"].encode(), sealed, int(place.removeprefix("index ")), path, Note.parse(note))


def check_proof(proof: EntryProof, verifier_key: str) -> ProvenEntry:
    """Check a proof against the log's key; return the entry. The cosignatures are for a `Policy` to check.

    Raises `Tampered` when the entry was not in the log of the checkpoint, or its content is not what it commits to;
    `InvalidRecord` when what was in the log is not an entry.
    """
    checkpoint = open_checkpoint(str(proof.note), verifier_key)
    root = bytes.fromhex(checkpoint.root)
    if not verify_inclusion(leaf_hash(proof.entry), proof.position, checkpoint.size, proof.path, root):
        raise Tampered("the entry is not in the log that the checkpoint signed")
    fields = _fields(proof.entry)
    if fields["seq"] != proof.position + 1:
        raise Tampered("the entry has another number than its place in the log")
    content = None
    if proof.sealed is not None:
        if not opens(proof.sealed.salt, proof.sealed.payload, str(fields.get("p"))):
            raise Tampered("the content in the proof is not what the entry commits to")
        content = parse(proof.sealed.payload)
    return ProvenEntry(fields, content, checkpoint)


def _fields(entry: bytes) -> dict[str, Any]:
    """Return the fields of e_i. Raises `InvalidRecord` unless these bytes are what an entry is hashed as."""
    fields = parse(entry.decode(errors="replace"))
    try:
        who = {name: fields[name] for name in ("seq", "ts", "actor", "type", "subject", "prev")}
        made = LogEntry(**who, commitment=fields["p"], hash="")
    except (TypeError, KeyError) as error:
        raise InvalidRecord("the proof is not of an entry: a field is missing") from error
    if entry_bytes(made) != entry:
        raise InvalidRecord("the proof is not of an entry: it is not in canonical form, or has other fields")
    return dict(fields)
