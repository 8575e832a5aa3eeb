"""Verify an exported record of decisions and reviews: python verify.py [FOLDER_OR_ZIP]

This file stands alone on purpose: it needs only Python 3.9 and the package `cryptography`, so that the receiver of a
bundle can check it without the software that wrote it. Every bundle carries a copy of this file as verify.py.

    h_i = H(0x00 || e_i)           H = SHA-256; e_i = {v, seq, ts, actor, type, subject, p, prev} as RFC 8785 JSON
    p_i = H(salt_i || payload_i)   both can be erased, the commitment stays; prev_i = h_(i-1), 64 zeros at first
    root = Merkle tree hash over h_1..h_n (RFC 9162), signed in checkpoint.txt (c2sp.org/tlog-checkpoint)

Every byte of log.jsonl, rows.jsonl, blobs/ and the checkpoints counts: another spelling of the same JSON is
refused as well. Exit codes: 0 valid, 1 tampered, 2 incomplete or unreadable.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("The verifier needs the package cryptography: pip install cryptography", file=sys.stderr)
    sys.exit(2)

__all__ = ["FORMAT", "Report", "blobs_named", "erasure_listed", "main", "verify", "weights_file"]

FORMAT = "sparsemix-bundle-1"
VALID, TAMPERED, INCOMPLETE = 0, 1, 2

GENESIS = "0" * 64
TEXT_FIELDS = ("ts", "actor", "type", "subject", "p", "prev", "hash")
ENTRY_FIELDS = {"v", "seq", *TEXT_FIELDS, "salt", "payload"}

MAX_LINE = 64 * 1024 * 1024  # bytes of one entry or row
MAX_TEXT = 64 * 1024  # bytes of the manifest, a note or a key
MAX_MEMBERS = 1_000_000  # files in a zip
MAX_UNPACKED = 64 * 1024**3  # bytes of all files in a zip
MAX_RATIO = 200  # unpacked bytes for one packed byte, in files that unpack to more than FREE_SIZE
FREE_SIZE = 256 * 1024 * 1024  # bytes
BUFFER = 1024 * 1024  # bytes

HEX = re.compile(r"[0-9a-f]{64}").fullmatch
SIZE = re.compile(r"0|[1-9][0-9]{0,15}").fullmatch
# All that a damaged folder or zip makes the standard library raise.
READ_ERRORS = (OSError, EOFError, LookupError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)


class BadEvidence(Exception):  # noqa: N818 - the evidence is bad, not this program
    """A check that failed: exit code and a plain sentence."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Report(NamedTuple):
    """The outcome. `size` and `root` (hexadecimal) cover the entries that form an unbroken chain from the first.

    `problem_seq` is the first bad entry, None where the problem is not in a single entry. `checked` counts what passed.
    `key` says where the public key is from; `checkpoint` is the older checkpoint that was given, if it was good.
    """

    ok: bool
    code: int
    size: int
    root: str
    problem_seq: int | None
    problem_text: str | None
    checked: dict[str, int]
    key: str
    checkpoint: dict[str, object] | None


class Entry(NamedTuple):
    """One line of log.jsonl; `computed` is the hash of its fields, `hash` the hash that it claims."""

    seq: int
    type: str
    subject: str
    p: str
    prev: str
    hash: str
    computed: str
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


class Checkpoint(NamedTuple):
    """What a signed note states: the first `size` entries have the Merkle tree hash `root` (hexadecimal)."""

    label: str
    size: int
    root: str


def verify(path: Path, public_key: str | None = None, checkpoint: str | None = None) -> Report:
    """Verify a bundle, a folder or a zip; `public_key` and `checkpoint` are texts from outside of it."""
    run = _Run("in the bundle" if public_key is None else "given")
    try:
        with closing(_Folder(path) if path.is_dir() else _Zip(path)) as bundle:
            run.check(bundle, public_key, checkpoint)
    except BadEvidence as bad:
        run.problem(bad.code, None, str(bad))
    except READ_ERRORS as error:
        run.problem(INCOMPLETE, None, f"The bundle cannot be read: {error or type(error).__name__}.")
    return run.report()


# Entries.


def _number(digits: str) -> int | float:
    # No number of a record has more digits; converting millions of them takes Python hours or fails.
    return int(digits) if len(digits) < 18 else float(digits)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_int=_number, parse_constant=_refuse)

# The encoded values are strings, nulls and small integers under ASCII names. For these, RFC 8785 asks for exactly
# this form: names sorted, no spaces, integers plain, and in strings only ", \ and control characters escaped, in the
# short forms or as lower-case \u00xx. The encoder and RFC 8785 differ only for floats and names outside ASCII.
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def _parsed(text: str) -> Any:
    """Parse JSON. Raises ValueError when the text is not JSON."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _read_entry(line: bytes, number: int) -> Entry:
    where = f"Line {number} of log.jsonl"
    if line[-1:] != b"\n":
        raise BadEvidence(INCOMPLETE, f"{where} is cut off or too long.")
    try:
        fields = _parsed(line[:-1].decode())
    except ValueError as error:
        raise BadEvidence(INCOMPLETE, f"{where} is not JSON.") from error
    if type(fields) is not dict:
        raise BadEvidence(INCOMPLETE, f"{where} is no entry of a log.")
    version = fields.get("v")
    if type(version) is not int or version != 1:
        raise BadEvidence(INCOMPLETE, f"{where} is written in another version of the format than 1.")
    if fields.keys() != ENTRY_FIELDS:
        raise BadEvidence(TAMPERED, f"{where} has other fields than an entry has.")
    salt, payload = fields["salt"], fields["payload"]
    opened = (salt is None and payload is None) or (type(salt) is str and HEX(salt) and type(payload) is str)
    if not opened or type(fields["seq"]) is not int or {type(fields[name]) for name in TEXT_FIELDS} != {str}:
        raise BadEvidence(TAMPERED, f"{where} holds a value that was never recorded.")
    try:
        if _canonical(fields).encode() != line[:-1]:
            raise BadEvidence(TAMPERED, f"{where} is not in its canonical form: it was changed after it was written.")
    except UnicodeEncodeError as error:
        raise BadEvidence(TAMPERED, f"{where} holds a lone surrogate, which was never recorded.") from error
    del fields["salt"], fields["payload"]
    claimed = fields.pop("hash")
    computed = hashlib.sha256(b"\x00" + _canonical(fields).encode()).hexdigest()
    return Entry(
        fields["seq"], fields["type"], fields["subject"], fields["p"], fields["prev"], claimed, computed, salt, payload
    )


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


def _hash_text(value: object) -> str:
    if type(value) is not str or not HEX(value):
        raise ValueError("a SHA-256 is missing or malformed")
    return value


# Rows against payloads. Their texts are equal when nothing was changed; if not, these functions say what was changed.


def _read_row(line: bytes) -> tuple[int, dict[str, Any]]:
    """Return the number of the entry that a line of rows.jsonl belongs to, and the row. Raises ValueError."""
    item = _parsed(line.decode())
    seq, row = (item.get("seq"), item.get("row")) if isinstance(item, dict) else (None, None)
    if type(seq) is not int or not isinstance(row, dict):
        raise ValueError("not a row")
    return seq, row


def _difference(payload: dict[str, Any], row: dict[str, Any]) -> str:
    for name in sorted(payload.keys() | row.keys()):
        was, now = _canonical(payload.get(name)), _canonical(row.get(name))
        if was != now:
            was, now = _short(was, now), _short(now, was)
            return f'the field "{name}" was recorded as {was}, in the row it is {now}'
    return "it is not in its canonical form"


def _short(text: str, other: str) -> str:
    """Cut a long value around the first place where it differs from `other`."""
    if len(text) <= 80:
        return text
    shorter = min(len(text), len(other))
    start = max(0, next((i for i in range(shorter) if text[i] != other[i]), shorter) - 30)
    return f"{'…' if start else ''}{text[start : start + 80]}{'…' if start + 80 < len(text) else ''}"


# Keys and checkpoints.


def _base64(text: str) -> bytes | None:
    """Return the bytes; None if `text` is not what encoding them gives: its last character can hide unused bits."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return content if base64.b64encode(content).decode() == text else None


def _read_key(text: str, label: str) -> Key:
    origin, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    expected = hashlib.sha256(origin.encode("utf-8", "replace") + b"\n" + (raw or b"")).digest()[:4]
    if not origin or raw is None or len(raw) != 33 or raw[0] != 1 or key_id != expected.hex():
        raise BadEvidence(INCOMPLETE, f"There is no public key of the form <origin>+<key id>+<base64> in {label}.")
    try:
        return Key(origin, expected, Ed25519PublicKey.from_public_bytes(raw[1:]), text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadEvidence(INCOMPLETE, f"The public key in {label} cannot be used here: {error}.") from error


def _read_note(text: str, key: Key, label: str, *, alone: bool) -> Checkpoint:
    """Check the signature of a checkpoint; `alone`: no other key may have signed it as well."""
    body, separator, signatures = text.rpartition("\n\n")
    lines = body.split("\n")
    root = _base64(lines[2]) if len(lines) > 2 else None
    if not separator or not text.endswith("\n") or root is None or len(root) != 32 or not SIZE(lines[1]):
        raise BadEvidence(INCOMPLETE, f"There is no signed checkpoint in {label}.")
    if lines[0] != key.origin:
        raise BadEvidence(TAMPERED, f"The checkpoint in {label} is of {lines[0]}, the public key of {key.origin}.")
    signed = signatures[:-1].split("\n")
    if alone and len(signed) != 1:
        raise BadEvidence(TAMPERED, f"There is more than one signature in {label}.")
    prefix = f"\N{EM DASH} {key.origin} "
    for line in signed:
        signature = _base64(line[len(prefix) :]) if line.startswith(prefix) else None
        if signature is None or signature[:4] != key.id:
            continue
        try:
            key.public.verify(signature[4:], f"{body}\n".encode())
        except InvalidSignature as error:
            raise BadEvidence(TAMPERED, f"The signature in {label} is wrong: the checkpoint was changed.") from error
        return Checkpoint(label, int(lines[1]), root.hex())
    raise BadEvidence(TAMPERED, f"There is no signature by the public key in {label}.")


class _Tree:
    """A growing Merkle tree in O(log n) memory: the roots of its full subtrees, largest first (RFC 9162)."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + self.peaks.pop() + leaf).digest()
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> str:
        if not self.peaks:
            return hashlib.sha256().hexdigest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root.hex()


# A bundle as a folder or a zip. Nothing is ever unpacked to disk.


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.names = {item.name for item in path.iterdir()}
        for folder in ("blobs", "checkpoints"):
            if (path / folder).is_dir():
                self.names |= {f"{folder}/{item.name}" for item in (path / folder).iterdir()}

    def open(self, name: str) -> BinaryIO:
        if not (self.path / name).is_file():  # opening a pipe or a device could block for ever
            raise BadEvidence(INCOMPLETE, f"{name} is not a file.")
        return (self.path / name).open("rb", buffering=BUFFER)

    def close(self) -> None:
        pass


class _Zip:
    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadEvidence(INCOMPLETE, f"{path} does not exist.")
        self.archive = zipfile.ZipFile(path)
        members = self.archive.infolist()
        self.names = {member.filename for member in members if not member.filename.endswith("/")}
        try:
            self._check(members)
        except BadEvidence:
            self.close()
            raise

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        problem = None
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
            problem = f"it holds more than {MAX_MEMBERS} files or {MAX_UNPACKED} bytes"
        elif len({member.filename for member in members}) < len(members):
            problem = "it holds two files of the same name"
        for member in members:
            name = member.filename
            if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
                problem = f"the name {name} points out of it"
            elif member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                problem = f"{name} is encrypted or packed in an unusual way"
            elif member.file_size > max(FREE_SIZE, MAX_RATIO * member.compress_size):
                problem = f"{name} unpacks to more than {MAX_RATIO} times its size; unpack the zip and verify the folder"
        if problem:
            raise BadEvidence(INCOMPLETE, f"This zip is not read: {problem}.")

    def open(self, name: str) -> BinaryIO:
        member = cast("io.RawIOBase", self.archive.open(name))
        return cast("BinaryIO", io.BufferedReader(member, BUFFER))

    def close(self) -> None:
        self.archive.close()


def _read_text(bundle: _Folder | _Zip, name: str) -> str:
    if name not in bundle.names:
        raise BadEvidence(INCOMPLETE, f"{name} is missing.")
    with bundle.open(name) as file:
        content = file.read(MAX_TEXT + 1)
    try:
        if len(content) <= MAX_TEXT:
            return content.decode()
    except UnicodeDecodeError:
        pass
    raise BadEvidence(INCOMPLETE, f"{name} is no text or too long.")


class _Run:
    """One verification: a single pass over the log that keeps only the first problem.

    Some facts show only later: an entry may be empty if an erasure follows, a file may exist again if a later
    decision brought it back. Therefore the pass goes on after a problem. Content after a broken chain can clear
    an earlier finding, but never adds one.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.first: tuple[int, int | None, str] | None = None
        self.tree = _Tree()
        self.head = GENESIS
        self.chained = True
        self.counts = dict.fromkeys(("decisions", "reviews", "events"), 0)
        self.older: Checkpoint | None = None
        self.signed: list[Checkpoint] = []
        self.signed_sizes: set[int] = set()
        self.emptied: dict[int, str] = {}  # commitments of entries without content
        self.erased: set[int] = set()  # the emptied entries that a later erasure lists
        self.good: set[str] = set()  # files that were hashed
        self.named: set[str] = set()
        self.registered: set[str] = set()  # files registered as weights, which no erasure may take
        self.absent: dict[str, tuple[int, str]] = {}  # missing files, each with the first entry that needs it
        self.leftover: dict[str, int] = {}  # files that still exist, each with the entry that erased it
        self.row_count = 0
        self.row = b""  # the next row, not yet accounted for

    def problem(self, code: int, seq: int | None, text: str) -> None:
        """Note a problem. One is kept: of the earliest entry with a problem the worst, and of equally bad ones the last."""
        known = self.first
        new = (sys.maxsize if seq is None else seq, code)
        old = (sys.maxsize if known is None or known[1] is None else known[1], known[0] if known else sys.maxsize)
        if new < old or (new == old and seq is not None):
            self.first = (code, seq, text)

    def report(self) -> Report:
        code, seq, text = self.first or (VALID, None, None)
        checked = {
            "entries": self.tree.size,
            **self.counts,
            "erased": len(self.erased),
            "rows": self.row_count,
            "blobs": len(self.good),
        }
        older = {"size": self.older.size, "root": self.older.root} if self.older else None
        return Report(not code, code, self.tree.size, self.tree.root(), seq, text, checked, self.key, older)

    def check(self, bundle: _Folder | _Zip, public_key: str | None, checkpoint: str | None) -> None:
        self.bundle = bundle
        self.blobs = {name[6:] for name in bundle.names if name.startswith("blobs/")}
        text = self._manifest()
        key = self._keys(public_key)
        own = self._note(_read_text(bundle, "checkpoint.txt"), key, "checkpoint.txt")
        if checkpoint is not None:
            self.older = self._note(checkpoint, key, "the given checkpoint", alone=False)
        for name in sorted(bundle.names):
            if name.startswith("checkpoints/") and name.endswith(".txt"):
                self._note(_read_text(bundle, name), key, name)
        for name in ("log.jsonl", "rows.jsonl"):
            if name not in bundle.names:
                raise BadEvidence(INCOMPLETE, f"{name} is missing.")
        with bundle.open("log.jsonl") as log, bundle.open("rows.jsonl") as self.rows:
            self.row = self.rows.readline(MAX_LINE)
            self._roots()
            for number, line in enumerate(iter(lambda: log.readline(MAX_LINE), b""), 1):
                self._line(number, line)
            self._ends(own)
            self._leftovers()
        if self.first is None:
            self._agrees(text, key)

    def _manifest(self) -> str:
        text = _read_text(self.bundle, "manifest.json")
        try:
            manifest = _parsed(text)
        except ValueError as error:
            raise BadEvidence(INCOMPLETE, "manifest.json is not JSON.") from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BadEvidence(INCOMPLETE, f"This is no bundle of the format {FORMAT}.")
        return text

    def _keys(self, public_key: str | None) -> Key:
        text = _read_text(self.bundle, "public_key.txt")
        if not text.endswith("\n"):
            raise BadEvidence(INCOMPLETE, "public_key.txt is cut off.")
        inside = _read_key(text[:-1], "public_key.txt")
        if public_key is None:
            return inside
        given = _read_key(public_key.strip(), "the given key file")
        if given.text != inside.text:
            self.problem(TAMPERED, None, "The bundle carries another public key than the one that was given.")
        return given

    def _note(self, text: str, key: Key, label: str, *, alone: bool = True) -> Checkpoint | None:
        try:
            note = _read_note(text, key, label, alone=alone)
        except BadEvidence as bad:
            self.problem(bad.code, None, str(bad))
            return None
        self.signed.append(note)
        self.signed_sizes.add(note.size)
        return note

    def _roots(self) -> None:
        """Note a problem if a checkpoint of this many entries signed another root."""
        if self.tree.size not in self.signed_sizes:
            return
        for note in self.signed:
            if note.size == self.tree.size and note.root != self.tree.root():
                text = f"The first {note.size} entries fit together, but they are not those that {note.label} signed"
                self.problem(TAMPERED, None, f"{text}: the log was rewritten.")

    def _line(self, number: int, line: bytes) -> None:
        try:
            entry = _read_entry(line, number)
        except BadEvidence as bad:
            if self.chained:
                self.problem(bad.code, number, str(bad))
            self.chained = False
            return
        broken = self._break(entry, number) if self.chained else None
        if broken:
            self.problem(TAMPERED, number, broken)
            self.chained = False
        elif self.chained:
            self.head = entry.hash
            self.tree.append(bytes.fromhex(entry.hash))
            self._roots()
        try:
            self._content(entry)
        except BadEvidence as bad:
            if self.chained:
                self.problem(bad.code, number, str(bad))

    def _break(self, entry: Entry, number: int) -> str | None:
        if entry.seq != number:
            return f"Entry {number} is missing: the next one in the log is entry {entry.seq}."
        if entry.computed != entry.hash:
            changed = "its time, actor, type, subject, commitment or link no longer gives its hash"
            return f"Entry {number} ({entry.type} {entry.subject}) was changed after it was recorded: {changed}."
        if entry.prev != self.head:
            reason = "one of the two was replaced, removed or moved after it was recorded"
            return f"Entry {number} does not follow entry {number - 1}: {reason}."
        return None

    def _content(self, entry: Entry) -> None:
        if entry.salt is None or entry.payload is None:
            if self.chained:
                self.emptied[entry.seq] = entry.p
            return
        if entry.computed != entry.hash:
            return
        if hashlib.sha256(bytes.fromhex(entry.salt) + entry.payload.encode()).hexdigest() != entry.p:
            raise BadEvidence(TAMPERED, f"The content of {entry} was changed after it was recorded.")
        kind = {"decision": "decisions", "review": "reviews"}.get(entry.type, "events")
        if self.chained and self.first is None:
            self.counts[kind] += 1
        try:
            payload = _parsed(entry.payload)
            if not isinstance(payload, dict):
                raise ValueError("it is no object")
            if entry.type == "erasure":
                self._erasure(entry, *erasure_listed(payload))
            elif entry.type == "decision":
                self._files(entry, blobs_named(payload))
            elif entry.type == "weights":
                sha256 = weights_file(payload, entry.subject)
                self._files(entry, [sha256])
                self.registered.add(sha256)
        except ValueError as error:
            raise BadEvidence(TAMPERED, f"The content of {entry} is no valid {entry.type}: {error}.") from error
        # After a problem the rows are no longer needed: only a problem of an earlier entry still matters.
        if kind != "events" and self.chained and (self.first is None or self.first[1] is None):
            self._take_row(entry, payload)

    def _erasure(self, entry: Entry, targets: dict[int, str], blobs: list[str]) -> None:
        for seq, p in sorted(targets.items()):
            if self.emptied.get(seq) == p:
                self.erased.add(seq)
            elif not self.chained:
                continue
            elif seq in self.emptied or not 0 < seq < entry.seq:
                raise BadEvidence(TAMPERED, f"What {entry} erased is not what entry {seq} had recorded.")
            else:
                text = f"Entry {seq} was to be erased by entry {entry.seq}, but its content is still there."
                self.problem(TAMPERED, seq, text)
        for sha256 in blobs:
            if sha256 in self.registered:
                raise BadEvidence(TAMPERED, f"{entry} erased the file {sha256}, which is registered as weights.")
            self.absent.pop(sha256, None)
            if self.chained and sha256 in self.blobs:
                self.leftover[sha256] = entry.seq

    def _files(self, entry: Entry, names: list[str]) -> None:
        self.named.update(names)
        for sha256 in names:
            self.leftover.pop(sha256, None)
            if not self.chained or sha256 in self.good:
                continue
            if sha256 not in self.blobs:
                self.absent.setdefault(sha256, (entry.seq, str(entry)))
            elif self._hash(f"blobs/{sha256}") != sha256:
                raise BadEvidence(TAMPERED, f"The file {sha256} that {entry} recorded was changed.")
            else:
                self.good.add(sha256)

    def _hash(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.bundle.open(name) as file:
            for chunk in iter(lambda: file.read(BUFFER), b""):
                digest.update(chunk)
        return digest.hexdigest()

    def _next_seq(self) -> int | None:
        """Return the number of the entry that the next row belongs to; None if there is no row or it cannot be read."""
        try:
            return _read_row(self.row)[0]
        except ValueError:
            return None

    def _take_row(self, entry: Entry, payload: Any) -> None:
        if self.row != f'{{"row":{entry.payload},"seq":{entry.seq}}}\n'.encode():
            seq = self._next_seq()
            if self.row and (seq is None or self.row[-1:] != b"\n"):
                raise BadEvidence(INCOMPLETE, f"The row of {entry} in rows.jsonl is cut off or no JSON with a number.")
            if seq != entry.seq:
                self._stray_row(entry.seq)
                raise BadEvidence(TAMPERED, f"The row that {entry} recorded is missing or not in its place.")
            difference = _difference(payload, _read_row(self.row)[1])
            raise BadEvidence(TAMPERED, f"The row that {entry} recorded was changed: {difference}.")
        self.row_count += 1
        self.row = self.rows.readline(MAX_LINE)

    def _stray_row(self, before: int | None) -> None:
        """Note a problem if the next row names an entry before `before` (None: any entry): that entry recorded no such row."""
        seq = self._next_seq()
        if seq is not None and 0 < seq <= self.tree.size and (before is None or seq < before):
            text = "has no content, but its row is still there" if seq in self.emptied else "has more rows than it recorded"
            self.problem(TAMPERED, seq, f"Entry {seq} {text}.")
        elif self.row and before is None:
            self.problem(TAMPERED, None, "rows.jsonl goes on with a row that no entry recorded.")

    def _ends(self, own: Checkpoint | None) -> None:
        """Note entries that are missing at the end of the log, or were added there."""
        size = self.tree.size
        longest = max(self.signed, key=lambda note: note.size, default=None)
        if self.chained and longest and longest.size > size:
            text = f"{longest.label} signed {longest.size} entries, the log ends after {size}"
            self.problem(TAMPERED, size + 1, f"Entry {size + 1} is missing: {text}.")
        if own and own.size < size:
            text = f"Entry {own.size + 1} was added: checkpoint.txt signed only {own.size} entries."
            self.problem(TAMPERED, own.size + 1, text)

    def _leftovers(self) -> None:
        self._stray_row(self.first[1] if self.first else None)
        for seq in self.emptied.keys() - self.erased:
            self.problem(TAMPERED, seq, f"The content of entry {seq} is missing, and no intact later entry erased it.")
        for sha256, (seq, name) in self.absent.items():
            self.problem(INCOMPLETE, seq, f"The file {sha256} that {name} recorded is missing.")
        for sha256, seq in self.leftover.items():
            self.problem(TAMPERED, seq, f"The file {sha256} was to be erased by entry {seq}, but it is still there.")
        strays = self.blobs - self.named - self.leftover.keys()
        if strays:
            self.problem(TAMPERED, None, f"No entry recorded the file blobs/{min(strays)}.")

    def _agrees(self, manifest: str, key: Key) -> None:
        expected = {
            "format": FORMAT,
            "origin": key.origin,
            "size": self.tree.size,
            "root": self.tree.root(),
            "counts": {
                "entries": self.tree.size,
                "rows": self.row_count,
                "blobs": len(self.blobs),
                "erased": len(self.emptied),
            },
        }
        if manifest != _canonical(expected) + "\n":
            self.problem(TAMPERED, None, "manifest.json was changed: it does not agree with the rest of the bundle.")


# The command.


def _outside(path: Path) -> str:
    try:
        if path.stat().st_size <= MAX_TEXT:
            return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadEvidence(INCOMPLETE, f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        pass
    raise BadEvidence(INCOMPLETE, f"{path} is no text or too long.")


def _printable(text: str) -> str:
    """Escape what a terminal would obey or cannot print: a bundle may be forged."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text(report: Report) -> str:
    if not report.ok:
        word = "TAMPERED" if report.code == TAMPERED else "INCOMPLETE OR UNREADABLE"
        return f"{word}: {_printable(report.problem_text or '')}"
    counts = ", ".join(f"{count} {name}" for name, count in report.checked.items())
    lines = [f"valid: {counts}", f"root {report.root}"]
    older = f"{report.checkpoint['size']} entries" if report.checkpoint else None
    if older:
        lines.append(f"The log still begins with the {older} of the checkpoint that was given.")
    if report.key == "given":
        lines.append("The signature was checked with the key that was given.")
    else:
        lines.append("The signature was checked with the key inside the bundle, which the maker of the bundle could have")
        lines.append("replaced. Only a key (--public-key) or an older checkpoint (--checkpoint) that you have from")
        lines.append("elsewhere proves that the whole was not rewritten" + (f" after its {older}." if older else "."))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Verify what the command line names and print the outcome; return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an exported record of decisions and reviews.")
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent, metavar="FOLDER_OR_ZIP")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="the key of the record, from a source you trust")
    parser.add_argument("--checkpoint", type=Path, metavar="OLD_NOTE", help="an older signed checkpoint that you kept")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    options = parser.parse_args(arguments)
    try:
        key = _outside(options.public_key) if options.public_key else None
        note = _outside(options.checkpoint) if options.checkpoint else None
        report = verify(options.bundle, key, note)
    except BadEvidence as bad:
        run = _Run("given" if options.public_key else "in the bundle")
        run.problem(bad.code, None, str(bad))
        report = run.report()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(json.dumps(report._asdict()) if options.json else _text(report))
    return report.code


if __name__ == "__main__":
    sys.exit(main())
