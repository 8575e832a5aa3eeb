"""The moves of the drill `outcomes`: what honest people do through the program. What it refuses is not done."""

from __future__ import annotations

import random
from collections.abc import Mapping

from audit import Access, Gate, ReviewKind, ReviewPolicy, Role, Verdict
from audit.people.sessions import account
from tests.drills.outcomes_scene import Json, Move, Scene
from tests.support.audit.builders import decision, sha
from tests.support.audit.team import add, change_account, come_back, give, judgement


def _person(s: Scene, r: random.Random, *roles: str) -> str:
    able = [name for name, one in s.record.people.items() if set(roles) & set(one.roles)]
    return r.choice(able)


def review_honestly(s: Scene, r: random.Random) -> None:
    """Somebody reviews the focus, or says it once more."""
    access = s.running.of(_person(s, r, "reviewer", "lead"))
    verdict = r.choices((Verdict.APPROVE, Verdict.FLAG), (4, 1))[0]
    own = s.current(access.person.id, "review")
    if own is None:
        give(access, s.focus, verdict)
    else:
        for before in [one for one in s.running.store.reviews(s.focus) if one.id == own["id"]]:
            access.queue.amend(before.id, judgement(access, before, verdict))


def rule_honestly(s: Scene, r: random.Random) -> None:
    """A lead settles the dispute."""
    give(
        s.running.of(_person(s, r, "lead")),
        s.focus,
        r.choices((Verdict.APPROVE, Verdict.FLAG), (3, 1))[0],
        kind=ReviewKind.ADJUDICATION,
    )


def withdraw_honestly(s: Scene, r: random.Random) -> None:
    """Somebody takes their word back."""
    access = s.running.of(_person(s, r, "reviewer", "lead"))
    own = s.current(access.person.id, "review") or s.current(access.person.id, "adjudication")
    if own is not None and any(one.id == own["id"] for one in s.running.store.reviews(s.focus)):
        access.queue.withdraw(own["id"])


def request_honestly(s: Scene, r: random.Random) -> None:
    """Somebody asks for one more review."""
    s.running.of(_person(s, r, "reviewer", "lead", "auditor")).queue.request_review(s.focus, "look again")


def decide_honestly(s: Scene, r: random.Random) -> None:
    """The program decides on the bytes of the focus once more, by other weights."""
    entries = s.about(s.focus, "decision")
    if not entries:
        return
    content = entries[0][1]
    made = decision(
        input_sha256=content["input_sha256"],
        input_name=content["input_name"],
        weights_sha256=sha(b"other weights"),
        gate=r.choice((Gate.HELD, Gate.RELEASED)),
        required_reviews=r.choice((0, 1)),
    )
    add(s.running.store, made, {})
    s.ids.append(made.id)


def note_honestly(s: Scene, r: random.Random) -> None:
    """The same bytes are submitted under the name of a lot."""
    entries = s.about(s.focus, "decision")
    if entries:
        s.running.of(_person(s, r, "reviewer", "lead")).lots.note(s.lot or "lot-new", entries[0][1]["input_sha256"])


def fail_honestly(s: Scene, r: random.Random) -> None:
    """The bytes of the focus cannot be judged."""
    entries = s.about(s.focus, "decision")
    if entries:
        access = s.running.of(_person(s, r, "reviewer", "lead"))
        access.failures.note(
            entries[0][1]["input_sha256"],
            r.choice((sha(b"weights"), sha(b"new"))),
            name=s.lot or "lot-1",
            code="bad",
            why="bad",
        )


def _signed_in(s: Scene, r: random.Random) -> Access | None:
    """Sign somebody in who is active, without the cost of a password."""
    who = r.choice(list(s.record.people.values())).id
    with s.running.store.database.read() as connection:
        active = account(connection, who).active
    return come_back(s.running.store, who) if active else None


def sign_in_honestly(s: Scene, r: random.Random) -> None:
    """Somebody signs in once more."""
    if access := _signed_in(s, r):
        s.real.append(str(access._token))


def sign_out_honestly(s: Scene, r: random.Random) -> None:
    """Somebody signs out of a new session."""
    if (access := _signed_in(s, r)) is None:
        return
    s.running.store.accounts.sign_out(str(access._token))
    s.forged.append(str(access._token))


def erase_honestly(s: Scene, r: random.Random) -> None:
    """An administrator erases the focus."""
    s.running.of(r.choice(("adam", "root"))).admin.erase(s.focus, "asked for", early=True)


def set_policy_honestly(s: Scene, r: random.Random) -> None:
    """A lead changes how the team reviews."""
    s.running.of(_person(s, r, "lead")).admin.set_policy(ReviewPolicy(overlap=r.choice((1, 2))))


def control_honestly(s: Scene, r: random.Random) -> None:
    """A lead makes the focus a control item, and somebody reviews it."""
    s.running.of("lea").queue.seed_control(s.focus, Verdict.APPROVE, "obvious")


def deactivate_honestly(s: Scene, r: random.Random) -> None:
    """An administrator deactivates somebody, or gives other roles."""
    who = r.choice([one for one in s.record.people.values() if "admin" not in one.roles])
    changes: Json = r.choice(({"active": False}, {"roles": (Role.VIEWER,)}, {"roles": (Role.LEAD, Role.REVIEWER)}))
    change_account(s.running.of("root"), who.id, **changes)


def revoke_honestly(s: Scene, r: random.Random) -> None:
    """An administrator revokes somebody's keys."""
    who = r.choice([one for one in s.record.people.values() if "admin" not in one.roles])
    s.running.of("root").keys.revoke(who.id)


def ask(s: Scene, r: random.Random) -> None:
    """Somebody asks the running gate."""
    s.ask()


def restart(s: Scene, r: random.Random) -> None:
    """The gate is started anew."""
    s.restart()


HONEST: Mapping[str, Move] = {
    move.__name__: move
    for move in (
        review_honestly,
        rule_honestly,
        withdraw_honestly,
        request_honestly,
        decide_honestly,
        note_honestly,
        fail_honestly,
        sign_in_honestly,
        sign_out_honestly,
        erase_honestly,
        set_policy_honestly,
        control_honestly,
        deactivate_honestly,
        revoke_honestly,
        ask,
        restart,
    )
}
