"""Random actions of people who sign, with right, wrong and no passwords: the record verifies; nothing in it is unsigned."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from audit import (
    Access,
    AuditStore,
    Conflict,
    Denied,
    Gate,
    InvalidRecord,
    NotFound,
    Retention,
    ReviewPolicy,
    Role,
    SignatureFailed,
    SignatureNeeded,
    Verdict,
)
from audit.log.roles import SIGNED, SYSTEM
from audit.people import sessions
from audit.people.sessions import LOCKED_FOR, LONGEST
from tests.support.audit.team import PASSWORD, Clock, change_account, come_back, give, record

# SPARSEMIX_TEST_EXAMPLES=500 tries more examples.
EXAMPLES = int(os.environ.get("SPARSEMIX_TEST_EXAMPLES", "2"))
TEAM = {
    "root": (Role.ADMIN, Role.LEAD),
    "admin": (Role.ADMIN,),
    "lead": (Role.LEAD,),
    "ana": (Role.REVIEWER,),
    "ben": (Role.REVIEWER,),
    "audit": (Role.AUDITOR,),
}
FAILED = {"clock_anomaly", "denied", "locked_out", "sign_in_failed"}

someone = st.sampled_from(sorted(TEAM))
typed = st.sampled_from(["right", "right", "right", "wrong", "nothing"])
ACTIONS = ("review", "policy", "control", "retention", "erase", "create", "change", "token", "confirm", "revoke")


class SignedRecord(RuleBasedStateMachine):
    """Six people; each may try anything, with the password that they have, another one, or none."""

    def __init__(self, new_record: Callable[[], str]) -> None:
        super().__init__()
        self.clock, self.names = Clock(), count()
        self.store = AuditStore(new_record(), clock=self.clock)
        root = self.store.accounts.set_up("root", "Root", PASSWORD, roles=TEAM["root"])
        self.ids, self.passwords = {"root": root.id}, dict.fromkeys(TEAM, PASSWORD)
        for login in list(TEAM)[1:]:
            access = self.came("root").signing(PASSWORD)
            self.ids[login] = access.admin.create_account(login, login, TEAM[login], PASSWORD).id
        for login in ("admin", "lead", "ana"):  # the others sign nothing until they choose a password of their own
            self.new_password(login, "right")
        self.decisions = [record(self.store) for _ in range(2)]

    def teardown(self) -> None:
        self.store.close()

    def came(self, login: str) -> Access:
        """Return a person who is signed in, unless the account is not active."""
        with self.store.database.read() as connection:
            active = sessions.account(connection, self.ids[login]).active
        return come_back(self.store, self.ids[login]) if active else self.store.access("")

    def new_types(self, do: Callable[[], object]) -> tuple[list[str], bool]:
        """Do something that may be refused; return the kinds of entries that it made, and whether it was done."""
        before = self.store.head().size
        try:
            do()
            done = True
        except (Conflict, Denied, InvalidRecord, NotFound, SignatureFailed, SignatureNeeded):
            done = False
        return [entry.type for entry in self.store.entries(after=before)], done

    @rule(who=someone, typed=typed, what=st.sampled_from(ACTIONS), whom=someone, at=st.integers(0, 10**6))
    def act(self, who: str, typed: str, what: str, whom: str, at: int) -> None:
        access = self.came(who)
        if typed != "nothing":
            given = self.passwords[who] if typed == "right" else self.passwords[who][1:]
            made, opened = self.new_types(lambda: setattr(self, "signer", access.signing(given)))
            assert set(made) <= FAILED
            assert not (typed == "wrong" and opened)
            if not opened:
                return
            access = self.signer
        made, done = self.new_types(lambda: self.do(access, what, whom, at))
        assert not (typed == "nothing" and SIGNED & set(made)), "something counts that nobody signed"
        assert done or not SIGNED & set(made), "something was refused and recorded"

    def do(self, access: Access, what: str, whom: str, at: int) -> object:
        id, about = self.ids[whom], self.decisions[at % len(self.decisions)]
        actions: dict[str, Callable[[], object]] = {
            "review": lambda: give(access, about, Verdict.FLAG if at % 3 == 0 else Verdict.APPROVE),
            "policy": lambda: access.admin.set_policy(ReviewPolicy()),
            "control": lambda: access.queue.seed_control(about, Verdict.APPROVE, "obvious"),
            "retention": lambda: access.admin.set_retention(about, Retention.EXTENDED, "asked for"),
            "erase": lambda: access.admin.erase(about, "asked for", early=True),
            "create": lambda: access.admin.create_account(f"new{next(self.names)}", "New", (Role.REVIEWER,), PASSWORD),
            "change": lambda: self.changed(access, whom, at),
            "token": lambda: self.submit(access.tokens.issue(f"mes{at % 2}", (Role.SERVICE,), days=30).token),
            "confirm": lambda: [access.keys.confirm(key.public_key) for _, key in access.keys.waiting()],
            "revoke": lambda: access.keys.revoke(id),
        }
        return actions[what]()

    def changed(self, access: Access, whom: str, at: int) -> None:
        """Change an account: its name, whether it is active, or its password."""
        changes: tuple[dict[str, Any], ...] = (
            {"name": f"{whom} {at}"},
            {"active": at % 2 == 0},
            {"password": f"a new one {at}"},
        )
        change = changes[at % 3]
        change_account(access, self.ids[whom], **change)
        self.passwords[whom] = change.get("password", self.passwords[whom])

    def submit(self, token: str) -> None:
        self.store.service(token).failures.note("ab" * 32, "cd" * 32, name="n", code="c", why="w")

    @rule(who=someone, typed=st.sampled_from(["right", "right", "wrong"]))
    def new_password(self, who: str, typed: str) -> None:
        old, new = self.passwords[who], f"another password {next(self.names)}"
        token = str(self.came(who)._token)
        made, done = self.new_types(
            lambda: self.store.accounts.change_password(token, old if typed == "right" else old[1:], new)
        )
        if done:
            assert typed == "right"
            self.passwords[who] = new
        else:
            assert set(made) <= FAILED

    @rule(who=someone, right=st.booleans())
    def sign_in(self, who: str, right: bool) -> None:
        password = self.passwords[who] if right else self.passwords[who][1:]
        made, _ = self.new_types(lambda: self.store.accounts.sign_in(who, password))
        assert set(made) <= FAILED | {"sessions_ended", "signed_in", "signature"}

    @rule(held=st.booleans())
    def decide(self, held: bool) -> None:
        self.decisions.append(record(self.store, gate=Gate.HELD if held else Gate.RELEASED, required_reviews=int(held)))

    @rule(seconds=st.sampled_from([30.0, LOCKED_FOR, LONGEST + 1, -3]))
    def time_passes(self, seconds: float) -> None:
        self.clock.move(seconds)

    @invariant()
    def the_record_holds(self) -> None:
        report = self.store.verify()
        assert report.ok, report.problem_text

    @invariant()
    def everything_that_has_to_be_is_signed(self) -> None:
        entries = self.store.entries(limit=10_000)
        for entry, following in zip(entries, [*entries[1:], None], strict=True):
            if entry.type in SIGNED and (entry.actor != SYSTEM or entry.type == "key"):
                assert following is not None
                assert (following.type, following.subject) == ("signature", entry.hash)


@pytest.mark.deep
def test_whatever_people_sign(new_record: Callable[[], str]) -> None:
    run_state_machine_as_test(
        lambda: SignedRecord(new_record),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
