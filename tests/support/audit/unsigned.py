"""Entries that the rightful person or the program did not sign, appended by somebody who writes to the database and has no key.

Every kind of entry that has to be signed (`audit.log.roles`) times every wrong. The actor has the right to it each time, and
has signed in just before it, as the program saw and signed: only the signature of the entry itself is missing or wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import Access, AuditStore, Gate, Retention, ReviewKind, ReviewPolicy, Role, Verdict, new_id
from audit.log.authority import Authority, erasure_targets
from audit.log.entries import ERASURE, KEY, SESSIONS_ENDED, SIGNATURE, SIGNED_IN, SIGNED_OUT, SealedContent, seal
from audit.log.proving import EntryHeader, Tip
from audit.log.roles import ALLOWED, CONTENT, KINDS, PROGRAM, PROGRAM_SIGNED, SIGNED, SIGNED_SINCE, SYSTEM
from audit.log.signatures import Signer, meaning_of, proof_of, public_half, sign
from audit.operation.rollout_plan import RolloutPlan, StageName
from audit.operation.rollout_plan import Stage as StageOfPlan
from audit.people import keys, sessions
from audit.people.sessions import LONGEST
from audit.records.clock import shifted
from audit.records.records import LogEntry
from audit.storage import documents
from tests.support.audit.builders import sha
from tests.support.audit.team import Clock, change_account, enrol, give, record, renew, set_up
from tests.support.audit.unfounded import HOUR, Cast, Person, good, person_of

__all__ = ["OF_DECISIONS", "WRONGS", "Key", "Scene", "Team", "cases", "read", "stage", "work"]

Key = Ed25519PrivateKey
OF_PROGRAM = PROGRAM_SIGNED | SIGNED_SINCE
"""Kinds of entries that the program signs."""


@dataclass(frozen=True)
class Team(Cast):
    """The people of a record in which everybody signs.

    `keys`: everybody's own key by account, and the program's; `replaced`: the keys that they had before. `initial`, `revoked`,
    `machine` and `keyless` have all roles: the first has a key with a password that somebody else chose, the second had one,
    that of the third is a machine's.
    """

    root: Person
    keys: Mapping[str, Key]
    replaced: Mapping[str, Key]
    initial: Person
    revoked: Person
    machine: Person
    keyless: Person


def stage(url: str) -> Team:
    """Fill an empty record, and return who and what is in it: everybody signed what they may, and no sign-in is good now."""
    clock = Clock()
    store = AuditStore(url, clock=clock)
    root = set_up(store)
    new = {role: enrol(store, root, role.value, role, initial=True) for role in Role}
    by_role = {role: renew(store, person) for role, person in new.items()}
    other = {role: enrol(store, root, f"other-{role.value}", role) for role in Role}
    special = {
        "initial": enrol(store, root, "initial", *Role, initial=True),
        "revoked": enrol(store, root, "revoked", *Role),
        "machine": enrol(store, root, "machine", *Role, key="machine"),
        "keyless": enrol(store, root, "keyless", *Role, key=None),
    }
    root.keys.revoke(special["revoked"].person.id)
    gone = {name: enrol(store, root, name, *Role) for name in ("deactivated", "erased")}
    past = {name: person_of(person) for name, person in gone.items()}
    for one in past.values():
        change_account(root, one.id, active=False)
    root.admin.erase_account(past["erased"].id, "left the plant")
    opened, released = record(store), record(store, gate=Gate.RELEASED, required_reviews=0)
    admin = by_role[Role.ADMIN]
    enrol(store, admin, "newcomer", Role.VIEWER)
    issued = admin.tokens.issue("good", (Role.SERVICE,), days=30).known
    reviewed, weights = work(store, by_role)
    disputed, ruled = (record(store, required_reviews=2) for _ in range(2))
    for id in (disputed, ruled):
        give(by_role[Role.REVIEWER], id)
        give(other[Role.REVIEWER], id, Verdict.FLAG)
    give(by_role[Role.LEAD], ruled, kind=ReviewKind.ADJUDICATION)
    replaced = replace_program(store, root)
    persons = [root, *by_role.values(), *other.values(), *special.values(), *gone.values()]
    signers = [person.signer for person in persons if person.signer is not None]
    old = [person.signer for person in new.values() if person.signer is not None]
    team = Team(
        by_role={role: person_of(person) for role, person in by_role.items()},
        other={role: person_of(person) for role, person in other.items()},
        wrong=past,
        programs={"good": Person(issued.account_id, "good")},
        open=opened,
        released=released,
        reviewed=reviewed,
        disputed=disputed,
        ruled=ruled,
        weights=weights,
        token=issued.sha256,
        now=shifted(clock.text, LONGEST + HOUR),
        root=person_of(root),
        keys={signer.account_id: signer.private for signer in signers} | {PROGRAM: program(store)},
        replaced={signer.account_id: signer.private for signer in old} | {PROGRAM: replaced},
        **{name: person_of(person) for name, person in special.items()},
    )
    report = store.verify()
    store.close()
    if not report.ok:
        raise AssertionError(report.problem_text)
    return team


def work(store: AuditStore, people: Mapping[Role, Access]) -> tuple[Any, str]:
    """Let everybody sign what they may; return a review, and weights that are in use."""
    lead, admin = people[Role.LEAD], people[Role.ADMIN]
    reviewed = give(people[Role.REVIEWER], record(store))
    give(lead, record(store))
    settled = record(store, gate=Gate.RELEASED, required_reviews=0)
    lead.queue.seed_control(settled, Verdict.APPROVE, "obvious")
    lead.admin.set_policy(ReviewPolicy())
    lead.operation.plan(RolloutPlan({name: StageOfPlan() for name in StageName}), "begin")
    used, retired = (lead.weights.register(content, "line 3", {}).subject for content in (b"weights", b"other weights"))
    lead.weights.use(used)
    lead.weights.retire(retired, "worse than before")
    admin.admin.set_retention(reviewed.decision_id, Retention.EXTENDED, "asked for")
    admin.admin.erase(record(store), "asked for", early=True)
    return reviewed, used


def program(store: AuditStore) -> Key:
    """Return the program's key."""
    signer = store.database.program()
    assert signer is not None
    return signer.private


def replace_program(store: AuditStore, by: Access) -> Key:
    """Let somebody confirm another key of the program, and revoke it; return it."""
    key, id = Key.generate(), by.person.id
    held = keys.public_key(Signer(PROGRAM, PROGRAM, key), "")
    with store.database.write() as connection:
        store.database.sign_as(connection, by.signer)
        keys.record(store.database, connection, id, held)
        keys.revoke(store.database, connection, id, held)
    return key


class Written(NamedTuple):
    """An entry with its content."""

    entry: LogEntry
    content: Any  # None where it was erased
    sealed: SealedContent | None = None

    @property
    def header(self) -> EntryHeader:
        made = self.entry
        return EntryHeader(made.seq, made.ts, made.actor, made.type, made.subject, made.hash)


class Base(NamedTuple):
    """A record that is to be forged: its people, its entries, what erasures keep, and the fold over them."""

    team: Team
    log: list[Written]
    facts: dict[int, Mapping[str, Any]]
    judge: Judge

    def folded(self, judge: Judge) -> list[tuple[Any, str]]:
        """Let a fold read the record; return what it says of it."""
        return _folded(judge, self.log)


class Judge(NamedTuple):
    """A fold."""

    authority: Authority

    def copy(self) -> Judge:
        return self._replace(authority=deepcopy(self.authority))

    def held(self) -> list[Any]:
        """Return the accounts, tokens, keys and reviews that count; people sign in without a right to anything."""
        names = ("_accounts", "_tokens", "_issued", "_keys", "reviews", "root_key", "signed_since")
        return [getattr(self.authority, name) for name in names]

    def signed_in(self) -> dict[str, list[Any]]:
        """Return the sign-ins that count, by account."""
        return {id: list(held) for id, held in self.authority._sign_ins.items()}

    def read(self, log: Iterable[Written]) -> list[tuple[Any, str]]:
        """Let the fold read on; return what it says."""
        found = []
        for one in log:
            found += self.authority.problems(one.header, one.content if one.entry.type in CONTENT else None)
        return found


def _folded(judge: Judge, log: Iterable[Written]) -> list[tuple[Any, str]]:
    return judge.read(log) + judge.authority.unsigned()


def read(url: str, team: Team) -> Base:
    """Read a staged record. Nothing in it may be refused."""
    store, entries = AuditStore(url), list[Written]()
    with store.database.read() as connection:
        while (document := documents.at(connection, len(entries) + 1)) is not None:
            entries.append(Written(document.entry, document.content))
    store.close()
    erased = (erasure_targets(one.content or {}) for one in entries if one.entry.type == ERASURE)
    facts = {seq: kept for targets in erased for seq, (_, kept) in targets.items()}
    authority = Authority()
    authority.facts = dict(facts)
    base = Base(team, entries, facts, Judge(authority))
    assert not base.folded(base.judge)
    return base


class Scene:
    """What is appended in one case, in memory: by whom, and with which key of the attacker's own."""

    def __init__(self, base: Base, kind: str) -> None:
        self.base, self.team, self.kind = base, base.team, kind
        self.now = base.team.now
        self.written: list[Written] = []
        self.mine = Key.generate()

    @property
    def by(self) -> Person:
        """Who acts; by default the one with the right to this kind and with no other role, signed in now."""
        if not hasattr(self, "_by"):
            self._by = self._rightful()
        return self._by

    @by.setter
    def by(self, person: Person) -> None:
        self._by = person

    def _rightful(self) -> Person:
        if self.kind == SESSIONS_ENDED:
            return Person(SYSTEM)
        if self.kind in (SIGNED_IN, SIGNED_OUT):
            viewer = self.team.by_role[Role.VIEWER]
            return viewer if self.kind == SIGNED_IN else self.signed_in(viewer)
        if self.kind == "review":
            return self.signed_in(self.team.by_role[Role.REVIEWER])
        actions = KINDS.get(self.kind, ("manage_accounts",))
        return self.signed_in(self.team.by_role[Role(min(frozenset().union(*(ALLOWED[action] for action in actions))))])

    def signed_in(self, person: Person, **changes: Any) -> Person:
        """Let a person sign in, and the program sign that it saw so."""
        content = {"how": person.how, "session": sha(b"session"), "expires_at": shifted(self.now, HOUR)} | changes
        self.sign(self.append(person.id, SIGNED_IN, person.id, content), self.team.keys[PROGRAM], PROGRAM)
        return replace(person, at=self.now)

    def signed_out(self, person: Person) -> None:
        """Let a person sign out again, and the program sign that it saw so."""
        seq = self.append(person.id, SIGNED_OUT, person.id, {"how": "", "session": sha(b"session")})
        self.sign(seq, self.team.keys[PROGRAM], PROGRAM)

    def append(self, actor: str, type: str, subject: str, content: Mapping[str, Any], ts: str | None = None) -> int:
        last = (self.written or self.base.log)[-1].entry
        entry, sealed = seal(
            Tip(last.seq, last.hash), ts=ts or self.now, actor=actor, type=type, subject=subject, payload=content
        )
        self.written.append(Written(entry, json.loads(sealed.payload), sealed))
        return entry.seq

    def entry(self, by: Person | None = None, **changes: Any) -> int:
        """Append an entry of this kind, without a signature; `changes`: of its content, or its `subject`, `actor` or `ts`."""
        by = by or self.by
        subject, content = self.good(by)
        header = {name: changes.pop(name) for name in ("actor", "subject", "ts") if name in changes}
        return self.append(
            header.get("actor", by.id), self.kind, header.get("subject", subject), content | changes, header.get("ts")
        )

    def good(self, by: Person) -> tuple[str, dict[str, Any]]:
        """Return subject and content of a good entry of this kind."""
        if self.kind in KINDS:
            return good(self.team, self.kind, by, self.now)
        if self.kind == "account":
            new = sessions.Account(new_id(), f"login-{new_id()}", "Somebody", (Role.LEAD,), True, "password", None)
            self.name(new)
            return new.id, new.payload()
        named = self.team.keyless.id if self.team.other else new_id()  # somebody's new name, or there is nobody yet
        others: dict[str, tuple[str, dict[str, Any]]] = {
            "person": (named, {"login": "keyless", "name": "Another"}),
            "key": (self.team.keyless.id, key_content(self.team.keyless.id, Key.generate())),
            SIGNED_IN: (by.id, {"how": by.how, "session": sha(b"own"), "expires_at": shifted(self.now, HOUR)}),
            SIGNED_OUT: (by.id, {"how": "", "session": sha(b"session")}),
        }
        return others.get(self.kind, ("accounts", {"how": "wrong password"}))  # events, and signatures of nothing

    def name(self, new: sessions.Account) -> None:
        """Say what the person of a new account is called, as the program does for newcomers."""
        self.append(SYSTEM, "person", new.id, new.names())

    def at(self, seq: int) -> Written:
        """Return an entry of the log."""
        size = len(self.base.log)
        return self.base.log[seq - 1] if seq <= size else self.written[seq - size - 1]

    def signature(self, seq: int, key: Key, **changes: Any) -> dict[str, Any]:
        """Return a good signature by this key, but for what is changed: `meaning`, `shown`, `decision`, `hash`."""
        entry, content, _ = self.at(seq)
        fields = {"hash": entry.hash, "meaning": meaning_of(entry.type, content)}
        if entry.type == "review":
            fields |= {"shown": content["shown_sha256"], "decision": self.decided(entry.subject)}
        return dict(sign(key, **(fields | changes)))

    def decided(self, id: str) -> str | None:
        """Return the hash of a decision's entry."""
        entries = (one.entry for one in self.base.log)
        return next((entry.hash for entry in entries if (entry.type, entry.subject) == ("decision", id)), None)

    def hash(self, seq: int) -> str:
        return self.at(seq).entry.hash

    def sign(self, seq: int, key: Key, by: str | None = None, **changes: Any) -> int:
        """Append the signature of an entry; return the entry's number."""
        self.append(
            self.signer if by is None else by,
            SIGNATURE,
            self.hash(seq),
            self.signature(seq, key, **changes),
            self.at(seq).entry.ts,
        )
        return seq

    @property
    def signer(self) -> str:
        """Who has to sign the entry."""
        return PROGRAM if self.kind in OF_PROGRAM else self.by.id

    @property
    def key(self) -> Key:
        """The rightful signer's own key, which the attacker does not have: for signatures of something else."""
        return self.team.keys[self.signer]


def key_content(owner: str, key: Key, **changes: Any) -> dict[str, Any]:
    content = {"public_key": public_half(key), "kind": "password", "initial": False, "revoked": False}
    return content | {"proof": proof_of(Signer(owner, "", key))} | changes


Wrong = Callable[[Scene], int]


def _with(key: Callable[[Scene], Key], by: Callable[[Scene], str] | None = None) -> Wrong:
    """Sign with a key, in the name of the actor or of somebody else."""
    return lambda s: s.sign(s.entry(), key(s), None if by is None else by(s))


def _other(s: Scene) -> Person:
    """Return somebody else with the same right, who has a key; of what the program makes, an administrator."""
    return next((s.team.other[role] for role, one in s.team.by_role.items() if one.id == s.by.id), s.team.other[Role.ADMIN])


def _by(who: Callable[[Scene], Person], key: Callable[[Scene], Key]) -> Wrong:
    """Let somebody with all roles be the actor, and sign with that key."""

    def wrong(s: Scene) -> int:
        s.by = s.signed_in(who(s))
        return s.sign(s.entry(), key(s))

    return wrong


def _copied(s: Scene) -> int:
    """Give the entry an earlier signature of the same person, of the same kind of entry where there is one."""
    entry = s.entry()
    wanted = s.signature(entry, s.mine)["meaning"]
    earlier = [one.content for one in reversed(s.base.log) if (one.entry.type, one.entry.actor) == (SIGNATURE, s.signer)]
    chosen = next((content for content in earlier if content["meaning"] == wanted), earlier[0])
    s.append(s.signer, SIGNATURE, s.hash(entry), chosen)
    return entry


def _changed(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Wrong:
    """Change the content of the signature that the rightful person would give."""

    def wrong(s: Scene) -> int:
        entry = s.entry()
        s.append(s.signer, SIGNATURE, s.hash(entry), change(s.signature(entry, s.key)))
        return entry

    return wrong


def _for_decision(change: Callable[[str], Any]) -> Wrong:
    """Let the rightful person sign for what is changed in the hash of the decision's entry."""

    def wrong(s: Scene) -> int:
        entry = s.entry()
        return s.sign(entry, s.key, decision=change(s.signature(entry, s.key)["decision"]))

    return wrong


def _flipped(content: dict[str, Any]) -> dict[str, Any]:
    value = content["value"]
    return content | {"value": f"{int(value[0], 16) ^ 1:x}{value[1:]}"}


def _later(s: Scene) -> int:
    entry = s.entry()
    s.append(SYSTEM, "sign_in_failed", "unknown", {"how": "wrong password"})
    return s.sign(entry, s.key)


def _elsewhere(s: Scene) -> int:
    """Let a signature of the entry follow it that is filed under another entry."""
    entry = s.entry()
    s.append(s.signer, SIGNATURE, s.hash(1), s.signature(entry, s.key))
    return entry


def _by_system(sign: bool) -> Wrong:
    def wrong(s: Scene) -> int:
        entry = s.entry(Person(SYSTEM))
        return s.sign(entry, s.mine, SYSTEM) if sign else entry

    return wrong


def _enrolled(
    actor: Callable[[Scene], str], signed: Callable[[Scene], Key | None], whose: Callable[[Scene], str] | None = None
) -> Wrong:
    """Insert a key first, by this actor and with such a signature, then sign with it."""

    def wrong(s: Scene) -> int:
        owner, by, key = (whose or _signer)(s), actor(s), signed(s)
        if by == _admin(s).id:
            s.signed_in(_admin(s))
        seq = s.append(by, KEY, owner, key_content(owner, s.mine, kind=PROGRAM if owner == PROGRAM else "password"))
        if key is not None:
            s.sign(seq, key, owner if by == SYSTEM else by)
        return s.sign(s.entry(), s.mine)

    return wrong


def _given(s: Scene) -> int:
    """Let an administrator give a key, signed with their own, to somebody who has one that goes on to sign."""
    admin = _admin(s)
    if s.by.id == admin.id:
        s.by = s.signed_in(_other(s))
    s.signed_in(admin)
    s.sign(s.append(admin.id, KEY, s.by.id, key_content(s.by.id, s.mine, kind="passkey")), s.team.keys[admin.id], admin.id)
    return s.sign(s.entry(), s.mine)


def _admin(s: Scene) -> Person:
    return s.team.by_role[Role.ADMIN]


def _signer(s: Scene) -> str:
    return s.signer


def _mine(s: Scene) -> Key:
    return s.mine


def _nobody(_: Scene) -> None:
    return None


WRONGS: Mapping[str, Wrong] = {
    "not signed": lambda s: s.entry(),
    "signed with the attacker's key": _with(_mine),
    "signed with somebody else's key": _with(lambda s: s.team.keys[_other(s).id]),
    "signed by somebody else": _with(lambda s: s.team.keys[_other(s).id], lambda s: _other(s).id),
    "signed by the program": _with(lambda s: s.key, lambda _: SYSTEM),
    "with an earlier signature": _copied,
    "signed in another meaning": lambda s: s.sign(s.entry(), s.key, meaning="I agree."),
    "signature of another entry": lambda s: s.sign(s.entry(), s.key, hash=s.hash(1)),
    "signature under another entry": _elsewhere,
    "signature with a changed byte": _changed(_flipped),
    "signature in capitals": _changed(lambda content: content | {"value": content["value"].upper()}),
    "signature with another meaning put in": _changed(lambda content: content | {"meaning": "I agree."}),
    "signature without its value": _changed(lambda content: {"key": content["key"], "meaning": content["meaning"]}),
    "signature not directly after": _later,
    "made by the program": _by_system(sign=False),
    "made and signed by the program": _by_system(sign=True),
    "key inserted in an administrator's name": _enrolled(lambda s: _admin(s).id, _nobody),
    "key inserted in an administrator's name, signed by itself": _enrolled(lambda s: _admin(s).id, _mine),
    "key inserted by the program": _enrolled(lambda _: SYSTEM, _nobody),
    "key inserted by its owner": _enrolled(_signer, _nobody),
    "key inserted by its owner, signed by itself": _enrolled(_signer, _mine),
    "key inserted as another root": _enrolled(lambda _: SYSTEM, _mine),
    "key of the administrator inserted as another root": _enrolled(lambda _: SYSTEM, _mine, lambda s: s.team.root.id),
    "signed with a further key that an administrator gave": _given,
    "signed with a key that was replaced": _with(lambda s: s.team.replaced[s.signer]),
    "by somebody with an initial key": _by(lambda s: s.team.initial, lambda s: s.key),
    "by somebody whose key was revoked": _by(lambda s: s.team.revoked, lambda s: s.key),
    "by somebody without a key": _by(lambda s: s.team.keyless, _mine),
}
BY_PROGRAM: Mapping[str, Wrong] = {
    "signed with the program's key": _with(lambda s: s.team.keys[PROGRAM]),
    "signed with the program's key in its name": _with(lambda s: s.team.keys[PROGRAM], lambda _: PROGRAM),
}
_OF_REVIEWS: Mapping[str, Wrong] = {
    "signed for another page": lambda s: s.sign(s.entry(), s.key, shown=sha(b"another page")),
    "signed for no page": lambda s: s.sign(s.entry(), s.key, shown=None),
    "signed as a flag": lambda s: s.sign(s.entry(), s.key, meaning=meaning_of("review", {"verdict": "flag"})),
    "signed with a machine's key": _by(lambda s: s.team.machine, lambda s: s.key),
}


OF_DECISIONS: Mapping[str, Wrong] = {
    "signed for another decision": lambda s: s.sign(s.entry(), s.key, decision=s.decided(s.team.released)),
    "signed for another entry of its decision": _for_decision(lambda _: sha(b"as it was shown")),
    "signed for no decision": _for_decision(lambda _: None),
    "signed for a decision in capitals": _for_decision(lambda hash: hash.upper()),
    "signed for a list of decisions": _for_decision(lambda hash: [hash]),
    "signature with its decision put in": _changed(lambda content: content | {"decision": sha(b"as it was shown")}),
    "signature without its decision": _changed(lambda content: {name: content[name] for name in content if name != "decision"}),
}


def _key_of(whose: Callable[[Scene], Person], signed: Callable[[Scene], Key], **changes: Any) -> Wrong:
    """Let a person make a key of their own, or revoke it."""

    def wrong(s: Scene) -> int:
        s.by = s.signed_in(whose(s))
        return s.sign(s.append(s.by.id, KEY, s.by.id, key_content(s.by.id, s.mine, **changes)), signed(s))

    return wrong


def _revoked(s: Scene) -> int:
    return s.append(s.by.id, KEY, s.team.root.id, key_content(s.team.root.id, s.team.keys[s.team.root.id], revoked=True))


def _back(s: Scene) -> int:
    """Let a key come back that was replaced, signed by an administrator whose key it is not."""
    owner = s.team.by_role[Role.LEAD]
    return s.sign(s.append(s.by.id, KEY, owner.id, key_content(owner.id, s.team.replaced[owner.id])), s.key)


def _password(s: Scene) -> int:
    """Change one's own password with an initial key, which was to be replaced first."""
    s.by = s.signed_in(s.team.initial)
    own = next(one.content for one in s.base.log if (one.entry.type, one.entry.subject) == ("account", s.by.id))
    return s.sign(s.append(s.by.id, "account", s.by.id, own), s.key)


def _unproven(proof: Callable[[Scene], Any]) -> Wrong:
    """Let an administrator confirm a key that did not sign that it is this person's."""

    def wrong(s: Scene) -> int:
        content = key_content(s.team.keyless.id, s.mine, proof=proof(s))
        return s.sign(s.append(s.by.id, KEY, s.team.keyless.id, content), s.key)

    return wrong


_OF_KEYS: Mapping[str, Wrong] = {
    "without a proof of whose it is": _unproven(lambda _: None),
    "with a proof by another key": _unproven(lambda s: proof_of(Signer(s.team.keyless.id, "", Key.generate()))),
    "with a proof for another account": _unproven(lambda s: proof_of(Signer(s.by.id, "", s.mine))),
    "of somebody without one, signed by itself": _key_of(lambda s: s.team.keyless, _mine),
    "of a passkey, signed with an initial key": _key_of(lambda s: s.team.initial, lambda s: s.key, kind="passkey"),
    "initial after initial": _key_of(lambda s: s.team.initial, lambda s: s.key, initial=True),
    "comes back by a revoked one": _key_of(lambda s: s.team.revoked, lambda s: s.key),
    "of an administrator revoked without a signature": _revoked,
    "that was replaced comes back": _back,
}


def _oneself(whose: Callable[[Scene], Person], key: Callable[[Scene], Key] | None = None) -> Wrong:
    """Let a person sign that they come or go, with a key of their own."""

    def wrong(s: Scene) -> int:
        s.by = whose(s) if s.kind == SIGNED_IN else s.signed_in(whose(s))
        return s.sign(s.entry(), s.team.keys[s.by.id] if key is None else key(s), s.by.id)

    return wrong


_OF_SIGN_INS: Mapping[str, Wrong] = {
    **{
        f"signed by oneself, a {role.value}": _oneself(lambda s, role=role: s.team.by_role[role])  # type: ignore[misc]
        for role in Role
        if role is not Role.ADMIN
    },
    "signed by an administrator with an initial key": _oneself(lambda s: s.team.initial),
    "signed by an administrator with a revoked key": _oneself(lambda s: s.team.revoked),
    "signed by an administrator with a replaced key": _oneself(_admin, lambda s: s.team.replaced[s.by.id]),
    "signed by an administrator with no key": _oneself(lambda s: s.team.keyless, _mine),
    "signed by an administrator for somebody else": lambda s: s.sign(s.entry(), s.team.keys[_admin(s).id], _admin(s).id),
    "signed by an administrator with the program's key": _oneself(_admin, lambda s: s.team.keys[PROGRAM]),
}


def of_program(name: str) -> bool:
    """Return whether this is a wrong where the program signs: it signs what anybody may do, and administrators give it keys."""
    return not name.startswith("by somebody") and "further key" not in name


class Tried(NamedTuple):
    """What became of a case: what was appended, the number of its entry, why it was refused, and what is not as it must be."""

    scene: Scene
    seq: int
    reason: str
    fault: str | None


@dataclass(frozen=True)
class Case:
    """What is appended, and the verdict on it: `write` returns the number of the entry that must not count, or must."""

    name: str
    refused: bool
    write: Callable[[Scene], int]
    scene: type[Scene] = Scene

    @property
    def kind(self) -> str:
        """The kind of entry."""
        return self.name.partition(":")[0]

    def tried(self, base: Base) -> Tried:
        """Append to a record in memory, and ask the fold."""
        scene = self.scene(base, self.kind)
        seq = self.write(scene)
        judge, before = base.judge.copy(), seq - len(base.log) - 1
        found = judge.read(scene.written[:before])
        signed_in = judge.signed_in()
        problems = {made.seq: text for made, text in found + _folded(judge, scene.written[before:])}
        fine = min(problems, default=0) > len(base.log) and seq in problems if self.refused else not problems
        if self.refused and (judge.held(), judge.signed_in()) != (base.judge.held(), signed_in):
            fine = False  # it changes what counts
        return Tried(scene, seq, problems.get(seq, ""), None if fine else f"{self.name}: {problems}")


def cases() -> Iterator[Case]:
    """Yield every kind of entry that has to be signed times every wrong."""
    for kind in sorted(SIGNED):
        for name, wrong in {**WRONGS, **BY_PROGRAM}.items():
            yield Case(f"{kind}: {name}", True, wrong)
    for kind in sorted(OF_PROGRAM):
        for name, wrong in WRONGS.items():
            if of_program(name):
                yield Case(f"{kind}: {name}", True, wrong)
    for kind in (SIGNED_IN, SIGNED_OUT):
        for name, wrong in _OF_SIGN_INS.items():
            yield Case(f"{kind}: {name}", True, wrong)
    for name, wrong in {**_OF_REVIEWS, **OF_DECISIONS}.items():
        yield Case(f"review: {name}", True, wrong)
    for name, wrong in _OF_KEYS.items():
        yield Case(f"{KEY}: {name}", True, wrong)
    yield Case("account: new password, signed with an initial key", True, _password)
