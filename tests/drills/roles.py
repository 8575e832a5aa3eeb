"""Every action by every role, and every token that is foreign, no longer valid or not yet valid: refused and recorded.

    python -m tests.drills roles --json

The permission that each method needs stands in one table, `tests.unit.audit.people.test_roles.CASES`, which the suite runs too.
The drill tries it on both stores and counts, together with forged, expired, idle, revoked, replayed and foreign tokens.
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select

from audit import PERMISSIONS, Access, Action, AuditError, AuditStore, Claim, Denied, ReviewKind, Role, SignInFailed
from audit.people.sessions import IDLE, LONGEST, token_hash
from audit.records.canonical import parse
from audit.storage.schema import sessions
from tests.drills.common import Json, Place, admit, each, opened
from tests.support.audit.team import PASSWORD, Clock, change_account, judgement, record
from tests.unit.audit.people.test_roles import CASES, Stage

DAY = 86_400


def drill(arguments: Namespace) -> Json:
    """Check the whole table of permissions on every store."""
    return each(arguments, _on, durable=False)


def _on(place: Place) -> Json:
    url = place.copy()
    stage = Stage(url)
    faults: list[str] = []
    actions = _actions(stage, faults)
    leases = _leases(stage, faults)
    tokens = _sessions(url, faults)  # last: its clock runs ahead, and ends everybody's sessions
    report = stage.store.verify()
    stage.store.close()
    place.drop(url)
    if not report.ok:
        faults.append(str(report.problem_text))
    return {
        "ok": not faults and actions["actions"] == len(Action),
        "actions": actions,
        "session_tokens": tokens,
        "lease_tokens": leases,
        "faults": len(faults),
        "first_faults": faults[:5],
    }


def _actions(stage: Stage, faults: list[str]) -> Json:
    """Call each method by each role, and by a person without a role."""
    counts: Counter[str] = Counter()
    for name, (action, do) in CASES.items():
        for role, who in [*stage.people.items(), (None, stage.nobody)]:
            counts["tried"] += 1
            call = do(stage, who)
            before = stage.store.head().size
            try:
                call()
                done = True
            except SignInFailed as error:
                faults.append(f"{name} as {role}: not signed in: {error}")
                continue
            except Denied:
                done = False
            counts["done" if done else "denied"] += 1
            if done is not (role in PERMISSIONS[action]):
                faults.append(f"{name} as {role}: {'done' if done else 'denied'} against the table of permissions")
            if not done:
                counts["denials_recorded"] += _recorded(stage.store, before, who.person.id, faults, f"{name} as {role}")
    return {"actions": len({action for action, _ in CASES.values()}), "methods": len(CASES), "roles": len(Role) + 1, **counts}


def _recorded(store: AuditStore, before: int, actor: str | None, faults: list[str], what: str) -> bool:
    """Return whether exactly one entry was added, a denial of this person."""
    store.refusals.write()
    entries = [entry for entry in store.entries(after=before) if entry.type != "clock_anomaly"]
    if [entry.type for entry in entries] != ["denied"] or (actor is not None and entries[0].actor != actor):
        faults.append(f"{what}: refused, but what was recorded is {[entry.type for entry in entries]}")
        return False
    return "action" in parse(store.sealed(entries[0].seq).payload)


class _Signed(NamedTuple):
    """A person who is signed in by `token`, and an administrator who may change that."""

    store: AuditStore
    admin: Access
    account: str
    token: str
    clock: Clock


def _sessions(url: str, faults: list[str]) -> Json:
    """Try each token that must not work, by the reason why."""
    clock = Clock()
    clock.move(100 * DAY)  # after everything else in this record
    tried: dict[str, bool] = {}
    with opened(url, clock=clock) as store:
        for name, spoil in _SPOILT.items():
            now = clock.now
            token = admit(store, f"person {name}", *Role)
            admin = store.access(admit(store, f"admin {name}", Role.ADMIN))
            account = store.access(token).person.id
            spoilt = spoil(_Signed(store, admin, account, token, clock))
            before = store.head().size
            try:
                store.access(spoilt).queue.claim()
                tried[name] = False
                faults.append(f"a session token was accepted: {name}")
            except SignInFailed:
                tried[name] = _recorded(store, before, None, faults, f"session token, {name}")
            clock.now = now
            with store.database.write() as connection:  # what was forged here is not to be found later
                connection.execute(sessions.delete().where(sessions.c.account_id == account))
    return {"tried": len(tried), "refused_and_recorded": sum(tried.values()), "kinds": list(tried)}


def _revoked(signed: _Signed) -> str:
    change_account(signed.admin, signed.account, roles=(Role.VIEWER,))
    return signed.token


def _other_password(signed: _Signed) -> str:
    change_account(signed.admin, signed.account, password=PASSWORD)
    return signed.token


def _deactivated(signed: _Signed) -> str:
    change_account(signed.admin, signed.account, active=False)
    with signed.store.database.write() as connection:  # as if its sessions had been forgotten
        mine = sessions.c.account_id == signed.account
        connection.execute(sessions.update().where(mine).values(ended_at=None))
    return signed.token


def _erased(signed: _Signed) -> str:
    with signed.store.database.read() as connection:
        row = dict(connection.execute(select(sessions).where(sessions.c.account_id == signed.account)).mappings().one())
    change_account(signed.admin, signed.account, active=False)
    signed.admin.admin.erase_account(signed.account, "left")
    with signed.store.database.write() as connection:
        connection.execute(sessions.insert(), row | {"ended_at": None})
    return signed.token


def _signed_out(signed: _Signed) -> str:
    signed.store.access(signed.token).sign_out()
    return signed.token


def _later(signed: _Signed, seconds: float, *, in_use: bool = False) -> str:
    signed.clock.move(seconds)
    if in_use:
        with signed.store.database.write() as connection:
            mine = sessions.c.token_sha256 == token_hash(signed.token)
            connection.execute(sessions.update().where(mine).values(seen_at=signed.clock.text))
    return signed.token


_SPOILT: dict[str, Callable[[_Signed], str]] = {
    "forged": lambda _: "A" * 43,
    "empty": lambda _: "",
    "cut off": lambda signed: signed.token[:-1],
    "longer": lambda signed: signed.token + "A",
    "in other letters": lambda signed: signed.token.swapcase(),
    "its hash, as it is stored": lambda signed: token_hash(signed.token),
    "the account's id": lambda signed: signed.account,
    "replayed after signing out": _signed_out,
    "idle too long": lambda signed: _later(signed, IDLE + 1),
    "expired though in use": lambda signed: _later(signed, LONGEST + 1, in_use=True),
    "from the future, the clock set back": lambda signed: _later(signed, -IDLE - 60),
    "revoked by new roles": _revoked,
    "revoked by a new password": _other_password,
    "of an account that is not active": _deactivated,
    "of an account that was erased": _erased,
}


def _leases(stage: Stage, faults: list[str]) -> Json:
    """Try each claim that must not count, by the reason why; nothing may be stored."""
    reviewer, other = stage.people[Role.REVIEWER], stage.people[Role.LEAD]
    tried: dict[str, bool] = {}

    def used(claim: Claim) -> Claim:
        reviewer.queue.submit(claim, judgement(reviewer, claim))
        return claim

    def released(claim: Claim) -> Claim:
        reviewer.queue.release(claim)
        return claim

    def freed(claim: Claim) -> Claim:
        other.queue.free_claim(claim.decision_id, claim.actor)
        return claim

    spoilt: dict[str, Callable[[Claim], Any]] = {
        "forged": lambda claim: replace(claim, token="0" * 32),
        "of another decision": lambda claim: replace(claim, decision_id=record(stage.store)),
        "of no decision": lambda claim: replace(claim, decision_id="0" * 32),
        "somebody else's": lambda _: stage.claim(other),
        "somebody else's as one's own": lambda _: replace(stage.claim(other), actor=reviewer.person.id),
        "for another kind of review": lambda claim: replace(claim, kind=ReviewKind.CONTROL),
        "used": used,
        "given back": released,
        "taken away by a lead": freed,
    }
    for name, spoil in spoilt.items():
        for held in reviewer.queue.claims():
            reviewer.queue.release(held)
        claim = spoil(stage.claim(reviewer))
        before = stage.store.head().size
        try:
            reviewer.queue.submit(claim, judgement(reviewer, claim))
            tried[name] = False
        except AuditError as error:
            tried[name] = not isinstance(error, Denied) and stage.store.head().size == before
        if not tried[name]:
            faults.append(f"a claim was accepted or left a trace: {name}")
        for held in other.queue.claims():
            other.queue.release(held)
    return {"tried": len(tried), "refused_without_trace": sum(tried.values()), "kinds": list(tried)}
