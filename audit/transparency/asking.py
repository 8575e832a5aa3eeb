"""Asking witnesses for their cosignatures, and the files beside a checkpoint that keep them.

checkpoint-000000000512.txt               the signed note
checkpoint-000000000512.0a1b2c3d.cosig    what the witness with this key id signed: asked for over HTTP, or written there by a
                                          witness that follows the folder
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from audit.errors import InvalidRecord, StoreUnavailable, Tampered, WitnessRefused
from audit.log.cosignatures import cosignature_by
from audit.log.notes import Note, Signature, VerifierKey
from audit.records.atomic_files import read_bytes, replace_text
from audit.transparency.policy import Policy, WitnessEntry
from audit.transparency.posting import post
from audit.transparency.witness import request_body

__all__ = ["ask", "cosignature_file", "cosigned", "keep"]

_SECONDS = 10.0
_MOST_BYTES = 64 * 1024


def ask(witness: WitnessEntry, note: str, old: int, proof_from: Callable[[int], Sequence[bytes]]) -> str:
    """Return a witness's cosignature of a checkpoint as lines of a note.

    `old`: the size that it cosigned last, as far as is known; 0 asks for it.

    Raises `WitnessRefused` when it cosigned a longer log (`size`) or one that this is not an extension of (status 422),
    `StoreUnavailable` when it does not answer, or with something else.
    """
    try:
        return _ask(witness, note, old, proof_from)
    except WitnessRefused as refused:
        if refused.size is None or refused.size == old:
            raise
        try:
            proof_from(refused.size)
        except InvalidRecord:  # it has seen more entries than there are in this checkpoint
            raise refused from None
        return _ask(witness, note, refused.size, proof_from)


def _ask(witness: WitnessEntry, note: str, old: int, proof_from: Callable[[int], Sequence[bytes]]) -> str:
    body = request_body(old, proof_from(old) if old else (), note).encode()
    status, content = post(f"{(witness.url or '').rstrip('/')}/add-checkpoint", body, "text/plain", seconds=_SECONDS)
    text = content.decode(errors="replace")
    if status == 409 and text.strip().isascii() and text.strip().isdigit() and len(text) < 20:
        raise WitnessRefused(409, f"the witness {witness.name} cosigned {text.strip()} entries", size=int(text))
    if status == 422:
        raise WitnessRefused(422, f"the witness {witness.name} does not cosign: {' '.join(text.split())[:300]}")
    if status != 200:
        raise StoreUnavailable(f"the witness {witness.name} answers {status}: {' '.join(text.split())[:300]}")
    return _own(witness.key, note, text)


def _own(key: VerifierKey, note: str, lines: str) -> str:
    """Return the lines of this key, checked. Raises `StoreUnavailable` when there are none."""
    plain = Note.parse(note)
    try:
        given = [Signature.parse(line) for line in lines.splitlines()]
        own = tuple(one for one in given if (one.name, one.key_id) == (key.name, key.id))
        if cosignature_by(key, Note(plain.text, own)) is None:
            raise InvalidRecord("it has no cosignature by the key that is known")
    except (InvalidRecord, Tampered) as error:
        raise StoreUnavailable(f"what the witness {key.name} answered is worth nothing: {error}") from error
    return "".join(map(str, own))


def cosignature_file(checkpoint: Path, key: VerifierKey) -> Path:
    """Return where the cosignature of a checkpoint's file by this key lies."""
    return checkpoint.with_name(f"{checkpoint.stem}.{key.id.hex()}.cosig")


def keep(checkpoint: Path, key: VerifierKey, lines: str) -> None:
    """Keep a cosignature beside its checkpoint. Raises `StoreUnavailable`."""
    replace_text(cosignature_file(checkpoint, key), lines)


def cosigned(checkpoint: Path, policy: Policy | None) -> Note:
    """Return the note of a file with the signatures of all witnesses of the policy that lie beside it, unchecked.

    Raises `InvalidRecord` when one of these files is malformed, `StoreUnavailable`.
    """
    try:
        note = Note.parse(read_bytes(checkpoint, 512 * 1024).decode())
        files = [cosignature_file(checkpoint, witness.key) for witness in policy.witnesses] if policy else []
        lines = [read_bytes(path, _MOST_BYTES).decode() for path in files if path.is_file()]
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{checkpoint}, or a cosignature beside it, is not text") from error
    return Note(note.text, (*note.signatures, *(Signature.parse(line) for text in lines for line in text.splitlines())))
