"""What is done with checkpoints outside of this machine: tiles, witnesses, time stamps; and the settings that say so.

SPARSEMIX_TILES             1: write tiles beside the checkpoints
SPARSEMIX_WITNESSES         a policy file: witnesses with their keys and addresses
SPARSEMIX_TIME_AUTHORITY    the address of a time authority (RFC 3161)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from audit.errors import AuditError, Conflict, StoreUnavailable, Tampered, WitnessRefused
from audit.log.checkpoints import stated
from audit.log.notes import Note
from audit.log.tiled_tree import TiledTree
from audit.records.atomic_files import read_text, replace_bytes
from audit.transparency.asking import ask, cosignature_file, cosigned, keep
from audit.transparency.followed_log import RecordLog
from audit.transparency.policy import Policy, WitnessEntry, read_policy
from audit.transparency.posting import check_address
from audit.transparency.tiles import CHECKPOINT, TileFolder, publish_tiles
from audit.transparency.time_stamps import stamp, stamp_file

_MOST_SECONDS = 25.0  # for all witnesses together: they are asked at once, twice at most


@dataclass
class Outside:
    """Where checkpoints go. `publish` raises only what says that the log was rewritten; all else it returns in words."""

    tiles: bool = False
    policy: Policy | None = None
    authority: str | None = None
    _cosigned: dict[str, int] = field(default_factory=dict)  # size that each witness cosigned last

    @classmethod
    def named(
        cls,
        *,
        tiles: bool = False,
        witnesses: str | Path | None = None,
        authority: str | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Outside:
        """Read the settings: what is given, else what the environment says. Raises `InvalidRecord`, `StoreUnavailable`."""
        tiles = tiles or environment.get("SPARSEMIX_TILES", "") not in ("", "0")
        witnesses = witnesses or environment.get("SPARSEMIX_WITNESSES")
        authority = authority or environment.get("SPARSEMIX_TIME_AUTHORITY")
        policy = read_policy(Path(witnesses)) if witnesses else None
        for witness in policy.witnesses if policy else ():
            if witness.url is not None:
                check_address(witness.url)
        return cls(tiles, policy, check_address(authority) if authority else None)

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return self.tiles or self.policy is not None or self.authority is not None

    def publish(self, path: Path, log: RecordLog, tree: TiledTree, verifier_key: str) -> list[str]:
        """Do all this with the checkpoint in `path`, which this key signed; return what could not be done, a sentence each.

        Raises `Tampered` when a witness has seen another log than this, or a longer one.
        """
        note, problems, contradictions = read_text(path), list[str](), list[Tampered]()
        steps: tuple[tuple[bool, Callable[[], object]], ...] = (
            (self.tiles, lambda: publish_tiles(path.parent, log, tree, note, verifier_key)),
            (self.authority is not None and not stamp_file(path).exists(), lambda: self._stamp(path, note)),
            (self.policy is not None, lambda: problems.extend(self._ask(path, note, log, tree))),
        )
        for _, step in filter(itemgetter(0), steps):
            try:
                step()
            except Conflict:  # another process was faster
                continue
            except Tampered as error:  # the other steps are all the more wanted
                contradictions.append(error)
            except AuditError as error:
                problems.append(str(error))
        if contradictions:
            raise contradictions[-1]
        return problems

    def _stamp(self, path: Path, note: str) -> None:
        if self.authority is not None:
            replace_bytes(stamp_file(path), stamp(self.authority, note.encode()))

    def _ask(self, path: Path, note: str, log: RecordLog, tree: TiledTree) -> list[str]:
        asked = [one for one in self.policy.witnesses if one.url is not None] if self.policy else []
        # Each is asked once at the start, even where its cosignature is there: it may have seen a longer log since.
        asked = [one for one in asked if one.name not in self._cosigned or not cosignature_file(path, one.key).exists()]
        if not asked:
            return []
        size = stated(Note.parse(note)).size
        proven = tree.at(size)
        pool = ThreadPoolExecutor(len(asked), "witness")
        futures = {pool.submit(ask, one, note, self._cosigned.get(one.name, 0), proven.consistency): one for one in asked}
        wait(futures, _MOST_SECONDS)
        pool.shutdown(wait=False, cancel_futures=True)
        problems, worst = [], None
        for future, witness in futures.items():
            try:
                if not future.done():
                    raise StoreUnavailable(f"the witness {witness.name} does not answer in time")
                keep(path, witness.key, future.result())
                self._cosigned[witness.name] = size
            except WitnessRefused as refused:
                worst = self._contradicted(refused, witness, log) or worst
            except AuditError as error:
                problems.append(str(error))
        signed = cosigned(path, self.policy)
        problems += map(str, signed.left_out)
        if self.tiles and Note.parse(TileFolder(path.parent).note()).text == signed.note.text:  # else a newer one was written
            replace_bytes(path.parent / CHECKPOINT, str(signed.note).encode())
        if worst is not None:
            raise worst
        return problems

    def _contradicted(self, refused: WitnessRefused, witness: WitnessEntry, log: RecordLog) -> Tampered | None:
        """Return what a refusal says of the log; None when only another process was faster."""
        if refused.size is None:
            return Tampered(str(refused))
        size = log.log_size()
        if size >= refused.size:
            self._cosigned[witness.name] = refused.size
            return None
        return Tampered(f"the log was rolled back: the witness {witness.name} cosigned {refused.size} entries, it has {size}")
