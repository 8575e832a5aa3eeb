"""What the gate's answers prove by themselves: a signed checkpoint, that it extends the caller's last one, and that the entry
which an answer rests on is in it.

A caller that keeps the last checkpoint notices a record that was put back or rewritten, whatever this machine says
(`remembering_client`). Where the key is, the log is signed as it is now; elsewhere the folder's newest checkpoint is given.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit import AuditError, AuditStore, InvalidRecord, LogEntry, NotFound, Tampered
from audit.checkpoint_schedule import CheckpointKeeper, signed_in
from audit.log.chain import entry_bytes
from audit.log.merkle_tree import leaf_hash, verify_inclusion
from audit.log.tiled_tree import ProvenTree
from audit.records.atomic_files import read_text
from audit.transparency.followed_log import FollowedLog
from dashboard.service.gate import schema

__all__ = ["Proofs"]


@dataclass(frozen=True, slots=True)
class _Signed:
    note: str
    tree: ProvenTree


class Proofs:
    """Proofs over the log of ``store``, whose checkpoints lie in ``folder`` and are signed by the key at ``key_path``."""

    def __init__(self, store: AuditStore, key_path: Path, folder: Path) -> None:
        self._keeper = CheckpointKeeper(store, key_path, folder)
        self._followed = FollowedLog(store)
        self._lock = threading.Lock()

    def of(self, answered: Sequence[tuple[schema.Decision, LogEntry | None]], since: int | None) -> list[schema.Decision]:
        """Return these answers with their proofs, all from one checkpoint. ``since``: the size of the caller's last checkpoint.

        An answer whose entry is not in the log that was signed is closed; so are all when that log is not this one.
        """
        try:
            signed = self._now()
            log = self._since(signed, since)
        except Tampered as error:
            return [_closed(decision, str(error)) for decision, _ in answered]
        except (AuditError, OSError) as error:  # the server of a network share is gone
            log = schema.Log(why=f"there is no checkpoint: {error}")
            return [decision.model_copy(update={"log": log}) for decision, _ in answered]
        return [_with_entry(decision, entry, signed, log) for decision, entry in answered]

    def _now(self) -> _Signed:
        if self._keeper.key_path.exists():
            return _Signed(*self._keeper.newest())
        folder = self._keeper.folder
        if not (folder / "public_key.txt").exists():
            raise NotFound("none was signed yet, and this program has no key to sign one")
        files = signed_in(folder, read_text(folder / "public_key.txt"), last=1)
        if not files:
            raise NotFound("none was signed yet, and this program has no key to sign one")
        checkpoint = files[0].checkpoint
        with self._lock:
            tree = self._followed.follow(checkpoint.size)
            if tree.size < checkpoint.size or tree.at(checkpoint.size).root().hex() != checkpoint.root:
                raise Tampered(f"the log is not the one of {checkpoint.size} entries that was signed")
            return _Signed(read_text(files[0].path), tree.at(checkpoint.size))

    def _since(self, signed: _Signed, since: int | None) -> schema.Log:
        if since is None:
            return schema.Log(checkpoint=signed.note)
        try:
            return schema.Log(checkpoint=signed.note, consistency=_encoded(signed.tree.consistency(since)))
        except InvalidRecord:
            why = f"the checkpoint has {signed.tree.size} entries, not {since} or more"
            return schema.Log(checkpoint=signed.note, why=why)


def _with_entry(decision: schema.Decision, entry: LogEntry | None, signed: _Signed, log: schema.Log) -> schema.Decision:
    if entry is None:
        return decision.model_copy(update={"log": log})
    size = signed.tree.size
    try:
        said = entry_bytes(entry)
        if entry.seq > size:
            why = (
                f"this answer rests on entry {entry.seq}, the newest checkpoint has {size}, and no key is here for a newer one"
            )
            return decision.model_copy(update={"log": log.model_copy(update={"entry": said.decode(), "why": why})})
        path = signed.tree.inclusion(entry.seq - 1)
        if not verify_inclusion(leaf_hash(said), entry.seq - 1, size, path, signed.tree.root()):
            raise Tampered(f"entry {entry.seq} is not in the log that was signed")
    except (InvalidRecord, Tampered) as error:
        return _closed(decision, str(error))
    update = {"entry": said.decode(), "inclusion": _encoded(path)}
    return decision.model_copy(update={"log": log.model_copy(update=update)})


def _closed(decision: schema.Decision, why: str) -> schema.Decision:
    reason = f"what is stored is not what was signed: {why}"
    return decision.model_copy(update={"released": False, "gate": None, "reason": reason, "log": schema.Log(why=reason)})


def _encoded(path: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(node).decode() for node in path]
