"""A person's review: what is recorded, what is refused, and that nobody overwrites another reviewer's unseen work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import Access, AuditStore, Conflict, Gate, PairReview, PairVerdict, Reason, Verdict, utc_now
from dashboard.service.decide.kinds import signature
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from dashboard.service.decide.review_record import (
    ReviewAnswers,
    ReviewProblem,
    blind_sha256,
    blind_verdict,
    missing_pair,
    seen_of,
    shown_sha256,
    submit_review,
)
from dashboard.texts import Texts
from dashboard.views import verdict
from sparsemix import SparseMixModel
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def loaded(store: AuditStore, model: SparseMixModel) -> LoadedDecision:
    return load(store, analyse(LOG, "line.log", model=model, access=store.single_user("Sato")))


def shown(loaded: LoadedDecision, language: str = "en") -> str:
    return shown_sha256(loaded, verdict.suspects(loaded.summary.decision), language)


def submit(access: Access, loaded: LoadedDecision, decided: Verdict | None = Verdict.APPROVE, **more: object) -> str:
    id = loaded.summary.decision.id
    if "amends" not in more:
        more.setdefault("claim", access.queue.claim_decision(id))
    place = {name: more.pop(name) for name in ("claim", "amends") if name in more}
    fields = {"opened_at": utc_now(), "shown": shown(loaded), "entry_hash": access.case(id).entry_hash, **more}
    answers = ReviewAnswers(decided, **fields)  # type: ignore[arg-type]
    submit_review(lambda: access, loaded, answers, **place)  # type: ignore[arg-type]
    return access.case(id).reviews[-1].id


def test_approval(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    pairs = [PairReview(0, 0, 3, 1, PairVerdict.RELEVANT)]
    submit(access, loaded, pairs=pairs, comment="  good  ", reason=Reason.OTHER, corrected_label="normal")
    summary = store.summary(loaded.summary.decision.id)
    review = summary.latest_review
    assert review is not None
    assert summary.gate is Gate.RELEASED
    assert (review.reviewer_name, review.reviewer_id) == ("test", "single-user")
    assert "not verified" in review.authentication
    assert [(p.layer, p.head, p.query, p.key) for p in review.pairs] == [(0, 0, 3, 1)]
    events = loaded.sequence.events
    assert review.pairs[0].signature == signature(events[3].text, events[1].text)
    assert (review.comment, review.reason, review.corrected_label) == ("good", None, None)
    assert review.shown_sha256 == shown(loaded)
    assert review.assigned_at is not None
    assert store.verify().ok


def test_flag(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    submit(access, loaded, Verdict.FLAG, reason=Reason.WRONG_CAUSE, corrected_label="normal")
    summary = store.summary(loaded.summary.decision.id)
    assert summary.gate is Gate.REJECTED
    assert summary.latest_review is not None
    assert summary.latest_review.corrected_label == "normal"


@pytest.mark.parametrize(
    ("decided", "more", "code"),
    [(None, {}, "no_verdict"), (Verdict.FLAG, {}, "no_reason"), (Verdict.APPROVE, {"claim": None}, "no_claim")],
)
def test_incomplete_reviews_are_refused(
    store: AuditStore, access: Access, loaded: LoadedDecision, decided: Verdict | None, more: dict[str, object], code: str
) -> None:
    with pytest.raises(ReviewProblem) as found:
        submit(access, loaded, decided, **more)
    assert found.value.code == code
    assert store.head().size == 1


def test_a_claim_counts_once(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    claim = access.queue.claim_decision(loaded.summary.decision.id)
    submit(access, loaded, claim=claim)
    with pytest.raises(Conflict):
        submit(access, loaded, Verdict.FLAG, claim=claim, reason=Reason.OTHER)
    assert [entry.type for entry in store.entries()] == ["decision", "review"]
    assert store.verify().ok


def test_amendment_supersedes_and_keeps_the_earlier_review(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    first = submit(access, loaded)
    submit(access, loaded, Verdict.FLAG, reason=Reason.OTHER, amends=first)
    assert [r.supersedes for r in store.reviews(loaded.summary.decision.id)] == [None, first]
    assert store.summary(loaded.summary.decision.id).gate is Gate.REJECTED


def test_what_a_blind_reviewer_says_about_the_model() -> None:
    assert blind_verdict(None, "fault") == (None, None, None)
    assert blind_verdict("fault", "fault") == (Verdict.APPROVE, None, None)
    assert blind_verdict("normal", "fault") == (Verdict.FLAG, Reason.WRONG_VERDICT, "normal")


def test_hash_of_what_was_shown_blind_is_of_the_events_alone(loaded: LoadedDecision) -> None:
    assert blind_sha256(loaded, "en") == blind_sha256(loaded, "en")
    assert len({blind_sha256(loaded, "en"), blind_sha256(loaded, "ja"), shown(loaded)}) == 3


def test_hash_of_what_was_shown_depends_on_it(loaded: LoadedDecision) -> None:
    assert shown(loaded) == shown(loaded)
    assert shown(loaded) != shown(loaded, "ja")
    assert shown_sha256(loaded, verdict.suspects(loaded.summary.decision, 1), "en") != shown(loaded)


def test_hash_of_what_was_shown_holds_the_opinions_that_were(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    submit(access, loaded, Verdict.FLAG, reason=Reason.OTHER, comment="as before")
    (review,) = store.reviews(loaded.summary.decision.id)
    events = verdict.suspects(loaded.summary.decision)
    seen = [None, [], [review], [replace(review, comment="")], [replace(review, reason=Reason.WRONG_CAUSE)]]
    assert len({shown_sha256(loaded, events, "en", reviews) for reviews in seen}) == len(seen)


def test_what_was_in_view_is_kept_unless_it_cannot_have_been(store: AuditStore, access: Access, loaded: LoadedDecision) -> None:
    told = {"ranges": [[0, 9], [20, 23]], "lines": 14, "incidents": 1, "told": 2, "pairs": [[23, 3]]}
    assert [seen_of(odd, 24) for odd in (None, "all", told | {"ranges": [[0, 24]]}, told | {"pairs": [[24, 3]]})] == [None] * 4
    seen = seen_of(told, 24)
    submit(access, loaded, seen=seen)
    (review,) = store.reviews(loaded.summary.decision.id)
    assert review.seen == seen is not None
    words = "Looked at 1 of 2 incidents, 14 of 24 lines (1–10, 21–24), 1 pair"
    assert verdict.seen_text(review.seen, loaded, Texts("en")) == words
    suspects = verdict.suspects(loaded.summary.decision)
    assert shown_sha256(loaded, suspects, "en", seen=seen) != shown(loaded)
    assert store.verify().ok


def test_missing_pair(loaded: LoadedDecision) -> None:
    free = next(
        (q, k)
        for q in range(24)
        for k in range(24)
        if q != k and not any(k in head.key_index[head.pairs_of(q)] for _, _, head in loaded.trace)
    )
    pair = missing_pair(loaded, free[0] + 1, free[1] + 1)
    assert pair == PairReview(None, None, *free, PairVerdict.MISSING)
    events = [event._replace(line=24 - place) for place, event in enumerate(loaded.sequence.events)]
    turned = replace(loaded, sequence=replace(loaded.sequence, events=tuple(events)))
    assert missing_pair(turned, 24 - free[0], 24 - free[1]) == pair


def test_impossible_missing_pairs(loaded: LoadedDecision) -> None:
    head = loaded.trace.heads[0][0]
    query = next(q for q in range(24) if any(head.key_index[head.pairs_of(q)] != q))
    key = next(int(k) for k in head.key_index[head.pairs_of(query)] if k != query)
    for lines, code in (((3, 3), "same_event"), ((25, 1), "no_such_line"), ((query + 1, key + 1), "already_selected")):
        with pytest.raises(ReviewProblem) as found:
            missing_pair(loaded, *lines)
        assert found.value.code == code
