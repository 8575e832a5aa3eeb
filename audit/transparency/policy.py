"""Which witnesses are known, where they answer, and how many must have cosigned (c2sp.org/tlog-policy).

    witness lab    lab.example/w1+0a1b2c3d+BgI...    http://lab:8602
    witness office office.example/w2+...             http://office:8602
    group both all lab office
    quorum both

`log` lines name logs, for a witness or a verifier that has no other list of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from audit.errors import AuditError, InvalidRecord
from audit.log.cosignatures import COSIGNATURES, Cosignature, cosignature_by
from audit.log.notes import Note, VerifierKey
from audit.records.atomic_files import read_bytes

_MOST_BYTES = 1024 * 1024
_MOST_NAMES = 256


class WitnessEntry(NamedTuple):
    """A witness: its name in the policy, its key, and where it answers; without an address it reads a folder."""

    name: str
    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, and the groups of which `quorum` must have cosigned; None: nobody must."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[WitnessEntry, ...]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    quorum: str | None

    def cosignatures(self, note: Note) -> tuple[dict[str, Cosignature], dict[str, AuditError]]:
        """Return the valid cosignatures of a checkpoint, and what is wrong with others, by the names of the witnesses.

        A wrong one does not count: anybody can write one beside a checkpoint, and it takes nothing from those of others.
        """
        found, wrong = dict[str, Cosignature](), dict[str, AuditError]()
        for witness in self.witnesses:
            try:
                cosignature = cosignature_by(witness.key, note)
            except AuditError as error:
                wrong[witness.name] = error
            else:
                found |= {witness.name: cosignature} if cosignature is not None else {}
        return found, wrong

    def satisfied(self, names: Collection[str]) -> bool:
        """Return whether these witnesses are enough."""
        given = set(names)
        for group, (least, members) in self.groups.items():  # each group names only those before it
            if len(given.intersection(members)) >= least:
                given.add(group)
        return self.quorum is None or self.quorum in given


def read_policy(path: Path) -> Policy:
    """Read a policy from a file. Raises `InvalidRecord`, `StoreUnavailable`."""
    try:
        return _Reader().read(read_bytes(path, _MOST_BYTES).decode())
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text in UTF-8") from error
    except InvalidRecord as error:
        raise InvalidRecord(f"{path}: {error}") from error


class _Reader:
    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: list[WitnessEntry] = []
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorums: list[str] = []
        self.free: set[str] = set()  # names that are not members of a group yet
        self.names: set[str] = set()

    def read(self, text: str) -> Policy:
        kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        for number, line in enumerate(text.split("\n"), 1):
            words = re.split(r"[ \t]+", line.strip(" \t"))
            if words == [""] or words[0].startswith("#"):
                continue
            try:
                if words[0] not in kinds or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line):
                    raise InvalidRecord("a line begins with log, witness, group or quorum")
                kinds[words[0]](words[1:])
            except InvalidRecord as error:
                raise InvalidRecord(f"line {number}: {error}") from error
        if len(self.quorums) != 1:
            raise InvalidRecord("there must be one line `quorum NAME`, or `quorum none`")
        quorum = None if self.quorums[0] == "none" else self.quorums[0]
        return Policy(tuple(self.logs), tuple(self.witnesses), self.groups, quorum)

    def _log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise InvalidRecord("a log has a key and, where it has one, an address")
        key = VerifierKey.parse(words[0])
        if key.raw in {other.raw for other in self.logs}:
            raise InvalidRecord("this key was given before")
        self.logs.append(key)

    def _witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise InvalidRecord("a witness has a name, a key and, where it has one, an address")
        key = VerifierKey.parse(words[1], COSIGNATURES)
        if key.raw in {other.key.raw for other in self.witnesses}:
            raise InvalidRecord("this key was given before")
        self._new(words[0])
        self.witnesses.append(WitnessEntry(words[0], key, words[2] if len(words) == 3 else None))

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise InvalidRecord("a group has a name, how many of it are enough (a number, any or all), and members")
        name, least, members = words[0], words[1], words[2:]
        if len(set(members)) != len(members) or not self.free.issuperset(members):
            raise InvalidRecord("a group has members that are named above, each in one group at most")
        needed = {"any": 1, "all": len(members)}.get(least) or (int(least) if re.fullmatch("[1-9][0-9]{0,3}", least) else 0)
        if not 1 <= needed <= len(members):
            raise InvalidRecord(f"of {len(members)} members {least!r:.40} cannot be enough")
        self._new(name)
        self.free.difference_update(members)
        self.groups[name] = (needed, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or (words[0] != "none" and words[0] not in self.names):
            raise InvalidRecord("the quorum is the name of a witness or group above, or none")
        self.quorums.append(words[0])

    def _new(self, name: str) -> None:
        if name == "none" or name in self.names or len(self.names) >= _MOST_NAMES:
            raise InvalidRecord(f"the name {name!r:.80} was given before, is reserved, or is one name too many")
        self.names.add(name)
        self.free.add(name)
