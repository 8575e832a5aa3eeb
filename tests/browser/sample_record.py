"""A record as a team has it after a week: real decisions on made-up logs, reviews that mostly agree, a dispute, one to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from playwright.sync_api import expect

from audit import Access, AuditStore, Judgement, QueueState, Reason, ReviewPolicy, Role, Verdict
from audit.records.clock import moment_text
from dashboard.service.decide.pipeline import analyse
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel
from tests.browser.server import ROOT
from tests.browser.walker import Walker
from tests.support.dashboard.newcomers import newcomer

PASSWORD = "seven green valves"  # noqa: S105 - of people who exist in made-up records only
LEAD, LEAD_NAME = "lena", "Lena Ito"
REVIEWERS = {"aiko": "Aiko Tanaka", "ben": "Ben Weber"}
FAULTY = ROOT / "sample_data" / "logs" / "faulty.log"
# Events, line, chance that a state turns bad.
_LOGS = ((400, "assembly", 0.5), (300, "assembly", 0.0), (500, "assembly", 0.6), (400, "press", 0.5))
# How long the reviews took, in seconds.
_TOOK = (74, 131, 52, 208, 95, 160)
_APPROVE = ("The cause is right: the valve was closed by hand.", Verdict.APPROVE)
_FLAG = ("The valve was open; the drift came from the gauge.", Verdict.FLAG)


class _Clock:
    """The record's clock: half an hour behind, so that reviews can take their time and none lies in the future."""

    def __init__(self) -> None:
        self.behind = timedelta(minutes=30)

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind

    def wait(self, seconds: float) -> None:
        self.behind -= timedelta(seconds=seconds)


def fill(db: Path, weights: Path) -> str:
    """Make the record; the id of the decision on the faulty sample, which nobody has reviewed yet."""
    clock = _Clock()
    store = AuditStore(db, clock=clock)
    try:
        lead, team = people(store)
        model = SparseMixModel.load(weights)
        made = []
        for seed, (events, line, rate) in enumerate(_LOGS, 1):
            lines = generate(PlantConfig(events=events, fault_rate=rate, line=line), seed).lines
            made.append(analyse("\n".join(lines).encode(), f"{line} shift {seed}.log", model=model, access=lead))
        waiting = [id for id in made if lead.summary(id).state is QueueState.OPEN]
        for place, id in enumerate(waiting):
            for number, reviewer in enumerate(team):
                claim, opened = reviewer.queue.claim_decision(id), moment_text(clock())
                clock.wait(_TOOK[(2 * place + number) % len(_TOOK)])
                said = _judgement(reviewer, id, opened, *(_FLAG if place == number == 1 else _APPROVE))
                reviewer.signing(PASSWORD).queue.submit(claim, said)
        return analyse(FAULTY.read_bytes(), FAULTY.name, model=model, access=lead)
    finally:
        store.close()


def people(store: AuditStore) -> tuple[Access, list[Access]]:
    """Somebody who may do everything, and two who review."""
    store.accounts.set_up(LEAD, LEAD_NAME, PASSWORD, roles=(Role.ADMIN, Role.LEAD, Role.REVIEWER, Role.AUDITOR))
    lead = store.access(store.accounts.sign_in(LEAD, PASSWORD).token)
    team = [newcomer(lead, login, name, (Role.REVIEWER,), PASSWORD) for login, name in REVIEWERS.items()]
    lead.signing(PASSWORD).admin.set_policy(ReviewPolicy(overlap=2))
    return lead, team


def _judgement(reviewer: Access, id: str, opened: str, comment: str, verdict: Verdict) -> Judgement:
    reason = Reason.WRONG_CAUSE if verdict is Verdict.FLAG else None
    shown = sha256(b"made up").hexdigest(), reviewer.case(id).entry_hash
    return Judgement(verdict, opened, *shown, reason=reason, comment=comment)


def sign_in(walker: Walker, language: str = "en") -> None:
    """Come in as the lead, who may see everything."""
    walker.open("review", lang=language)
    walker.key("sign_in_login").locator("input").fill(LEAD)
    walker.key("sign_in_password").locator("input").fill(PASSWORD)
    walker.press("sign_in_now")
    expect(walker.page.get_by_test_id("stSidebarNav")).to_be_attached()
    walker.settle()
    walker.remembered()
