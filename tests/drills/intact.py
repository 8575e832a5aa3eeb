"""A small record that holds something of every kind, signed and exported: `mutate` corrupts copies of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from audit import (
    Access,
    AuditStore,
    BlobRef,
    Checkpoint,
    Costs,
    Gate,
    Judgement,
    PairReview,
    PairVerdict,
    Reason,
    Retention,
    ReviewKind,
    ReviewPolicy,
    Role,
    RolloutPlan,
    StepKind,
    Verdict,
    open_checkpoint,
    utc_now,
)
from audit.export.export import export_bundle
from audit.log.signatures import Signer
from tests.drills.common import Place, opened
from tests.support.audit.builders import UPLOAD, decision, sha
from tests.support.audit.team import PASSWORD, add, enrol, set_up

__all__ = ["Intact", "build"]


class Intact(NamedTuple):
    """`older`: copies of the record by their number of entries; `bundle` and `old_bundle`: folders of exported files."""

    url: str
    checkpoint: Checkpoint
    verifier_key: str
    older: list[tuple[int, str]]
    bundle: Path
    old_bundle: Path
    note: str


def build(place: Place, folder: Path, seed: int) -> Intact:
    """Make the record in `place`, and key and bundles in `folder`."""
    work = _Work(place.copy(), random.Random(seed))  # noqa: S311 - a drill
    older = []
    for number, part in enumerate((work.begin, work.disagree, work.erase)):
        with opened(work.url) as store:
            part(store)
        with opened(work.url, read_only=True) as store:
            size = store.head().size
        if number < 2:
            older.append((size, place.copy(work.url)))
        if number == 1:
            with opened(work.url) as store:
                signed = export_bundle(work.access(store, work.auditor), folder / "key.pem", folder / "old")
            kept = folder / "kept"
            kept.mkdir()
            (kept / f"checkpoint-{signed.head.size:012d}.txt").write_text(signed.note, encoding="utf-8")
    with opened(work.url) as store:
        signed = export_bundle(work.access(store, work.auditor), folder / "key.pem", folder / "bundle", checkpoints=kept)
    checkpoint = open_checkpoint(signed.note, signed.verifier_key)
    return Intact(work.url, checkpoint, signed.verifier_key, older, folder / "bundle", folder / "old", signed.note)


class _Work:
    def __init__(self, url: str, rng: random.Random) -> None:
        self.url, self.random = url, rng
        self.ids: list[str] = []
        self.signers: dict[str, Signer | None] = {}

    def access(self, store: AuditStore, token: str) -> Access:
        """Return a person with their key open."""
        return Access(store, token=token, signer=self.signers[token])

    def _keep(self, person: Access) -> str:
        token = str(person._token)
        self.signers[token] = person.signer
        return token

    def _decide(self, store: AuditStore, required: int, gate: Gate = Gate.HELD, layers: int = 2) -> str:
        upload = self.random.randbytes(30) + UPLOAD
        parts = [self.random.randbytes(50) for _ in range(layers)]
        weights = b"weights of the model"
        made = decision(
            input_sha256=sha(upload),
            selections=tuple(BlobRef(i, sha(part), 3 + i, 0.25 + i / 2) for i, part in enumerate(parts)),
            required_reviews=required,
            gate=gate,
            score=self.random.random(),
            seed=self.random.randrange(2**40),
            blind=required > 1,
            due_at="2026-03-02T09:30:00.000Z" if required == 1 else None,
            weights_blob=sha(weights) if len(self.ids) % 2 else None,
        )
        blobs = {sha(content): content for content in (upload, *parts, weights)}
        add(store, made, {name: blobs[name] for name in blobs if name != sha(weights) or made.weights_blob})
        self.ids.append(made.id)
        return made.id

    def _judge(self, token: str, store: AuditStore, id: str, verdict: Verdict, kind: ReviewKind = ReviewKind.REVIEW) -> str:
        access = self.access(store, token)
        access.queue.submit(access.queue.claim_decision(id, kind), self._said(access, id, verdict))
        return next(r.id for r in reversed(store.reviews(id)) if r.reviewer_id == access.person.id)

    def _said(self, access: Access, id: str, verdict: Verdict) -> Judgement:
        pairs = (
            PairReview(0, 1, 5, 2, PairVerdict.RELEVANT, "pump before stop", "0a1b"),
            PairReview(None, None, self.random.randrange(50), 4, PairVerdict.MISSING),
        )
        reason = Reason.WRONG_CAUSE if verdict is Verdict.FLAG else None
        shown = sha(b"page"), access.case(id).entry_hash
        return Judgement(verdict, utc_now(), *shown, pairs=pairs, reason=reason, comment="見た", corrected_label="stop")

    def begin(self, store: AuditStore) -> None:
        """Record people, a policy, and decisions on which one or two reviewers agree."""
        root = set_up(store, *Role)
        self.root = self._keep(root)
        leads = (enrol(store, root, who, Role.REVIEWER, Role.LEAD) for who in ("aiko", "ben", "lead"))
        self.aiko, self.ben, self.lead = map(self._keep, leads)
        self.auditor = self._keep(enrol(store, root, "auditor", Role.AUDITOR))
        self.access(store, self.root).admin.set_policy(ReviewPolicy(overlap=2, blind=True))
        store.record_event("scheduler", "backup", "nightly", {"bytes": 1024, "ok": True})
        for required in (1, 2, 0, 1):
            self._decide(store, required, Gate.HELD if required else Gate.RELEASED)
        self._judge(self.aiko, store, self.ids[0], Verdict.APPROVE)
        for token in (self.aiko, self.ben):
            self._judge(token, store, self.ids[1], Verdict.FLAG)
        self.access(store, self.lead).queue.seed_control(self.ids[0], Verdict.APPROVE, "obvious")

    def disagree(self, store: AuditStore) -> None:
        """Record a dispute and its ruling, an amendment, a withdrawal, a request, a skip, retention, costs and a roll-out."""
        for required in (2, 1, 1, 2):
            self._decide(store, required, layers=1)
        disputed, amended, taken_back, asked = self.ids[4:8]
        self._judge(self.aiko, store, disputed, Verdict.APPROVE)
        self._judge(self.ben, store, disputed, Verdict.FLAG)
        self._judge(self.lead, store, disputed, Verdict.APPROVE, ReviewKind.ADJUDICATION)
        first = self._judge(self.aiko, store, amended, Verdict.APPROVE)
        aiko = self.access(store, self.aiko)
        aiko.queue.amend(first, self._said(aiko, amended, Verdict.FLAG))
        self.access(store, self.ben).queue.withdraw(self._judge(self.ben, store, taken_back, Verdict.APPROVE))
        self._judge(self.aiko, store, asked, Verdict.APPROVE)
        self._judge(self.lead, store, asked, Verdict.FLAG)
        self.access(store, self.lead).queue.request_review(self.ids[2], "look again")
        ben = self.access(store, self.ben)
        ben.queue.skip(ben.queue.claims()[0], "not mine")
        self.access(store, self.root).admin.set_retention(self.ids[1], Retention.EXTENDED, "asked for")
        self.access(store, self.lead).queue.seed_control(self.ids[1], Verdict.FLAG, "known")
        steered = self.access(store, self.lead).operation
        steered.set_costs(Costs(currency="JPY"))
        steered.plan(RolloutPlan(), "line 1 first")
        steered.decide(StepKind.STAY, "too few reviews yet")

    def erase(self, store: AuditStore) -> None:
        """Erase two decisions and an account; judge a control item; keep a claim; record further work."""
        root = self.access(store, self.root)
        gone = [self._decide(store, 1, layers=2), self._decide(store, 1, layers=1)]
        self._judge(self.aiko, store, gone[0], Verdict.FLAG)
        for id in gone:
            root.admin.erase(id, "asked for", early=True)
        left = root.admin.create_account("left", "Left", (Role.VIEWER,), PASSWORD)
        root.admin.change_account(left, active=False)
        root.admin.erase_account(left.id, "left the plant")
        root.admin.set_policy(ReviewPolicy(control_share=0.5))
        other = enrol(store, root, "other", Role.REVIEWER)
        # The control item comes only while other decisions wait, in half of the claims at random: all others are given back.
        while (claim := other.queue.claim()) is not None and claim.kind is not ReviewKind.CONTROL:
            other.queue.release(claim)
        if claim is None:
            raise LookupError("nothing waits beside the control item, so none is given")
        other.queue.submit(claim, self._said(other, claim.decision_id, Verdict.APPROVE))
        for required in (1, 3, 2):
            self._decide(store, required)
        self.access(store, self.aiko).queue.claim_decision(self.ids[-1])
        self._judge(self.ben, store, self.ids[-1], Verdict.APPROVE)
        for number in range(4):
            store.record_event("operator-7", "log_viewed", f"page {number}", {"n": number, "ライン": "3"})
