"""Entries that nobody had the right to make, appended by somebody who can write to the database and knows its format.

Every kind of entry times every wrong, generated from the table of rights (`audit.log.roles`): a kind that is missing here fails
the test of this list. All hashes, rows and the queue are as the program would write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from audit import Access, AuditStore, Gate, ReviewRecord, Role, Verdict, new_id
from audit.log.chain import Tip
from audit.log.entries import seal
from audit.log.merkle_tree import frontier_of
from audit.log.roles import ALLOWED, BY_SYSTEM, KINDS, MACHINE_ROLES, SINGLE_USER, SYSTEM
from audit.operation.costs import Costs
from audit.operation.rollout_plan import RolloutPlan, StageName
from audit.operation.rollout_plan import Stage as StageOfPlan
from audit.people import sessions, tokens
from audit.people.sessions import LONGEST, token_hash
from audit.records.clock import shifted
from audit.records.payload import to_payload
from audit.records.vocabulary import ReviewKind
from audit.review.judgements import queue_row, refresh
from audit.review.review_policy import ReviewPolicy
from audit.storage.rows import decision_rows, review_rows
from audit.storage.schema import decisions, erased_entries, log, log_head, pair_reviews, payloads, queue, reviews, selections
from tests.support.audit.builders import SELECTION, UPLOAD, decision, review, sha
from tests.support.audit.team import PASSWORD, Clock, change_account, give, join, record

__all__ = ["HOUR", "Case", "Cast", "Person", "add_review", "append", "cases", "make", "person_of", "stage"]

HOUR = 3600
LONG_AGO = "2001-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Person:
    """Who acts: id, printed name, and when and how they signed in."""

    id: str
    name: str = "Nobody"
    at: str = "2026-03-01T10:00:00.000Z"
    how: str = "password (argon2id)"


@dataclass(frozen=True)
class Cast:
    """The people, programs and decisions of the record that is forged: `by_role` has one person of each role alone."""

    by_role: Mapping[Role, Person]
    other: Mapping[Role, Person]
    wrong: Mapping[str, Person]
    programs: Mapping[str, Person]
    open: str
    released: str
    reviewed: ReviewRecord
    disputed: str
    ruled: str
    weights: str
    token: str
    now: str

    def own(self, by: Person) -> str:
        """Return the account of a person: the subject of their own sign-in."""
        return by.id


@dataclass(frozen=True)
class Case:
    """One wrong: its name, and what is appended; `forge` returns the number of the entry that must not count."""

    name: str
    forge: Callable[[AuditStore, Connection, Cast], int]


def person_of(access: Access) -> Person:
    """Return who acts with this access."""
    person = access.person
    return Person(person.id, person.name, person.authenticated_at, person.authentication)


def stage(url: str) -> Cast:
    """Fill an empty record, and return who and what is in it."""
    clock = Clock()
    store = AuditStore(url, clock=clock)
    late = person_of(join(store, "late", *Role))
    clock.move(LONGEST + HOUR)
    everybody = join(store, "everybody", *Role)
    by_role = {role: join(store, role.value, role) for role in Role}
    other = {role: join(store, f"other-{role.value}", role) for role in Role}
    gone, out = join(store, "gone", *Role), join(store, "out", *Role)
    wrong = {"expired": late, "deactivated": person_of(gone), "signed out": person_of(out)}
    out.sign_out()
    change_account(everybody, gone.person.id, active=False)
    never = everybody.admin.create_account("never", "Never", tuple(Role), PASSWORD)
    wrong |= {"never signed in": Person(never.id, "Never"), "nobody": Person("nobody"), "system": Person(SYSTEM)}
    wrong["single user"] = Person(SINGLE_USER)
    programs = {}
    issued = {name: everybody.tokens.issue(name, (Role.SERVICE,), days=1).known for name in ("good", "revoked")}
    everybody.tokens.revoke(issued["revoked"].sha256)
    for name, known in issued.items():
        programs[name] = Person(known.account_id, name)
    opened, released = record(store), record(store, gate=Gate.RELEASED, required_reviews=0)
    reviewer, lead = by_role[Role.REVIEWER], by_role[Role.LEAD]
    reviewed = give(reviewer, record(store, required_reviews=2))
    disputed, ruled = (record(store, required_reviews=2) for _ in range(2))
    for id in (disputed, ruled):
        give(reviewer, id)
        give(other[Role.REVIEWER], id, Verdict.FLAG)
    give(lead, ruled, kind=ReviewKind.ADJUDICATION)
    weights = everybody.weights.register(b"weights of a line", "line 3", {}).subject
    cast = Cast(
        {role: person_of(access) for role, access in by_role.items()},
        {role: person_of(access) for role, access in other.items()},
        wrong,
        programs,
        opened,
        released,
        reviewed,
        disputed,
        ruled,
        weights,
        issued["revoked"].sha256,
        clock.text,
    )
    report = store.verify()
    store.close()
    if not report.ok:
        raise AssertionError(report.problem_text)
    return cast


def append(connection: Connection, now: str, actor: str, type: str, subject: str, payload: Mapping[str, Any]) -> int:
    """Append an entry as the program does, at a time of one's choice; return its number."""
    connection.execution_options(appended=True)
    head = connection.execute(select(log_head)).mappings().one()
    tree = frontier_of(head["size"], head["peaks"])
    tip = Tip(tree.size, head["last_hash"])
    entry, sealed = seal(tip, ts=now, actor=actor, type=type, subject=subject, payload=payload)
    tree.append(bytes.fromhex(entry.hash))
    connection.execute(log.insert(), asdict(entry))
    connection.execute(payloads.insert(), {"seq": entry.seq, **sealed._asdict()})
    connection.execute(log_head.update().values(size=tree.size, last_hash=entry.hash, ts=now, peaks=tree.peaks()))
    return entry.seq


def _decide(connection: Connection, now: str, by: Person) -> int:
    made = decision(gate=Gate.RELEASED, required_reviews=0)
    seq = append(connection, now, by.id, "decision", made.id, to_payload(made))
    row, parts = decision_rows(made, seq)
    connection.execute(decisions.insert(), row)
    connection.execute(selections.insert(), parts)
    connection.execute(queue.insert(), queue_row(made, seq))
    return seq


def add_review(
    connection: Connection, cast: Cast, by: Person, now: str | None = None, actor: str | None = None, **changes: Any
) -> int:
    """Append a review with its rows; return its number."""
    fields: dict[str, Any] = {
        "reviewer_id": by.id,
        "reviewer_name": by.name,
        "role": "reviewer",
        "authentication": by.how,
        "authenticated_at": by.at,
        "assigned_at": cast.now,
        "opened_at": cast.now,
        "submitted_at": now or cast.now,
        "pairs": (),
        "lease": new_id(),
    }
    id = changes.pop("decision_id", cast.open)
    made = review(id, **(fields | changes))
    seq = append(connection, now or cast.now, actor or by.id, "review", id, to_payload(made))
    row, parts = review_rows(made, seq)
    connection.execute(reviews.insert(), row)
    if parts:
        connection.execute(pair_reviews.insert(), parts)
    refresh(connection, id)
    return seq


def _contents(cast: Cast) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return subject and content of a good entry of every kind that has no rows."""
    plan = RolloutPlan({name: StageOfPlan() for name in StageName})
    name = {"name": "line.log", "input_sha256": sha(UPLOAD)}
    new = tokens.Token(sha(b"token"), cast.programs["good"].id, cast.now, shifted(cast.now, HOUR * 24), revoked=False)
    return {
        "claim_freed": (cast.open, {"actor": cast.by_role[Role.REVIEWER].id}),
        "control": (cast.ruled, {"expected": "approve", "why": "known"}),
        "costs": ("assumptions", asdict(Costs())),
        "erasure": (cast.open, {"targets": [], "blobs": [], "why": "gone"}),
        "export": ("bundle", {"entries": 1, "root": "", "last_hash": ""}),
        "failed_input": (sha(b"x"), {"name": "x", "weights_sha256": sha(b"w"), "code": "empty", "why": "empty"}),
        "feedback": (sha(b"f"), {"labels": 0}),
        "fine_lines": ("line 3", {"forgotten": None}),
        "policy": ("reviews", asdict(ReviewPolicy())),
        "reading": ("line 3", {"settings": {"time_zone": "UTC"}}),
        "reference": ("line 3", {"since": None, "why": "new pump"}),
        "retention": (cast.open, {"retention": "standard", "why": "short"}),
        "review_requested": (cast.open, {"why": "look again", "due_at": None}),
        "rollout": ("plan", {**plan.payload(), "why": "begin"}),
        "skip": (cast.open, {"why": ""}),
        "submitted_as": (sha(b"name"), name),
        "token": (new.sha256, new.payload()),
        "weights": (sha(SELECTION), {"name": "own", "weights_sha256": sha(SELECTION), "card": {}, "started_from": None}),
        "weights_in_use": ("weights", {"weights_sha256": cast.weights}),
        "weights_retired": (cast.weights, {"retired": True, "why": "old"}),
    }


def make(connection: Connection, cast: Cast, kind: str, by: Person, now: str | None = None) -> int:
    """Append a good entry of this kind by this person, with its rows; return its number."""
    if kind == "decision":
        return _decide(connection, now or cast.now, by)
    if kind == "review":
        return add_review(connection, cast, by, now)
    subject, content = _contents(cast)[kind]
    seq = append(connection, now or cast.now, by.id, kind, subject, content)
    if kind == "review_requested":
        refresh(connection, subject)
    return seq


def _plain(kind: str, by: Callable[[Cast], Person], now: str | None = None) -> Callable[[AuditStore, Connection, Cast], int]:
    return lambda _store, connection, cast: make(connection, cast, kind, by(cast), now)


_WRONG = ("expired", "deactivated", "signed out", "never signed in", "nobody", "system", "single user")


def cases() -> Iterator[Case]:
    """Yield every kind of entry times every wrong."""
    for kind, actions in KINDS.items():
        may = frozenset().union(*(ALLOWED[action] for action in actions))
        for role in Role:
            if role.value not in may:
                yield Case(f"{kind} by a {role.value}", _plain(kind, lambda cast, role=role: cast.by_role[role]))
        for name in _WRONG:
            yield Case(f"{kind} by somebody {name}", _plain(kind, lambda cast, name=name: cast.wrong[name]))
        for name in ("good", "revoked"):
            if name == "revoked" or may.isdisjoint(MACHINE_ROLES):
                yield Case(f"{kind} by a program, token {name}", _plain(kind, lambda cast, name=name: cast.programs[name]))
        able = Role(min(may))
        yield Case(f"{kind} dated long ago", _plain(kind, lambda cast, role=able: cast.by_role[role], LONG_AGO))
    yield from _of_reviews()
    yield from _of_people()


def _of_reviews() -> Iterator[Case]:
    def one(name: str, **changes: Any) -> Case:
        return Case(f"review: {name}", lambda _s, c, cast: add_review(c, cast, cast.by_role[Role.REVIEWER], **changes))

    yield one("by another hand", actor="nobody")
    yield one("under another name", reviewer_name="Somebody Else")
    yield one("in another role", role="lead")
    yield one("signed in at another time", authenticated_at="2026-03-01T01:00:00.000Z")
    yield one("signed in in another way", authentication="passkey")
    yield one("submitted long ago", submitted_at=LONG_AGO)
    yield one("a ruling by a reviewer", kind=ReviewKind.ADJUDICATION)
    yield Case(
        "review: of another's name",
        lambda _s, c, cast: add_review(c, cast, cast.other[Role.REVIEWER], actor=cast.by_role[Role.REVIEWER].id),
    )
    yield Case(
        "review: a second one of the same decision",
        lambda _s, c, cast: add_review(c, cast, cast.by_role[Role.REVIEWER], decision_id=cast.reviewed.decision_id),
    )
    yield Case(
        "review: in place of another's",
        lambda _s, c, cast: add_review(
            c, cast, cast.other[Role.REVIEWER], decision_id=cast.reviewed.decision_id, supersedes=cast.reviewed.id
        ),
    )
    yield Case(
        "review: a viewer's ruling",
        lambda _s, c, cast: add_review(
            c, cast, cast.by_role[Role.VIEWER], decision_id=cast.disputed, kind=ReviewKind.ADJUDICATION, role="lead"
        ),
    )
    yield Case(
        "review: after a ruling",
        lambda _s, c, cast: add_review(c, cast, cast.other[Role.LEAD], decision_id=cast.ruled, role="lead"),
    )

    def by_a_party(_s: AuditStore, connection: Connection, cast: Cast) -> int:
        lead = cast.other[Role.LEAD]
        add_review(connection, cast, lead, decision_id=cast.open, role="lead")
        return add_review(connection, cast, lead, decision_id=cast.open, role="lead", kind=ReviewKind.ADJUDICATION)

    yield Case("review: a ruling by a party", by_a_party)


Written = Callable[[Cast], tuple[Person, str, Mapping[str, Any]]]


def _entry(name: str, type: str, written: Written) -> Case:
    def forge(_store: AuditStore, connection: Connection, cast: Cast) -> int:
        by, subject, content = written(cast)
        return append(connection, cast.now, by.id, type, subject, content)

    return Case(name, forge)


def _of_people() -> Iterator[Case]:
    yield from _of_accounts()
    yield from _of_sign_ins()
    yield from _of_erasures()

    def token(cast: Cast, owner: str) -> dict[str, Any]:
        until = shifted(cast.now, HOUR * 24)
        return {"account_id": owner, "issued_at": cast.now, "expires_at": until, "revoked": False}

    yield _entry("token: a person's", "token", lambda c: (_admin(c), token_hash("t"), token(c, _admin(c).id)))
    yield _entry("token: comes back", "token", lambda c: (_admin(c), c.token, token(c, c.programs["revoked"].id)))
    for kind in sorted(BY_SYSTEM):
        yield _entry(f"{kind} by a person", kind, lambda c: (_admin(c), "accounts", {}))
    yield _entry("set_up: once more", "set_up", lambda _: (Person(SYSTEM), "accounts", {}))


def _admin(cast: Cast) -> Person:
    return cast.by_role[Role.ADMIN]


def _viewer(cast: Cast) -> Person:
    return cast.by_role[Role.VIEWER]


def _of_accounts() -> Iterator[Case]:
    def account(
        name: str, by: Callable[[Cast], Person], whose: Callable[[Cast], str], *, named: bool = True, **changes: Any
    ) -> Case:
        made = sessions.Account(new_id(), f"login-{new_id()}", "Somebody", (Role.VIEWER,), True, "password", None)

        def forge(_store: AuditStore, connection: Connection, cast: Cast) -> int:
            id = whose(cast)
            known = select(log.c.seq).where(log.c.type == "person", log.c.subject == id).limit(1)
            if named and connection.execute(known).first() is None:
                append(connection, cast.now, SYSTEM, "person", id, made.names())
            content = replace(made, **{key: value for key, value in changes.items() if key != "names"}).payload()
            return append(connection, cast.now, by(cast).id, "account", id, content | {"id": id} | changes.get("names", {}))

        return Case(f"account: {name}", forge)

    def person(what: str, by: Callable[[Cast], Person], whose: Callable[[Cast], str], **names: Any) -> Case:
        return _entry(f"person: {what}", "person", lambda cast: (by(cast), whose(cast), {"login": "x", "name": "X"} | names))

    def new(_: Cast) -> str:
        return "ab" * 16

    def gone(cast: Cast) -> Person:
        return cast.wrong["deactivated"]

    for role in Role:
        if role is not Role.ADMIN:
            yield account(f"made by a {role.value}", lambda cast, role=role: cast.by_role[role], new)
    for name in _WRONG:
        yield account(f"made by somebody {name}", lambda cast, name=name: cast.wrong[name], new)
    yield account("a viewer becomes an administrator", _viewer, lambda c: _viewer(c).id, roles=(Role.ADMIN,))
    yield account("a deactivated person comes back", gone, lambda c: gone(c).id)
    yield account("a newcomer is a lead", lambda _: Person(SYSTEM), new, roles=(Role.LEAD,), provider="https://idp")
    yield account("named like the program, by the program", lambda _: Person(SYSTEM), lambda _: SYSTEM, named=False)
    for id in (SYSTEM, SINGLE_USER, "", "A" * 32, "ab" * 15, "ab" * 17, "ab" * 15 + "\n", "ａ" * 32):
        yield account(f"with the id {id!r}", _admin, lambda _, id=id: id, named=False)
        yield person(f"with the id {id!r}", _admin, lambda _, id=id: id)
    yield account("another way to sign in", _admin, lambda c: _viewer(c).id, provider="https://idp")
    yield account("of nobody", _admin, new, named=False)
    yield account("and names in one", _admin, lambda c: _viewer(c).id, names={"login": "viewer", "name": "Viewer"})
    for name, by in (
        ("a lead", lambda c: c.by_role[Role.LEAD]),
        ("oneself", _viewer),
        ("the program", lambda _: Person(SYSTEM)),
    ):
        yield person(f"renamed by {name}", by, lambda c: _viewer(c).id, login="viewer")
    yield person("another login", _admin, lambda c: _viewer(c).id)
    yield person("without a name", _admin, lambda c: _viewer(c).id, login="viewer", name=7)


def _of_erasures() -> Iterator[Case]:
    def erasure(name: str, subject: Callable[[Cast], str], *about: tuple[str, Callable[[Cast], str]]) -> Case:
        """Erase the last entries of these kinds about these subjects."""

        def forge(_store: AuditStore, connection: Connection, cast: Cast) -> int:
            for kind, _ in about:
                if kind in ("policy", "retention"):
                    make(connection, cast, kind, cast.by_role[Role(min(ALLOWED[KINDS[kind][0]]))])
            last = select(log.c.seq, log.c.commitment).order_by(log.c.seq.desc()).limit(1)
            found = [connection.execute(last.where(log.c.type == kind, log.c.subject == of(cast))).one() for kind, of in about]
            content = {"targets": [{"seq": seq, "p": p} for seq, p in found], "blobs": [], "why": "gone"}
            seq = append(connection, cast.now, _admin(cast).id, "erasure", subject(cast), content)
            for target, _ in found:
                connection.execute(erased_entries.insert(), {"target": target, "seq": seq})
                own = select(reviews.c.id).where(reviews.c.seq == target)
                made = select(decisions.c.id).where(decisions.c.seq == target)
                for statement in (
                    pair_reviews.delete().where(pair_reviews.c.review_id.in_(own)),
                    reviews.delete().where(reviews.c.seq == target),
                    selections.delete().where(selections.c.decision_id.in_(made)),
                    decisions.delete().where(decisions.c.seq == target),
                    queue.delete().where(queue.c.seq == target),
                    payloads.delete().where(payloads.c.seq == target),
                ):
                    connection.execute(statement)
            return seq

        return Case(f"erasure: {name}", forge)

    yield erasure("a policy", lambda _: "reviews", ("policy", lambda _: "reviews"))
    yield erasure("a policy, as if it were about a decision", lambda c: c.open, ("policy", lambda _: "reviews"))
    yield erasure("how long a decision is kept", lambda c: c.open, ("retention", lambda c: c.open))
    yield erasure("a review without its decision", lambda c: c.ruled, ("review", lambda c: c.ruled))
    yield erasure(
        "a review of another decision", lambda c: c.open, ("decision", lambda c: c.open), ("review", lambda c: c.ruled)
    )
    yield erasure(
        "a sign-out without its account", lambda c: c.wrong["signed out"].id, ("signed_out", lambda c: c.wrong["signed out"].id)
    )
    yield erasure("nothing that there is", lambda _: "ab" * 16)


def _of_sign_ins() -> Iterator[Case]:
    def sign_in(name: str, by: Callable[[Cast], Person], hours: float = 12, **changes: Any) -> Case:
        def make(cast: Cast) -> tuple[Person, str, Mapping[str, Any]]:
            content = {"how": "password (argon2id)", "session": sha(b"s"), "expires_at": shifted(cast.now, HOUR * hours)}
            subject = changes.get("subject", Cast.own)(cast, by(cast))
            return by(cast), subject, content | {key: value for key, value in changes.items() if key != "subject"}

        return _entry(f"signed_in: {name}", "signed_in", make)

    yield sign_in("for another", _viewer, subject=lambda cast, _: _admin(cast).id)
    yield sign_in("nobody", lambda _: Person("x"))
    yield sign_in("for ever", _viewer, 9_000)
    yield sign_in("already over", _viewer, -1)
    yield sign_in("in another way", _viewer, how="passkey")
    yield sign_in("deactivated", lambda cast: cast.wrong["deactivated"])
    yield _entry(
        "signed_out: of another", "signed_out", lambda c: (_viewer(c), _admin(c).id, {"how": "", "session": sha(b"s")})
    )
