"""Every action of every role: every method does what the table of permissions says."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from audit import (
    PERMISSIONS,
    Access,
    Account,
    Action,
    AuditStore,
    Claim,
    Conflict,
    Costs,
    DecisionFilter,
    Denied,
    Gate,
    NotFound,
    Retention,
    ReviewKind,
    ReviewPolicy,
    ReviewRecord,
    Role,
    RolloutPlan,
    SignatureFailed,
    SignInFailed,
    StageName,
    StepKind,
    Verdict,
    allowed,
    new_id,
)
from audit.administration import Administration, Tokens
from audit.intake.inputs import Failures
from audit.intake.lots import Lots
from audit.intake.marks import Marks
from audit.intake.registered_weights import WeightsRegister
from audit.intake.sources import Readings, Sources
from audit.log.entries import ROLLOUT
from audit.operation.operation import Operation
from audit.operation.rollout import PLAN, STEP, step_payload
from audit.operation.rollout_plan import Stage as StageOfPlan
from audit.people.signing import Keys
from audit.records.canonical import parse
from audit.review import claims
from audit.review.feedback_set import Feedback
from audit.review.review_queue import ReviewQueue
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, sha
from tests.support.audit.fixtures import STORES
from tests.support.audit.team import PASSWORD, Clock, change_account, come_back, give, join, judgement, keeper, record

RULING = ReviewKind.ADJUDICATION


class Stage:
    """A record, a person of every role, and everything that an action needs, prepared without any check of roles."""

    def __init__(self, url: str) -> None:
        self.store = AuditStore(url, clock=Clock())
        self._folder = tempfile.TemporaryDirectory()
        self.people = {role: join(self.store, role.value, role) for role in Role}
        self.nobody = join(self.store, "nobody")
        self.all = join(self.store, "all", *Role)
        self.pair = [join(self.store, name, Role.REVIEWER) for name in ("first", "second")]

    def open(self) -> str:
        return record(self.store)

    def blob(self) -> str:
        self.open()
        return sha(UPLOAD)

    def settled(self) -> str:
        return record(self.store, gate=Gate.RELEASED, required_reviews=0)

    def disputed(self) -> str:
        id = record(self.store, required_reviews=2)
        give(self.pair[0], id)
        give(self.pair[1], id, Verdict.FLAG)
        return id

    def claim(self, who: Access, kind: ReviewKind = ReviewKind.REVIEW) -> Claim:
        id = self.disputed() if kind is RULING else self.open()
        person, policy = who.person, self.store.policy()
        with self.store.database.write() as connection:
            now = self.store.database.now(connection)
            return claims.claim_this(connection, id, person.id, now, policy, kind)

    def review(self, who: Access, kind: ReviewKind = ReviewKind.REVIEW) -> ReviewRecord:
        """Return a review by this person, or, where they have no right to give one, by another."""
        id = self.disputed() if kind is RULING else self.open()
        person = who.person
        if kind is RULING and Role.REVIEWER in person.roles and Role.LEAD not in person.roles:
            return self._ruling_by_a_lead_of_then(who, id)
        may = Role.LEAD in person.roles or Role.REVIEWER in person.roles
        return give(who if may else self.all, id, kind=kind)

    def _ruling_by_a_lead_of_then(self, who: Access, id: str) -> ReviewRecord:
        person = who.person
        change_account(self.all, person.id, roles=(Role.LEAD,))
        ruling = give(come_back(self.store, person.id), id, kind=RULING)
        change_account(self.all, person.id, roles=person.roles)
        who._token = come_back(self.store, person.id)._token
        return ruling

    def submitting(self, who: Access, kind: ReviewKind = ReviewKind.REVIEW) -> Callable[[], object]:
        claim = self.claim(who, kind)
        return partial(who.queue.submit, claim, judgement(self.all, claim))

    def amending(self, who: Access, kind: ReviewKind = ReviewKind.REVIEW) -> Callable[[], object]:
        review = self.review(who, kind)
        verdict = review.verdict if kind is RULING else Verdict.FLAG  # others had reviewed what is ruled on
        return partial(who.queue.amend, review.id, judgement(self.all, review, verdict))

    def account(self, *, active: bool) -> Account:
        created = self.all.admin.create_account(f"login-{new_id()}", "Somebody", (), PASSWORD)
        return self.all.admin.change_account(created, active=active)

    def read_source(self) -> str:
        """Return a source whose reading is remembered."""
        return self.all.readings.remember(new_id(), {"time_zone": "UTC"}).subject

    def marked_source(self) -> str:
        """Return a source for which a kind of line was marked."""
        return self.all.marks.say(new_id(), {new_id(): "a line"}).subject

    def source(self) -> str:
        """Return a source that a decision names."""
        name = new_id()
        record(self.store, details={"source": name})
        return name

    def weights(self) -> str:
        return self.all.weights.register(new_id().encode(), "line 4", {}).subject

    def token(self) -> str:
        """Return the hash of a program's token."""
        return self.all.tokens.issue(f"program-{new_id()}", (Role.VIEWER,), days=1).known.sha256

    def feedback(self) -> Path:
        """Return the path of a new file to write reviews to."""
        self.disputed()
        return Path(self._folder.name) / f"{new_id()}.zip"

    def rolled_out(self) -> RolloutPlan:
        """Return a plan without criteria, in its last stage, which holds no further decisions."""
        plan = RolloutPlan({name: StageOfPlan() for name in StageName})
        with self.store.database.write() as connection:
            seq = self.store.database.append(
                connection,
                actor=keeper(self.store, connection),
                type=ROLLOUT,
                subject=PLAN,
                payload={**plan.payload(), "why": "test"},
            ).seq
            step = step_payload(StepKind.GO, None, StageName.FULL, "test", against=False, assessment=None, plan_seq=seq)
            self.store.database.append(
                connection, actor=keeper(self.store, connection), type=ROLLOUT, subject=STEP, payload=step
            )
        return plan


Do = Callable[[Stage, Access], Callable[[], object]]


def tried(do: Callable[..., object], *given: object) -> Callable[[], None]:
    """Return a call that the roles may allow and the record then refuses: nobody here has a key, as nobody has a password."""

    def call() -> None:
        with suppress(Conflict, NotFound, SignatureFailed):
            do(*given)

    return call


# Method -> its action, and how to call it; nobody's rights are needed for the steps before the returned call.
CASES: dict[str, tuple[Action, Do]] = {
    "decision": (Action.READ, lambda s, a: partial(a.decision, s.open())),
    "summary": (Action.READ, lambda s, a: partial(a.summary, s.open())),
    "case": (Action.READ, lambda s, a: partial(a.case, s.open())),
    "decisions": (Action.READ, lambda s, a: a.decisions),
    "find": (Action.READ, lambda s, a: partial(a.find, DecisionFilter(text="x", label="fault"))),
    "count_decisions": (Action.READ, lambda s, a: a.count_decisions),
    "counts": (Action.READ, lambda s, a: a.counts),
    "history": (Action.READ, lambda s, a: partial(a.history, s.open())),
    "blob": (Action.READ, lambda s, a: partial(a.blob, s.blob())),
    "entries": (Action.READ, lambda s, a: a.entries),
    "head": (Action.READ, lambda s, a: a.head),
    "policy": (Action.READ, lambda s, a: a.policy),
    "progress": (Action.READ, lambda s, a: a.progress),
    "names": (Action.READ, lambda s, a: a.names),
    "missing_blobs": (Action.READ, lambda s, a: partial(a.missing_blobs, {sha(SELECTION)})),
    "decided": (Action.READ, lambda s, a: partial(a.decided, sha(SELECTION), sha(b"weights"))),
    "from_edge": (Action.READ, lambda s, a: partial(a.from_edge, sha(SELECTION), sha(b"edge"))),
    "signing": (Action.READ, lambda s, a: tried(a.signing, PASSWORD)),
    "signatures": (Action.READ, lambda s, a: partial(a.signatures, s.open())),
    "keys.all": (Action.CONFIRM_KEYS, lambda s, a: a.keys.all),
    "keys.count_passkey": (Action.READ, lambda s, a: tried(a.keys.count_passkey, 1)),
    "keys.proven": (Action.READ, lambda s, a: tried(a.keys.proven, PASSWORD)),
    "keys.passkey": (Action.READ, lambda s, a: a.keys.passkey),
    "keys.add_passkey": (Action.READ, lambda s, a: partial(a.keys.add_passkey, b"secret", {})),
    "keys.remove_passkey": (Action.READ, lambda s, a: tried(a.keys.remove_passkey)),
    "keys.needed": (Action.READ, lambda s, a: a.keys.needed),
    "keys.root": (Action.READ, lambda s, a: a.keys.root),
    "keys.own": (Action.READ, lambda s, a: a.keys.own),
    "keys.make": (Action.READ, lambda s, a: tried(a.keys.make, PASSWORD)),
    "keys.begin": (Action.MANAGE_ACCOUNTS, lambda s, a: tried(a.keys.begin, PASSWORD)),
    "keys.waiting": (Action.CONFIRM_KEYS, lambda s, a: a.keys.waiting),
    "keys.confirm": (Action.CONFIRM_KEYS, lambda s, a: tried(a.keys.confirm, "ab" * 32)),
    "keys.revoke": (Action.MANAGE_ACCOUNTS, lambda s, a: tried(a.keys.revoke, a.person.id)),
    "tokens.all": (Action.MANAGE_ACCOUNTS, lambda s, a: a.tokens.all),
    "tokens.issue": (
        Action.MANAGE_ACCOUNTS,
        lambda s, a: partial(a.tokens.issue, f"program-{new_id()}", (Role.SERVICE,), days=1),
    ),
    "tokens.revoke": (Action.MANAGE_ACCOUNTS, lambda s, a: partial(a.tokens.revoke, s.token())),
    "failures.of": (Action.READ, lambda s, a: partial(a.failures.of, sha(SELECTION))),
    "failures.undecided": (Action.READ, lambda s, a: a.failures.undecided),
    "failures.note": (Action.ANALYSE, lambda s, a: partial(a.failures.note, sha(b"x"), sha(b"w"), name="n", code="c", why="w")),
    "lots.note": (Action.ANALYSE, lambda s, a: partial(a.lots.note, f"lot-{new_id()}", sha(b"x"))),
    "lots.is_vouched": (Action.READ, lambda s, a: partial(a.lots.is_vouched, "lot-17")),
    "lots.sequences": (Action.READ, lambda s, a: partial(a.lots.sequences, "n")),
    "lots.outcomes": (Action.READ, lambda s, a: partial(a.lots.outcomes, [sha(b"x")], sha(b"w"))),
    "feedback.summary": (Action.TAKE_FEEDBACK, lambda s, a: a.feedback.summary),
    "feedback.write": (Action.TAKE_FEEDBACK, lambda s, a: partial(a.feedback.write, s.feedback())),
    "verify": (Action.VERIFY, lambda s, a: a.verify),
    "document": (Action.READ_SEALED, lambda s, a: partial(a.document, 1)),
    "sealed": (Action.READ_SEALED, lambda s, a: partial(a.sealed, 1)),
    "record_decision": (Action.ANALYSE, lambda s, a: partial(a.record_decision, decision(), blobs_of())),
    "require": (Action.CHECKPOINT, lambda s, a: partial(a.require, Action.CHECKPOINT)),
    "queue.claim": (Action.CLAIM, lambda s, a: a.queue.claim),
    "queue.claim (dispute)": (Action.ADJUDICATE, lambda s, a: partial(a.queue.claim, RULING)),
    "queue.claim_decision": (Action.CLAIM, lambda s, a: partial(a.queue.claim_decision, s.open())),
    "queue.claim_decision (dispute)": (Action.ADJUDICATE, lambda s, a: partial(a.queue.claim_decision, s.disputed(), RULING)),
    "queue.claims": (Action.READ, lambda s, a: a.queue.claims),
    "queue.upcoming": (Action.READ, lambda s, a: partial(a.queue.upcoming, s.open())),
    "queue.renew": (Action.CLAIM, lambda s, a: partial(a.queue.renew, s.claim(a))),
    "queue.release": (Action.RELEASE_CLAIM, lambda s, a: partial(a.queue.release, s.claim(a))),
    "queue.skip": (Action.SKIP, lambda s, a: partial(a.queue.skip, s.claim(a))),
    "queue.submit": (Action.SUBMIT, lambda s, a: s.submitting(a)),
    "queue.submit (ruling)": (Action.ADJUDICATE, lambda s, a: s.submitting(a, RULING)),
    "queue.amend": (Action.AMEND, lambda s, a: s.amending(a)),
    "queue.amend (ruling)": (Action.ADJUDICATE, lambda s, a: s.amending(a, RULING)),
    "queue.withdraw": (Action.WITHDRAW, lambda s, a: partial(a.queue.withdraw, s.review(a).id)),
    "queue.withdraw (ruling)": (Action.ADJUDICATE, lambda s, a: partial(a.queue.withdraw, s.review(a, RULING).id)),
    "queue.request_review": (Action.REQUEST_REVIEW, lambda s, a: partial(a.queue.request_review, s.settled(), "look again")),
    "queue.free_claim": (
        Action.FREE_CLAIM_OF_OTHERS,
        lambda s, a: partial(a.queue.free_claim, s.claim(s.all).decision_id, s.all.person.id),
    ),
    "queue.live_claims": (Action.SEE_TEAM, lambda s, a: a.queue.live_claims),
    "queue.seed_control": (
        Action.SEED_CONTROL,
        lambda s, a: partial(a.queue.seed_control, s.settled(), Verdict.APPROVE, "obvious"),
    ),
    "queue.draft": (Action.READ, lambda s, a: partial(a.queue.draft, s.open())),
    "queue.keep_draft": (Action.READ, lambda s, a: partial(a.queue.keep_draft, s.open(), {"comment": "seen"})),
    "queue.last_review": (Action.READ, lambda s, a: a.queue.last_review),
    "queue.recent_reviews": (Action.READ, lambda s, a: a.queue.recent_reviews),
    "queue.flagged_signatures": (Action.READ, lambda s, a: partial(a.queue.flagged_signatures, ["x"])),
    "admin.set_policy": (Action.SET_POLICY, lambda s, a: partial(a.admin.set_policy, ReviewPolicy())),
    "admin.team": (Action.SEE_TEAM, lambda s, a: a.admin.team),
    "admin.accounts": (Action.MANAGE_ACCOUNTS, lambda s, a: a.admin.accounts),
    "admin.create_account": (
        Action.MANAGE_ACCOUNTS,
        lambda s, a: partial(a.admin.create_account, f"login-{new_id()}", "New", (), PASSWORD),
    ),
    "admin.change_account": (
        Action.MANAGE_ACCOUNTS,
        lambda s, a: partial(a.admin.change_account, s.account(active=True), roles=(Role.LEAD,)),
    ),
    "admin.erase_account": (
        Action.MANAGE_ACCOUNTS,
        lambda s, a: partial(a.admin.erase_account, s.account(active=False).id, "left the plant"),
    ),
    "admin.set_retention": (
        Action.SET_RETENTION,
        lambda s, a: partial(a.admin.set_retention, s.open(), Retention.EXTENDED, "asked for"),
    ),
    "admin.erase": (Action.ERASE, lambda s, a: partial(a.admin.erase, s.open(), "asked for", early=True)),
    "admin.due_for_erasure": (Action.ERASE, lambda s, a: a.admin.due_for_erasure),
    "operation.kpi": (Action.SEE_TEAM, lambda s, a: a.operation.kpi),
    "operation.costs": (Action.SEE_TEAM, lambda s, a: a.operation.costs),
    "operation.assess": (Action.SEE_TEAM, lambda s, a: a.operation.assess),
    "operation.rollout": (Action.READ, lambda s, a: a.operation.rollout),
    "operation.steps": (Action.READ, lambda s, a: a.operation.steps),
    "operation.set_costs": (Action.SET_COSTS, lambda s, a: partial(a.operation.set_costs, Costs())),
    "operation.plan": (Action.DECIDE_ROLLOUT, lambda s, a: partial(a.operation.plan, s.rolled_out(), "another line")),
    "operation.decide": (
        Action.DECIDE_ROLLOUT,
        lambda s, a: partial(a.operation.decide, StepKind.STAY, f"as planned for {s.rolled_out().days} days"),
    ),
    "readings.of": (Action.READ, lambda s, a: partial(a.readings.of, s.read_source())),
    "readings.remember": (Action.SET_READING, lambda s, a: partial(a.readings.remember, new_id(), {"time_zone": "UTC"})),
    "readings.forget": (Action.SET_READING, lambda s, a: partial(a.readings.forget, s.read_source())),
    "marks.of": (Action.READ, lambda s, a: partial(a.marks.of, s.marked_source())),
    "marks.say": (Action.MARK, lambda s, a: partial(a.marks.say, new_id(), {new_id(): "a line"})),
    "marks.take_back": (Action.MARK, lambda s, a: partial(a.marks.take_back, s.marked_source())),
    "sources.all": (Action.READ, lambda s, a: a.sources.all),
    "sources.last": (Action.READ, lambda s, a: partial(a.sources.last, "line4", sha(b"weights"))),
    "sources.recent": (Action.READ, lambda s, a: partial(a.sources.recent, "line4", sha(b"weights"))),
    "sources.accepted": (Action.READ, lambda s, a: partial(a.sources.accepted, "line4")),
    "sources.history": (Action.READ, lambda s, a: partial(a.sources.history, "line4")),
    "sources.accept": (Action.SET_REFERENCE, lambda s, a: partial(a.sources.accept, s.source(), "a new controller")),
    "weights.all": (Action.READ, lambda s, a: a.weights.all),
    "weights.uses": (Action.READ, lambda s, a: a.weights.uses),
    "weights.register": (Action.TRAIN, lambda s, a: partial(a.weights.register, new_id().encode(), "line 4", {})),
    "weights.use": (Action.USE_WEIGHTS, lambda s, a: partial(a.weights.use, s.weights())),
    "weights.retire": (Action.USE_WEIGHTS, lambda s, a: partial(a.weights.retire, s.weights(), "worse than before")),
    "weights.take_away": (Action.TAKE_WEIGHTS, lambda s, a: partial(a.weights.take_away, s.weights())),
    "admin.note_export": (Action.EXPORT, lambda s, a: partial(a.admin.note_export, "bundle", s.store.head())),
}
# Methods that are not actions: who the person is, what they may do, signing out, and helpers of other methods.
NO_ACTION = {"person", "can", "sign_out", "acting", "reading", "check"}


@pytest.fixture(scope="module", params=STORES)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    url = f"sqlite:///{tmp_path_factory.mktemp('roles') / 'audit.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("databases").copy()
    built = Stage(url)
    yield built
    built.store.close()


def test_every_action_has_a_case_and_every_method_too() -> None:
    assert {action for action, _ in CASES.values()} == set(Action) == set(PERMISSIONS)
    methods = {name for name, _ in inspect.getmembers(Access) if not name.startswith("_")} - NO_ACTION
    for place, kind in (
        ("queue", ReviewQueue),
        ("admin", Administration),
        ("readings", Readings),
        ("marks", Marks),
        ("sources", Sources),
        ("weights", WeightsRegister),
        ("operation", Operation),
        ("failures", Failures),
        ("lots", Lots),
        ("feedback", Feedback),
        ("tokens", Tokens),
        ("keys", Keys),
    ):
        methods |= {f"{place}.{name}" for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert {name.partition(" ")[0] for name in CASES} == methods


@pytest.mark.parametrize("name", CASES)
def test_each_role_may_do_what_the_table_says(stage: Stage, name: str) -> None:
    action, do = CASES[name]
    for role, access in [*stage.people.items(), (None, stage.nobody)]:
        may = role in PERMISSIONS[action]
        call = do(stage, access)
        assert access.can(action) is may
        before = stage.store.head().size
        if may:
            call()
            continue
        with pytest.raises(Denied) as denied:
            call()
        assert not isinstance(denied.value, SignInFailed)
        stage.store.refusals.write()  # the same person is denied this action by many methods here
        entries = stage.store.entries(after=before)
        assert [(entry.type, entry.actor) for entry in entries] == [("denied", access.person.id)], (name, role)
        requested = name.partition(" ")[0].rpartition(".")[2]  # amending a ruling needs both amend and adjudicate
        assert parse(stage.store.sealed(entries[0].seq).payload)["action"] in (action.value, requested)


@pytest.mark.parametrize("name", CASES)
def test_all_roles_together_may_do_everything(stage: Stage, name: str) -> None:
    CASES[name][1](stage, stage.all)()


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", CASES)
def test_an_ended_session_may_do_nothing(stage: Stage, name: str) -> None:
    """Neither a signed-out token nor an invented one allows anything, whatever roles the account has."""
    do = CASES[name][1]
    for ended in (True, False):
        access = join(stage.store, f"login-{new_id()}", *Role)
        call = do(stage, access)
        if ended:
            access.sign_out()
        else:
            access._token = new_id()
        with pytest.raises(SignInFailed):
            call()


def test_the_record_still_holds(stage: Stage) -> None:
    report = stage.store.verify()
    assert report.ok, report.problem_text


def test_roles_add_up() -> None:
    assert allowed((Role.VIEWER, Role.ADMIN), Action.ERASE)
    assert not allowed((), Action.READ)
    assert not any(allowed((Role.VIEWER,), action) for action in set(Action) - {Action.READ, Action.VERIFY})


def test_duties_are_separate() -> None:
    judgements = {Action.SUBMIT, Action.ADJUDICATE, Action.AMEND}
    for role in (Role.AUDITOR, Role.ADMIN, Role.VIEWER, Role.SERVICE):
        assert not any(allowed((role,), action) for action in judgements)
    for role in (Role.REVIEWER, Role.LEAD):
        assert not any(allowed((role,), action) for action in (Action.EXPORT, Action.ERASE, Action.MANAGE_ACCOUNTS))
    assert PERMISSIONS[Action.ADJUDICATE] == {Role.LEAD}


@pytest.mark.parametrize("subject", ["\x00", "\udcff", "x" * 5000, ""])
def test_a_denial_is_recorded_whatever_was_asked_for(stage: Stage, subject: str) -> None:
    viewer = join(stage.store, new_id(), Role.VIEWER)  # of somebody who was denied much, not every denial is an entry
    before = stage.store.head().size
    with pytest.raises(Denied):
        viewer.queue.claim_decision(subject)
    with pytest.raises(Denied):
        viewer.admin.create_account(subject, "Name", (), PASSWORD)
    assert [entry.type for entry in stage.store.entries(after=before)] == ["denied", "denied"]
