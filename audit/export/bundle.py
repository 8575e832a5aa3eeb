"""Bundles: the record exported so that an outsider can verify it without this software; `audit.export.verify_bundle` reads it.

    manifest.json      what the bundle holds, for a quick look      log.jsonl   every entry with salt and payload
    checkpoint.txt     signed note of size and root                 blobs/      files by their SHA-256
    public_key.txt     the key that signed it                       verify.py   the verifier
    checkpoints/*.txt  earlier signed notes
    bundle_files.py, bundle_lines.py, frontier.py, authority.py, roles.py, signatures.py   what verify.py needs   README.txt

All lines are canonical JSON (RFC 8785). No file name comes from a user.
"""

from __future__ import annotations

import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from audit.errors import Conflict, InvalidRecord, NotFound, StoreUnavailable, Tampered
from audit.export.bundle_lines import blobs_named, erasure_listed, weights_file
from audit.export.verify_bundle import FORMAT
from audit.log.checkpoints import Checkpoint, open_checkpoint
from audit.log.entries import DECISION, ERASURE, WEIGHTS, SealedContent
from audit.log.merkle_tree import Frontier
from audit.log.proving import FORMAT_VERSION
from audit.records.atomic_files import building
from audit.records.canonical import canonical, parse
from audit.records.records import LogEntry
from audit.verify.stored_evidence import EntryEvidence

_PROGRESS = 200  # entries between two calls of `progress`
VERIFIER = {
    "verify.py": ("audit.export", "verify_bundle.py"),
    "bundle_files.py": ("audit.export", "bundle_files.py"),
    "bundle_lines.py": ("audit.export", "bundle_lines.py"),
    "authority.py": ("audit.log", "authority.py"),
    "proving.py": ("audit.log", "proving.py"),
    "standing.py": ("audit.log", "standing.py"),
    "roles.py": ("audit.log", "roles.py"),
    "signatures.py": ("audit.log", "signatures.py"),
    "frontier.py": ("audit.log", "frontier.py"),
}
_TEXTS = ("README.txt", *VERIFIER, "manifest.json", "checkpoint.txt", "public_key.txt", "log.jsonl")

_README = """\
An exported record of automated decisions and their reviews
===========================================================

To verify it (Python 3.9 or newer, pip install cryptography):

    python verify.py
    python verify.py --public-key FILE --checkpoint OLD_NOTE

Exit code 0: valid. 1: tampered; the first bad entry is named. 2: incomplete or unreadable.

public_key.txt, verify.py and the files that it needs came with this bundle: its maker could have replaced them. Get the
public key, or an older checkpoint that you kept, from elsewhere and pass it as shown. If you do not trust these
files, use those from a source that you trust: their verify.py takes this folder, or the zip, as its argument.

manifest.json      what is in here, for a quick look
log.jsonl          one line per entry: the hashed fields, the hash, and salt and payload that open the commitment p
                   (null where the content was erased; a later entry of the type "erasure" says so)
blobs/             uploaded inputs, recorded selections and registered weights, named by their SHA-256
checkpoint.txt     size and Merkle root of the log, signed (c2sp.org/tlog-checkpoint)
checkpoints/       earlier checkpoints, if there were any
public_key.txt     the key that signed them (c2sp.org/signed-note)
bundle_files.py, bundle_lines.py   how verify.py reads a bundle
proving.py         how verify.py proves that entries follow one another and hold what they committed to
authority.py       the rules by which it checks that everybody had the right to what they did
standing.py        where a decision stands after its reviews, for these rules
roles.py           the table of rights for them
signatures.py      how the signatures of people are checked
frontier.py        the Merkle tree over the entries

    p    = SHA-256(salt || payload)
    hash = SHA-256(0x00 || {actor, p, prev, seq, subject, ts, type, v} as RFC 8785 JSON), prev = hash of the entry before
    root = Merkle tree hash over all hashes (RFC 9162)
"""


@dataclass(frozen=True, slots=True)
class SignedLog:
    """The signed state of the log that a bundle holds: `note` signs `checkpoint` under `verifier_key`; `earlier` are earlier
    notes by the same key."""

    checkpoint: Checkpoint
    note: str
    verifier_key: str
    earlier: Sequence[str] = ()

    def roots(self) -> dict[int, str]:
        """Return the signed root of each signed size. Raises `InvalidRecord` when a note or the key is malformed or the note
        signs something else, `Tampered` when two notes contradict each other."""
        if open_checkpoint(self.note, self.verifier_key) != self.checkpoint:
            raise InvalidRecord("the note that was given for the bundle signs another origin, size or root")
        roots = {self.checkpoint.size: self.checkpoint.root}
        for earlier in (open_checkpoint(text, self.verifier_key) for text in self.earlier):
            if roots.setdefault(earlier.size, earlier.root) != earlier.root:
                raise Tampered(f"nothing was exported: two different logs of {earlier.size} entries were signed")
        return roots


def write_bundle(
    folder: Path,
    signed: SignedLog,
    *,
    evidence: Iterable[EntryEvidence],
    read_blob: Callable[[str], bytes],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the signed entries and blobs to `folder`, which appears only when it is complete.

    `read_blob` raises `NotFound` for a blob that an erasure removed. `progress(done, total)` counts entries.

    Raises `Conflict` when `folder` exists and is not empty, or an entry lost its content meanwhile; `Tampered` when the
    entries are not those that the notes signed; `InvalidRecord` when a note, the key or a stored value is malformed;
    `NotFound` when a blob is absent that nothing erased; `StoreUnavailable` when the disk refuses.
    """
    roots, size = signed.roots(), signed.checkpoint.size
    with building(folder) as partial:
        with (partial / "log.jsonl").open("wb") as log:
            writer = _Writer(partial, log, read_blob)
            _agree(roots, writer.tree)
            for entry in islice(evidence, size):  # entries that were appended meanwhile are for the next export
                writer.add(entry)
                _agree(roots, writer.tree)
                done = writer.tree.size
                if progress is not None and (done % _PROGRESS == 0 or done == size):
                    progress(done, size)
            counts = writer.finish()
        if roots:
            raise Tampered(f"nothing was exported: {max(roots)} entries were signed, the log ends after {counts['entries']}")
        _write_texts(partial, signed, counts)


def _write_texts(folder: Path, signed: SignedLog, counts: dict[str, int]) -> None:
    checkpoint = signed.checkpoint
    manifest = {
        "format": FORMAT,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "counts": counts,
    }
    texts = {
        "manifest.json": canonical(manifest) + b"\n",
        "checkpoint.txt": signed.note.encode(),
        "public_key.txt": signed.verifier_key.strip().encode() + b"\n",
        **{name: (files(package) / source).read_bytes() for name, (package, source) in VERIFIER.items()},
        "README.txt": _README.encode(),
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
    if signed.earlier:
        (folder / "checkpoints").mkdir()
    for number, text in enumerate(signed.earlier, 1):
        (folder / "checkpoints" / f"{number:06}.txt").write_bytes(text.encode())


def _agree(roots: dict[int, str], tree: Frontier) -> None:
    if tree.size in roots and roots.pop(tree.size) != tree.root().hex():
        raise Tampered(f"nothing was exported: the first {tree.size} entries are not those that were signed")


class _Writer:
    """The files that grow with the log. One entry and one blob are in memory at a time."""

    def __init__(self, folder: Path, log: BinaryIO, read_blob: Callable[[str], bytes]) -> None:
        self.tree = Frontier()
        self._blobs = folder / "blobs"
        self._blobs.mkdir()
        self._read_blob = read_blob
        self._log = log
        self._erased = 0
        self._emptied: set[int] = set()  # entries without content that no erasure listed yet
        self._written: set[str] = set()
        self._absent: dict[str, NotFound] = {}

    def add(self, evidence: EntryEvidence) -> None:
        """Write the next entry, and the blobs that no entry before it named."""
        entry, sealed, _ = evidence
        self._log.write(canonical(_line(entry, sealed)) + b"\n")
        try:
            self.tree.append(bytes.fromhex(entry.hash))
        except ValueError as error:
            raise Tampered(f"nothing was exported: the hash of entry {entry.seq} is not hexadecimal") from error
        if sealed is None:
            self._erased += 1
            self._emptied.add(entry.seq)
        elif entry.type in (DECISION, ERASURE, WEIGHTS):
            self._content(entry, parse(sealed.payload))

    def finish(self) -> dict[str, int]:
        """Return the counts for the manifest. Raises as `write_bundle` when content is absent that nothing erased."""
        for error in self._absent.values():
            raise error
        if self._emptied:
            raise Conflict(
                f"entry {min(self._emptied)} has no content: if it was erased just now, export again, else verify the record"
            )
        return {
            "entries": self.tree.size,
            "blobs": len(self._written),
            "erased": self._erased,
        }

    def _content(self, entry: LogEntry, payload: dict[str, Any]) -> None:
        names: list[str] = []
        try:
            if not isinstance(payload, dict):
                raise ValueError("it is not an object")
            if entry.type == ERASURE:
                targets, blobs = erasure_listed(payload)
                self._emptied.difference_update(targets)
                for sha256 in blobs:
                    self._absent.pop(sha256, None)
            elif entry.type == DECISION:
                names = blobs_named(payload)
            elif entry.type == WEIGHTS:
                names = [weights_file(payload, entry.subject)]
        except ValueError as error:
            raise Tampered(f"nothing was exported: the content of entry {entry.seq} is not a valid {entry.type}") from error
        for sha256 in names:
            if sha256 in self._written:
                continue
            try:
                content = self._read_blob(sha256)
            except NotFound as error:  # fine if a later entry erased the file, which is known at the end
                self._absent[sha256] = error
                continue
            (self._blobs / sha256).write_bytes(content)
            self._written.add(sha256)


def _line(entry: LogEntry, sealed: SealedContent | None) -> Mapping[str, object]:
    """Return an entry under the names of the hashed form, so that an outsider can hash it again."""
    return {
        "v": FORMAT_VERSION,
        "seq": entry.seq,
        "ts": entry.ts,
        "actor": entry.actor,
        "type": entry.type,
        "subject": entry.subject,
        "p": entry.commitment,
        "prev": entry.prev,
        "hash": entry.hash,
        "salt": sealed.salt if sealed else None,
        "payload": sealed.payload if sealed else None,
    }


def zip_bundle(folder: Path, target: Path) -> None:
    """Pack a bundle into the one file `target`; the same bundle always gives the same bytes.

    Raises `Conflict` when `target` exists and is not empty, `StoreUnavailable` when the disk refuses.
    """
    partial = target.with_name(f".{target.name}.{secrets.token_hex(6)}.partial")
    try:
        if target.exists() and (not target.is_file() or target.stat().st_size):
            raise Conflict(f"{target} exists already and is never overwritten: choose another name")
        names = [
            *_TEXTS,
            *(f"{sub}/{path.name}" for sub in ("blobs", "checkpoints") for path in sorted((folder / sub).glob("*"))),
        ]
        with zipfile.ZipFile(partial, "w") as archive:
            for name in names:
                info = zipfile.ZipInfo(name)  # dated 1980-01-01
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3  # Unix on every system, so that the bytes are equal
                info.external_attr = 0o644 << 16
                info.file_size = (folder / name).stat().st_size  # decides whether 64-bit sizes are needed
                with (folder / name).open("rb") as source, archive.open(info, "w") as packed:
                    shutil.copyfileobj(source, packed, 1024 * 1024)
        partial.replace(target)
    except OSError as error:
        raise StoreUnavailable(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
