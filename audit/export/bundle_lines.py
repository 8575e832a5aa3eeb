"""The lines of a bundle: entries, rows, keys and signed notes, each in its one form.

Needs only Python 3.9 and `cryptography`: every bundle carries a copy beside verify.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

try:
    from audit.export.bundle_files import INCOMPLETE, TAMPERED, BadEvidence
    from audit.log.authority import erasure_targets
except ImportError:  # in a bundle
    from authority import erasure_targets  # type: ignore[import-not-found,no-redef]
    from bundle_files import INCOMPLETE, TAMPERED, BadEvidence  # type: ignore[import-not-found,no-redef]

MAX_LINE = 64 * 1024 * 1024  # bytes of one entry or row
_MAX_VALUES = 2_000_000  # of one text: empty lists are three bytes each, and sixty times that in memory
_TEXT_FIELDS = ("ts", "actor", "type", "subject", "p", "prev", "hash")
_ENTRY_FIELDS = {"v", "seq", *_TEXT_FIELDS, "salt", "payload"}
_HEX = re.compile(r"[0-9a-f]{64}").fullmatch
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}").fullmatch


class Entry(NamedTuple):
    """One line of log.jsonl, in the order of the columns that `proving.prove` takes."""

    seq: int
    ts: str
    actor: str
    type: str
    subject: str
    p: str
    prev: str
    hash: str
    salt: str | None
    payload: str | None

    def __str__(self) -> str:
        return f"entry {self.seq} ({self.type} {self.subject})"


class Key(NamedTuple):
    """A verifier key, `<origin>+<key id>+<base64>` (c2sp.org/signed-note)."""

    origin: str
    id: bytes
    public: Ed25519PublicKey
    text: str


class SignedRoot(NamedTuple):
    """What a signed note states: the first `size` entries have the Merkle tree hash `root` (hexadecimal)."""

    label: str
    size: int
    root: str


def _number(digits: str) -> int | float:
    # No number of a record has more digits; converting millions of them takes Python hours or fails.
    return int(digits) if len(digits) < 18 else float(digits)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_int=_number, parse_constant=_refuse)

# The encoded values are strings, nulls and small integers under ASCII names. For these, RFC 8785 asks for exactly
# this form: names sorted, no spaces, integers plain, and in strings only ", \ and control characters escaped, in the
# short forms or as lower-case \u00xx. The encoder and RFC 8785 differ only for floats and names outside ASCII.
canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def parsed(text: str) -> Any:
    """Parse JSON. Raises ValueError when the text is not JSON, or has more values than any record."""
    if text.count(",") + text.count("[") + text.count("{") > _MAX_VALUES:
        raise ValueError("more values than a record has")
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read_entry(line: bytes, number: int) -> Entry:
    where = f"Line {number} of log.jsonl"
    if line[-1:] != b"\n":
        raise BadEvidence(INCOMPLETE, f"{where} is cut off or too long.")
    try:
        fields = parsed(line[:-1].decode())
    except ValueError as error:
        raise BadEvidence(INCOMPLETE, f"{where} is not JSON.") from error
    if type(fields) is not dict:
        raise BadEvidence(INCOMPLETE, f"{where} is not an entry of a log.")
    version = fields.get("v")
    if type(version) is not int or version != 1:
        raise BadEvidence(INCOMPLETE, f"{where} is written in another version of the format than 1.")
    if fields.keys() != _ENTRY_FIELDS:
        raise BadEvidence(TAMPERED, f"{where} has other fields than an entry has.")
    salt, payload = fields["salt"], fields["payload"]
    opened = (salt is None and payload is None) or (type(salt) is str and _HEX(salt) and type(payload) is str)
    if not opened or type(fields["seq"]) is not int or {type(fields[name]) for name in _TEXT_FIELDS} != {str}:
        raise BadEvidence(TAMPERED, f"{where} holds a value that was never recorded.")
    try:
        if canonical(fields).encode() != line[:-1]:
            raise BadEvidence(TAMPERED, f"{where} is not in its canonical form: it was changed after it was written.")
    except UnicodeEncodeError as error:
        raise BadEvidence(TAMPERED, f"{where} holds a lone surrogate, which was never recorded.") from error
    del fields["v"]
    return Entry(**fields)


def blobs_named(payload: dict[str, Any]) -> list[str]:
    """Return the SHA-256 of every file that the payload of a decision names, each once. Raises ValueError."""
    if not isinstance(payload.get("selections"), list):
        raise ValueError("it has no list of selections")
    names = [payload.get("input_sha256")]
    names += [item.get("sha256") if isinstance(item, dict) else None for item in payload["selections"]]
    if payload.get("weights_blob") is not None:
        names.append(payload["weights_blob"])
    return list(dict.fromkeys(map(_hash_text, names)))


def weights_file(payload: dict[str, Any], subject: str) -> str:
    """Return the SHA-256 of the weights file that an entry registers. Raises ValueError."""
    if payload.get("weights_sha256") != subject:
        raise ValueError("it is about other weights than those that it names")
    return _hash_text(subject)


def erasure_listed(payload: dict[str, Any]) -> tuple[dict[int, str], list[str]]:
    """Return what an erasure lists: the commitment of each entry by number, and the files. Raises ValueError."""
    targets, blobs = payload.get("targets"), payload.get("blobs")
    if not isinstance(targets, list) or not isinstance(blobs, list):
        raise ValueError("it has no lists of targets and blobs")
    entries: dict[int, str] = {}
    for target in targets:
        if not isinstance(target, dict) or type(target.get("seq")) is not int or target["seq"] in entries:
            raise ValueError("a target has no number or the number of another one")
        entries[target["seq"]] = _hash_text(target.get("p"))
    return entries, [_hash_text(sha256) for sha256 in blobs]


def erased_in(log: BinaryIO) -> tuple[dict[int, object], dict[int, Mapping[str, Any]]]:
    """Return the commitments of all entries that erasures list, and what was kept of them, by number: known before the rest is
    read. What cannot be read here is reported when its line is checked."""
    erased: dict[int, object] = {}
    facts: dict[int, Mapping[str, Any]] = {}
    for line in iter(lambda: log.readline(MAX_LINE), b""):
        if b'"type":"erasure"' not in line:
            continue
        try:
            entry = read_entry(line, 0)
            content = parsed(entry.payload) if entry.type == "erasure" and entry.payload is not None else None
        except (BadEvidence, ValueError):
            continue
        for seq, (committed, kept) in erasure_targets(content).items() if isinstance(content, dict) else ():
            if seq < entry.seq:
                erased[seq], facts[seq] = committed, kept
    return erased, facts


def _hash_text(value: object) -> str:
    if type(value) is not str or not _HEX(value):
        raise ValueError("a SHA-256 is missing or malformed")
    return value


# Keys and checkpoints.


def base64_bytes(text: str) -> bytes | None:
    """Return the bytes; None if `text` is not what encoding them gives: its last character can hide unused bits."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return content if base64.b64encode(content).decode() == text else None


def read_key(text: str, label: str) -> Key:
    origin, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = base64_bytes(encoded)
    expected = hashlib.sha256(origin.encode("utf-8", "replace") + b"\n" + (raw or b"")).digest()[:4]
    if not origin or raw is None or len(raw) != 33 or raw[0] != 1 or key_id != expected.hex():
        raise BadEvidence(INCOMPLETE, f"There is no public key of the form <origin>+<key id>+<base64> in {label}.")
    try:
        return Key(origin, expected, Ed25519PublicKey.from_public_bytes(raw[1:]), text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadEvidence(INCOMPLETE, f"The public key in {label} cannot be used here: {error}.") from error


def read_note(text: str, key: Key, label: str, *, alone: bool) -> SignedRoot:
    """Check the signature of a checkpoint; `alone`: no other key may have signed it as well."""
    body, separator, signatures = text.rpartition("\n\n")
    lines = body.split("\n")
    root = base64_bytes(lines[2]) if len(lines) > 2 else None
    if not separator or not text.endswith("\n") or root is None or len(root) != 32 or not _SIZE(lines[1]):
        raise BadEvidence(INCOMPLETE, f"There is no signed checkpoint in {label}.")
    if lines[0] != key.origin:
        raise BadEvidence(TAMPERED, f"The checkpoint in {label} is of {lines[0]}, the public key of {key.origin}.")
    signed = signatures[:-1].split("\n")
    if alone and len(signed) != 1:
        raise BadEvidence(TAMPERED, f"There is more than one signature in {label}.")
    prefix = f"\N{EM DASH} {key.origin} "
    for line in signed:
        signature = base64_bytes(line[len(prefix) :]) if line.startswith(prefix) else None
        if signature is None or signature[:4] != key.id:
            continue
        try:
            key.public.verify(signature[4:], f"{body}\n".encode())
        except InvalidSignature as error:
            raise BadEvidence(TAMPERED, f"The signature in {label} is wrong: the checkpoint was changed.") from error
        return SignedRoot(label, int(lines[1]), root.hex())
    raise BadEvidence(TAMPERED, f"There is no signature by the public key in {label}.")
