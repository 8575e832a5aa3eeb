"""The same as `unsigned` in the record of a person who works alone: the machine's key did not sign, or not this entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit import Account, AuditStore, Gate, Role
from audit.log.roles import PROGRAM, PROGRAM_SIGNED, SIGNED, SINGLE_USER, SYSTEM
from audit.log.signatures import Signer
from tests.support.audit.team import Clock, record
from tests.support.audit.unfounded import Person, person_of
from tests.support.audit.unsigned import (
    BY_PROGRAM,
    OF_DECISIONS,
    WRONGS,
    Case,
    Key,
    Scene,
    Team,
    of_program,
    program,
    replace_program,
    work,
)

__all__ = ["cases", "stage"]

_OF_PEOPLE = ("somebody", "administrator", "replaced")  # wrongs that need several people


def stage(url: str) -> Team:
    """Fill an empty record, and return who and what is in it: its one person signed everything with the machine's key."""
    clock, key = Clock(), Key.generate()
    store = AuditStore(url, clock=clock)
    alone = store.single_user("Aiko")
    alone.signer = Signer(SINGLE_USER, "machine", key)
    everybody = dict.fromkeys(Role, alone)
    opened, released = record(store), record(store, gate=Gate.RELEASED, required_reviews=0)
    reviewed, weights = work(store, everybody)
    replaced = replace_program(store, alone)
    me = person_of(alone)
    report = store.verify()
    store.close()
    if not report.ok:
        raise AssertionError(report.problem_text)
    return Team(
        by_role=dict.fromkeys(Role, me),
        other={},
        wrong={},
        programs={"good": Person("ab" * 16)},
        open=opened,
        released=released,
        reviewed=reviewed,
        disputed=opened,
        ruled=released,
        weights=weights,
        token="",
        now=clock.text,
        root=me,
        keys={SINGLE_USER: key, PROGRAM: program(store)},
        replaced={PROGRAM: replaced},
        initial=me,
        revoked=me,
        machine=me,
        keyless=me,
    )


class _Scene(Scene):
    """The program makes the first account, and the machine's key signs it; the person makes everything else."""

    def signed_in(self, person: Person, **_: Any) -> Person:
        return person

    def entry(self, by: Person | None = None, **changes: Any) -> int:
        return super().entry(Person(SYSTEM) if self.kind in ("account", "person") else by, **changes)

    def name(self, new: Account) -> None:
        self.sign(self.append(SYSTEM, "person", new.id, new.names()), self.team.keys[SINGLE_USER], SINGLE_USER)


def cases() -> Iterator[Case]:
    """Yield every kind of entry that has to be signed times every wrong that needs no second person, and as it should be."""
    for kind in sorted((SIGNED | PROGRAM_SIGNED) - {"key"}):
        own = (
            {**WRONGS, **BY_PROGRAM} if kind in SIGNED else {name: wrong for name, wrong in WRONGS.items() if of_program(name)}
        )
        wrongs = own | (OF_DECISIONS if kind == "review" else {})
        for name, wrong in wrongs.items():
            if (kind in PROGRAM_SIGNED and "replaced" in name) or not any(word in name for word in _OF_PEOPLE):
                yield Case(f"{kind}: alone, {name}", True, wrong, _Scene)
        yield Case(f"{kind}: alone, signed", False, lambda s: s.sign(s.entry(), s.key), _Scene)
