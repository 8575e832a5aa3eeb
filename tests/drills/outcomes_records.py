"""The records that the drill `outcomes` attacks: small, real, made through the program's own interface, in every state.

Each has people with keys, decisions that wait, are disputed, ruled, rejected, released and erased, lots and requests. The
attacker is one of the people: a reviewer, a lead, a viewer, an auditor or an administrator, with a key of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from audit import Access, AuditStore, Gate, ReviewKind, Role, Verdict
from audit.log.signatures import Signer
from tests.drills.common import Place
from tests.support.audit.builders import SELECTION, blobs_of, decision, sha
from tests.support.audit.team import Clock, add, enrol, give, join, set_up

__all__ = ["RECORDS", "Member", "Record", "Session"]


@dataclass(frozen=True)
class Member:
    """A person of a record: account, printed name, session token, open key (None: signs nothing), and roles."""

    id: str
    name: str
    token: str
    signer: Signer | None
    roles: tuple[str, ...]
    authentication: str
    authenticated_at: str


@dataclass
class Record:
    """A record as it stands before a sequence of moves. ``decisions``: ids by what they stand for; ``lots``:
    names; ``program_token``: with which a program asks the gate."""

    name: str
    url: str
    clock: Clock
    people: Mapping[str, Member]
    decisions: Mapping[str, str]
    lots: tuple[str, ...]
    saved: Any = None
    signed: bool = True
    program_token: str = ""
    sealed: Mapping[str, list[tuple[str, Mapping[str, Any]]]] = field(default_factory=dict)


class Session:
    """A store that is open at a copy of a record, with the access of each of its people."""

    def __init__(self, made: Record, url: str) -> None:
        self.store = AuditStore(url, clock=made.clock)
        self._made = made

    def of(self, name: str) -> Access:
        """Return what a person may do at this store."""
        member = self._made.people[name]
        return Access(self.store, token=member.token, signer=member.signer)

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def _member(access: Access) -> Member:
    person = access.person
    roles = tuple(role.value for role in person.roles)
    return Member(
        person.id, person.name, str(access._token), access.signer, roles, person.authentication, person.authenticated_at
    )


def _lines(n: int) -> bytes:
    return b"2026-03-01 09:30:00 pump P-%02d pressure low\n" % n


def _made(store: AuditStore, number: int, **changes: Any) -> str:
    """Record a decision on bytes of its own."""
    upload = _lines(number)
    one = decision(input_sha256=sha(upload), input_name=f"lot-{number}", **changes)
    add(store, one, blobs_of(upload, SELECTION))
    return one.id


def _work(store: AuditStore, people: Mapping[str, Access]) -> dict[str, str]:
    """Bring decisions into every state; return their ids by its name."""
    rita, bob, leo = people["rita"], people["bob"], people["leo"]
    made = {
        name: _made(store, number, required_reviews=required, gate=gate)
        for number, (name, required, gate) in enumerate(
            [
                ("waiting", 1, Gate.HELD),
                ("two", 2, Gate.HELD),
                ("allowed", 0, Gate.RELEASED),
                ("sampled", 1, Gate.RELEASED),
                ("disputed", 2, Gate.HELD),
                ("ruled", 2, Gate.HELD),
                ("rejected", 1, Gate.HELD),
                ("approved", 1, Gate.HELD),
                ("half", 2, Gate.HELD),
                ("erased", 1, Gate.HELD),
            ],
            1,
        )
    }
    for name in ("disputed", "ruled"):
        give(rita, made[name])
        give(bob, made[name], Verdict.FLAG)
    give(leo, made["ruled"], Verdict.FLAG, kind=ReviewKind.ADJUDICATION)
    give(bob, made["rejected"], Verdict.FLAG)
    give(bob, made["approved"])
    give(rita, made["half"])
    people["root"].admin.erase(made["erased"], "asked for", early=True)
    people["leo"].lots.note("lot-noted", sha(_lines(3)))
    return made


def team(store: AuditStore) -> dict[str, Access]:
    """Return the people of a record in which everybody signs from its beginning on."""
    root = set_up(store)
    return {
        "root": root,
        **{name: enrol(store, root, name, Role.REVIEWER) for name in ("rita", "bob")},
        **{name: enrol(store, root, name, Role.LEAD) for name in ("leo", "lea")},
        "both": enrol(store, root, "both", Role.LEAD, Role.REVIEWER),
        "vera": enrol(store, root, "vera", Role.VIEWER),
        "ann": enrol(store, root, "ann", Role.AUDITOR),
        "adam": enrol(store, root, "adam", Role.ADMIN),
    }


def unsigned_team(store: AuditStore) -> dict[str, Access]:
    """Return the people of a record in which nobody signs."""
    roles = {"root": Role.ADMIN, "rita": Role.REVIEWER, "bob": Role.REVIEWER, "leo": Role.LEAD, "lea": Role.LEAD}
    people = {name: join(store, name, role) for name, role in roles.items()}
    people["both"] = join(store, "both", Role.LEAD, Role.REVIEWER)
    people |= {name: join(store, name, role) for name, role in {"vera": Role.VIEWER, "ann": Role.AUDITOR}.items()}
    return people | {"adam": join(store, "adam", Role.ADMIN)}


RECORDS: Mapping[str, tuple[Callable[[AuditStore], dict[str, Access]], bool]] = {
    "signed": (team, True),
    "unsigned": (unsigned_team, False),
}
"""How the people of each record come to be, and whether they sign."""


def records(place: Place) -> Iterator[Record]:
    """Make every record on a store."""
    for name, (begin, signed) in RECORDS.items():
        clock, url = Clock(), place.copy()
        store = AuditStore(url, clock=clock)
        people = begin(store)
        made = _work(store, people)
        asking = people["root"].tokens.issue("mes", (Role.VIEWER,), days=365).token
        if not (report := store.verify()).ok:
            raise AssertionError(f"{name}: {report.problem_text}")
        members = {who: _member(access) for who, access in people.items()}
        store.close()
        yield Record(
            name, url, clock, members, made, ("lot-noted", "lot-3", "lot-1", "lot-new"), signed=signed, program_token=asking
        )
