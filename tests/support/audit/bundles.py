"""A record without a store, its bundle, and edits that forge a bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.errors import NotFound
from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify
from audit.log.chain import next_entry
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.log.entries import SealedContent
from audit.log.merkle_tree import merkle_root
from audit.log.proving import commitment
from audit.records.canonical import canonical
from audit.records.payload import to_payload
from audit.records.records import BlobRef, LogEntry
from audit.verify.stored_evidence import EntryEvidence
from tests.support.audit.builders import SELECTION, UPLOAD, decision, flagged, review, sha

OTHER, PRIVATE, WEIGHTS = b"arrow-ipc-stream-of-another-layer", b"Tanaka entered the hall\n", b"weights"
KEY, OWN_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in (1, 2))
NOW = "2026-03-01T11:00:00.000Z"


class Record:
    """A log without a store; `erase` empties entries as a store would."""

    def __init__(self) -> None:
        self.evidence: list[EntryEvidence] = []
        self.blobs: dict[str, bytes] = {}

    def add(self, type: str, subject: str, payload: dict[str, object]) -> None:
        content = canonical(payload)
        previous = self.evidence[-1].entry if self.evidence else None
        salt = hashlib.sha256(b"%d" % len(self.evidence)).digest()
        entry = next_entry(previous, ts=NOW, actor="r1", type=type, subject=subject, commitment=commitment(salt, content))
        self.evidence.append(EntryEvidence(entry, SealedContent(salt.hex(), content.decode())))

    def erase(self, *seqs: int, blobs: tuple[bytes, ...] = ()) -> None:
        targets = [{"seq": seq, "p": self.evidence[seq - 1].entry.commitment} for seq in seqs]
        about = self.evidence[seqs[0] - 1].entry.subject
        for seq in seqs:
            self.evidence[seq - 1] = EntryEvidence(self.evidence[seq - 1].entry, None)
        for blob in blobs:
            del self.blobs[sha(blob)]
        self.add("erasure", about, {"targets": targets, "blobs": list(map(sha, blobs)), "reason": "asked for"})

    def read_blob(self, sha256: str) -> bytes:
        try:
            return self.blobs[sha256]
        except KeyError as error:
            raise NotFound(sha256) from error

    def root(self, size: int) -> str:
        return merkle_root(bytes.fromhex(item.entry.hash) for item in self.evidence[:size]).hex()

    def note(self, size: int, key: Ed25519PrivateKey = KEY) -> str:
        return sign_checkpoint(key, size, self.root(size))

    def write(self, folder: Path, size: int | None = None, key: Ed25519PrivateKey = KEY, old: tuple[int, ...] = ()) -> Path:
        size = len(self.evidence) if size is None else size
        write_bundle(
            folder,
            SignedLog(
                Checkpoint(DEFAULT_ORIGIN, size, self.root(size)),
                self.note(size, key),
                public_key(key),
                [self.note(earlier, key) for earlier in old],
            ),
            evidence=iter(self.evidence),
            read_blob=self.read_blob,
        )
        return folder


def sample(erased: bool = True) -> Record:
    """Start, decision, decision, review of 2, decision, review of 5, erasure of 5 and 6, decision, export."""
    record = Record()
    record.blobs = {sha(content): content for content in (UPLOAD, SELECTION, OTHER, PRIVATE, WEIGHTS)}
    first, secret = decision(id="1" * 32), decision(id="3" * 32, input_sha256=sha(PRIVATE))
    others = (BlobRef(0, sha(OTHER), 3, 0.5),)
    record.add("start", "app", {})
    record.add("decision", first.id, to_payload(first))
    record.add("decision", "2" * 32, to_payload(decision(id="2" * 32, selections=others)))
    record.add("review", first.id, to_payload(review(first.id, id="4" * 32)))
    record.add("decision", secret.id, to_payload(secret))
    record.add("review", secret.id, to_payload(flagged(secret.id, id="5" * 32)))
    if erased:
        record.erase(5, 6, blobs=(PRIVATE,))
    else:
        record.add("stop", "app", {})
    last = decision(id="6" * 32, label="停止", details={"é": 1, "rate": 1e-7, "\U0001f600": [], "\uffee": None})
    record.add("decision", last.id, to_payload(last) | {"weights_blob": sha(WEIGHTS)})
    record.add("export", "all", {"rows": 3})
    return record


RECORD = sample()
PUBLIC, OWN_PUBLIC = public_key(KEY), public_key(OWN_KEY)
FULL = sample(erased=False)

Edit = Callable[[Path], object]


def lines(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Edit:
    return lambda folder: (folder / name).write_bytes(b"".join(change((folder / name).read_bytes().splitlines(True))))


def line(name: str, number: int, old: str, new: str) -> Edit:
    def change(all: list[bytes]) -> list[bytes]:
        assert old.encode() in all[number - 1], all[number - 1]
        return [*all[: number - 1], all[number - 1].replace(old.encode(), new.encode(), 1), *all[number:]]

    return lines(name, change)


def text(name: str, content: bytes) -> Edit:
    return lambda folder: (folder / name).write_bytes(content)


def gone(name: str) -> Edit:
    return lambda folder: (folder / name).unlink()


def both(*edits: Edit) -> Edit:
    return lambda folder: [edit(folder) for edit in edits]


def forged(number: int, **fields: object) -> Edit:
    """Change fields of an entry of the log, in canonical form."""

    def change(all: list[bytes]) -> list[bytes]:
        return [*all[: number - 1], canonical(json.loads(all[number - 1]) | fields) + b"\n", *all[number:]]

    return lines("log.jsonl", change)


def appended(record: Record) -> Edit:
    """Append the last entry of `record`."""
    entry, sealed, *_ = record.evidence[-1]
    return lines("log.jsonl", lambda all: [*all, line_of(entry, sealed)])


def line_of(entry: LogEntry, sealed: SealedContent | None) -> bytes:
    fields = {name: getattr(entry, name) for name in ("seq", "ts", "actor", "type", "subject", "prev", "hash")}
    opened = {"salt": sealed.salt, "payload": sealed.payload} if sealed else {"salt": None, "payload": None}
    return canonical({"v": 1, "p": entry.commitment, **fields, **opened}) + b"\n"


def blob(content: bytes) -> str:
    return f"blobs/{sha(content)}"


def longer(type: str, payload: dict[str, object]) -> Record:
    record = sample()
    record.add(type, "1" * 32 if type == "erasure" else "x", payload)
    return record


def verdict(bundle: Path, key: str | None = None, note: str | None = None) -> tuple[int, int | None, str]:
    report = verify(bundle, key, note)
    assert not report.ok
    return report.code, report.problem_seq, report.problem_text or ""
