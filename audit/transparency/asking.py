"""Asking witnesses for their cosignatures, and the files beside a checkpoint that keep them.

checkpoint-000000000512.txt               the signed note
checkpoint-000000000512.0a1b2c3d.cosig    what the witness with this key id signed: asked for over HTTP, or written there by a
                                          witness that follows the folder
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from audit.errors import AuditError, InvalidRecord, StoreUnavailable, Tampered, WitnessRefused
from audit.log.cosignatures import cosignature_by
from audit.log.notes import Note, Signature, VerifierKey
from audit.records.atomic_files import read_bytes, replace_text
from audit.transparency.policy import Policy, WitnessEntry
from audit.transparency.posting import post
from audit.transparency.witness import request_body

_SECONDS = 10.0
_MOST_BYTES = 64 * 1024
_MOST_OWN = 4  # cosignatures of a checkpoint by one key


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
    try:
        own = _own(witness.key, Note.parse(note), text)
        if own is None:
            raise InvalidRecord("it has no cosignature by the key that is known")
    except (InvalidRecord, Tampered) as error:
        raise StoreUnavailable(f"the answer of the witness {witness.name} cannot be used: {error}") from error
    return str(own)


def _own(key: VerifierKey, note: Note, lines: str) -> Signature | None:
    """Return the newest cosignature of a checkpoint by this key among lines, all of this key checked; None: there is none.

    Raises `Tampered` when one is wrong, `InvalidRecord` when a line is malformed or there are too many.
    """
    given = [Signature.parse(line) for line in lines.splitlines()]
    own = tuple(one for one in given if (one.name, one.key_id) == (key.name, key.id))
    if len(own) > _MOST_OWN:
        raise InvalidRecord(f"it has {len(own)} cosignatures by one key, and at most {_MOST_OWN} are read")
    cosignature_by(key, Note(note.text, own))
    return max(own, key=lambda one: one.value, default=None)  # each begins with its time


def cosignature_file(checkpoint: Path, key: VerifierKey) -> Path:
    """Return where the cosignature of a checkpoint's file by this key lies."""
    return checkpoint.with_name(f"{checkpoint.stem}.{key.id.hex()}.cosig")


def keep(checkpoint: Path, key: VerifierKey, lines: str) -> None:
    """Keep a cosignature beside its checkpoint. Raises `StoreUnavailable`."""
    replace_text(cosignature_file(checkpoint, key), lines)


class CosignedCheckpoint(NamedTuple):
    """A checkpoint with the cosignatures found for it, and which files do not count, and why."""

    file: Path
    note: Note
    left_out: list[AuditError]


def cosigned(checkpoint: Path, policy: Policy | None) -> CosignedCheckpoint:
    """Return the note of a file, and the cosignatures of all witnesses of the policy that lie beside it.

    A file that is malformed, wrong or cannot be read is left out and named: the share is open to everybody, and a witness may
    be hostile. Raises `InvalidRecord` when the checkpoint itself is malformed, `StoreUnavailable` when it cannot be read.
    """
    note, found, left_out = Note.parse(_text(checkpoint, 512 * 1024)), list[Signature](), list[AuditError]()
    for witness in policy.witnesses if policy else ():
        path = cosignature_file(checkpoint, witness.key)
        try:
            own = _own(witness.key, note, _text(path, _MOST_BYTES)) if path.is_file() else None
        except AuditError as error:
            left_out.append(not_counted(witness.name, path, error))
        else:
            found += [own] if own is not None else []
    return CosignedCheckpoint(checkpoint, Note(note.text, (*note.signatures, *found)), left_out)


def not_counted(witness: str, path: Path, error: AuditError) -> AuditError:
    """Return an error that says whose cosignature does not count, and in which file; `Tampered` where it is wrong."""
    kind = Tampered if isinstance(error, Tampered) else InvalidRecord
    return kind(f"the cosignature of {witness} in {path} does not count: {error}")


def _text(path: Path, most: int) -> str:
    try:
        return read_bytes(path, most).decode()
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text") from error
