"""A team at work, recorded directly: accounts with every role, decisions, reviews that mostly agree, and claims."""

from __future__ import annotations

from hashlib import sha256

from audit import (
    Access,
    AuditStore,
    BlobRef,
    Claim,
    DecisionRecord,
    Gate,
    Judgement,
    Reason,
    ReviewPolicy,
    Role,
    Verdict,
    new_id,
    utc_now,
)
from audit.people.sessions import create
from tests.support.audit.team import add, maker_of_accounts
from tests.support.dashboard.app import PASSWORD

PEOPLE = {
    "ada": ("Ada Admin", (Role.ADMIN,)),
    "lena": ("Lena Lead", (Role.LEAD, Role.REVIEWER)),
    "aiko": ("Aiko Tanaka", (Role.REVIEWER,)),
    "ben": ("Ben <b>Ito</b>", (Role.REVIEWER,)),
    "emil": ("Emil Auditor", (Role.AUDITOR,)),
    "vic": ("Vic Viewer", (Role.VIEWER,)),
}
SHOWN = sha256(b"shown").hexdigest()
_INPUT, _BLOB = b"2026-03-01 09:30:00 pump low\n", b"selection"


def people(store: AuditStore) -> dict[str, Access]:
    """Create an account with PASSWORD for everybody; return their access by login name."""
    found = {}
    for login, (name, roles) in PEOPLE.items():
        with store.database.write() as connection:
            maker = maker_of_accounts(store, connection)
            create(store.database, connection, maker, login=login, name=name, roles=roles, password=PASSWORD)
        found[login] = store.access(store.accounts.sign_in(login, PASSWORD).token)
    return found


def decision(store: AuditStore, *, reviews: int = 2, due_at: str | None = None) -> str:
    """Record a held decision that waits for so many reviews; return its id."""
    made = DecisionRecord(
        id=new_id(),
        started_at=utc_now(),
        ended_at=utc_now(),
        caller="test",
        intended_use="test",
        model_id="made",
        weights_sha256="0" * 64,
        config_sha256="0" * 64,
        code_revision="test",
        runtime={"python": "3"},
        seed=0,
        deterministic=True,
        input_name="made.log",
        input_sha256=sha256(_INPUT).hexdigest(),
        sequence_sha256="0" * 64,
        event_count=1,
        label="fault",
        score=0.9,
        threshold=0.5,
        policy="test",
        selections=(BlobRef(0, sha256(_BLOB).hexdigest(), 1, 1.0),),
        explanation_method="test",
        sampling_route="fault",
        inclusion_probability=1.0,
        gate=Gate.HELD,
        warnings=(),
        details={},
        required_reviews=reviews,
        due_at=due_at,
    )
    add(store, made, {sha256(content).hexdigest(): content for content in (_INPUT, _BLOB)})
    return made.id


def review(access: Access, decision_id: str, verdict: Verdict) -> None:
    """Claim a decision and review it."""
    submit(access, access.queue.claim_decision(decision_id), verdict)


def submit(access: Access, claim: Claim, verdict: Verdict) -> None:
    """Review a claimed decision."""
    reason = Reason.WRONG_CAUSE if verdict is Verdict.FLAG else None
    entry_hash = access.case(claim.decision_id).entry_hash
    access.queue.submit(claim, Judgement(verdict, utc_now(), SHOWN, entry_hash, reason=reason))


def at_work(store: AuditStore, decisions: int = 12) -> dict[str, Access]:
    """Let Aiko and Ben review the same decisions and disagree on every sixth; then Ben claims one more, and one is overdue."""
    team = people(store)
    team["lena"].admin.set_policy(ReviewPolicy(overlap=2))
    for number in range(decisions):
        id = decision(store)
        review(team["aiko"], id, Verdict.FLAG if number % 3 == 0 else Verdict.APPROVE)
        review(team["ben"], id, Verdict.FLAG if number % 3 == 0 and number % 6 else Verdict.APPROVE)
    team["ben"].queue.claim_decision(decision(store))
    decision(store, due_at="2026-01-01T00:00:00.000Z")
    return team
