"""What the fuzzing drill reads of the record's files that come from outside: bundles, proofs, checkpoints, requests, policies.

Each reader begins with a small file of a record that is made here with a fixed key. Verification of a bundle never raises;
all others refuse with an `AuditError`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify
from audit.log.chain import entry_bytes, next_entry
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, open_checkpoint, public_key, sign_checkpoint
from audit.log.entries import SealedContent
from audit.log.merkle_tree import leaf_hash, merkle_root
from audit.log.notes import Note
from audit.log.proving import commitment
from audit.records.canonical import canonical
from audit.transparency.policy import read_policy
from audit.transparency.proof_file import EntryProof, check_proof, proof_text, read_proof
from audit.transparency.witness import Witness, create_witness
from audit.verify.stored_evidence import EntryEvidence
from tests.support.audit.logs import inclusion_proof

__all__ = ["record_readers"]

_KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
_PUBLIC = public_key(_KEY)
_PARTS = ("log.jsonl", "manifest.json", "checkpoint.txt", "public_key.txt")
_EVENTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("start", "app", {}),
    ("account", "a", {"id": "a", "login": "a", "name": "A", "roles": ["admin"], "active": True, "provider": "password"}),
    ("policy", "policy", {"overlap": 2}),
    ("erasure", "a", {"blobs": [], "reason": "asked for", "targets": []}),
)


def record_readers(folder: Path) -> list[tuple[str, Callable[[bytes], object], bytes]]:
    """Return name, function and first file of each reader; ``folder``, an empty one, holds what they work on."""
    evidence = _evidence()
    leaves = [entry_bytes(item.entry) for item in evidence]
    root = merkle_root(map(leaf_hash, leaves)).hex()
    note = sign_checkpoint(_KEY, len(leaves), root)
    log = SignedLog(Checkpoint(DEFAULT_ORIGIN, len(leaves), root), note, _PUBLIC, [])
    bundle = folder / "bundle"
    write_bundle(bundle, log, evidence=iter(evidence), read_blob=lambda sha256: b"")
    proof = EntryProof(leaves[1], evidence[1].sealed, 1, inclusion_proof(1, list(map(leaf_hash, leaves))), Note.parse(note))
    check_proof(proof, _PUBLIC)
    witness_key = create_witness(folder / "witness", "witness.example", ed25519=True)
    witness = Witness(folder / "witness")
    witness.trust(_PUBLIC)
    return [
        ("bundle", _at(folder / "bundle.zip", verify), _packed(bundle)),
        *((f"{name} of a bundle", _in_bundle(bundle, name), (bundle / name).read_bytes()) for name in _PARTS),
        ("proof", lambda data: check_proof(read_proof(data.decode(errors="replace")), _PUBLIC), proof_text(proof).encode()),
        ("checkpoint", lambda data: open_checkpoint(data.decode(errors="replace"), _PUBLIC), note.encode()),
        ("request to a witness", witness.add_checkpoint, f"old 0\n\n{note}".encode()),
        ("policy", _at(folder / "policy", read_policy), f"log {_PUBLIC}\nwitness w {witness_key}\nquorum w\n".encode()),
    ]


def _evidence() -> list[EntryEvidence]:
    made: list[EntryEvidence] = []
    for type, subject, content in _EVENTS:
        salt, payload = bytes([len(made)]) * 32, canonical(content)
        previous = made[-1].entry if made else None
        fields = {"ts": "2026-03-01T10:00:00.000Z", "actor": "system", "type": type, "subject": subject}
        entry = next_entry(previous, **fields, commitment=commitment(salt, payload))
        made.append(EntryEvidence(entry, SealedContent(salt.hex(), payload.decode()), []))
    return made


def _at(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    def go(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return go


def _in_bundle(bundle: Path, name: str) -> Callable[[bytes], object]:
    """Verify the bundle with other bytes in this file of it."""
    path = bundle / name
    intact = path.read_bytes()

    def go(data: bytes) -> None:
        path.write_bytes(data)
        try:
            verify(bundle)
        finally:
            path.write_bytes(intact)

    return go


def _packed(bundle: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(bundle.iterdir()):
            if path.is_file() and path.name in _PARTS:
                archive.writestr(path.name, path.read_bytes())
    return out.getvalue()
