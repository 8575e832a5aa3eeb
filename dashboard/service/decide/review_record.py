"""A person's review of a decision: what was shown, the pairs that the model missed, and the review record. No streamlit
here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from audit import (
    Access,
    Claim,
    InvalidRecord,
    Judgement,
    LogEntry,
    PairReview,
    PairVerdict,
    Reason,
    ReviewRecord,
    Seen,
    Verdict,
    seen_from_payload,
)
from audit.records.canonical import canonical
from dashboard.service.decide.kinds import signature
from dashboard.service.decide.pipeline import LoadedDecision


class ReviewProblem(Exception):  # noqa: N818 - shown to the reviewer, who can correct it
    """A missing or impossible answer in a review; ``code`` names the text to show, ``values`` go into it."""

    def __init__(self, code: str, **values: int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class SuspectEvent:
    """An event that the model points at: index in the sequence, line in the file, probability in [0, 1]."""

    index: int
    line: int
    probability: float


@dataclass(frozen=True, slots=True)
class ReviewAnswers:
    """A reviewer's answers. ``opened_at``: when the decision was opened; ``shown``: the hash of what was on the screen;
    ``entry_hash``: that of the decision's entry, as it was shown; ``suggestion_visible``: False for a blind review."""

    verdict: Verdict | None
    opened_at: str
    shown: str
    entry_hash: str
    pairs: Sequence[PairReview] = ()
    reason: Reason | None = None
    comment: str = ""
    corrected_label: str | None = None
    suggestion_visible: bool = True
    seen: Seen | None = None


def seen_of(told: object, events: int) -> Seen | None:
    """Return what a browser says was in view of a decision's events; None for what cannot have been."""
    try:
        seen = seen_from_payload(told)
    except InvalidRecord:
        return None
    return seen if all(event < events for two in (*seen.ranges, *seen.pairs) for event in two) else None


def shown_sha256(
    loaded: LoadedDecision,
    events: Sequence[SuspectEvent],
    language: str,
    reviews: Sequence[ReviewRecord] | None = None,
    seen: Seen | None = None,
) -> str:
    """Return the hash of what the reviewer has on the screen: verdict, warnings, and the events that the model
    points at with their lines' text.

    ``reviews``: the other reviews, which only the person who settles a dispute sees; ``seen``: what of it was in view.
    """
    decision = loaded.summary.decision
    texts = [loaded.sequence.events[event.index].text for event in events]
    content: dict[str, object] = {
        "decision": decision.id,
        "language": language,
        "label": decision.label,
        "score": decision.score,
        "threshold": decision.threshold,
        "warnings": list(decision.warnings),
        "events": [[event.line, event.probability, text] for event, text in zip(events, texts, strict=True)],
    }
    if seen is not None:
        content["seen"] = asdict(seen)
    if reviews is not None:
        content["reviews"] = [
            [review.id, review.verdict.value, review.reason and review.reason.value, review.corrected_label, review.comment]
            for review in reviews
        ]
    return sha256(canonical(content)).hexdigest()


def missing_pair(loaded: LoadedDecision, effect_line: int, cause_line: int) -> PairReview:
    """Return the pair of events on these lines of the file as a pair that the model should have selected.

    Raises `ReviewProblem` when a line has no event, both lines belong to one event, or a head did select the pair.
    """
    effect, cause = _event_at(loaded, effect_line), _event_at(loaded, cause_line)
    if effect == cause:
        raise ReviewProblem("same_event")
    for layer, head, selection in loaded.trace:
        if cause in selection.key_index[selection.pairs_of(effect)]:
            raise ReviewProblem("already_selected", layer=layer + 1, head=head + 1)
    return PairReview(None, None, effect, cause, PairVerdict.MISSING)


def blind_sha256(loaded: LoadedDecision, language: str) -> str:
    """Return the hash of what a blind reviewer sees: the events, and nothing of the model's verdict."""
    texts = [event.text for event in loaded.sequence.events]
    content = {"decision": loaded.summary.decision.id, "language": language, "blind": True, "events": texts}
    return sha256(canonical(content)).hexdigest()


def submit_review(
    signing: Callable[[], Access],
    loaded: LoadedDecision,
    answers: ReviewAnswers,
    *,
    claim: Claim | None = None,
    amends: str | None = None,
) -> LogEntry:
    """Record a review under a claim, or a review that amends the one with the id ``amends``.

    ``signing`` opens the reviewer's key once all is answered, and raises its own errors. Raises `ReviewProblem` when the
    reviewer has to correct an answer, `Conflict` when the claim is gone or the amended review is not the current one,
    `EntryChanged` when the decision's entry is another one by now.
    """
    if answers.verdict is None:
        raise ReviewProblem("no_verdict")
    flagged = answers.verdict is Verdict.FLAG
    if flagged and answers.reason is None:
        raise ReviewProblem("no_reason")
    judgement = Judgement(
        verdict=answers.verdict,
        opened_at=answers.opened_at,
        shown_sha256=answers.shown,
        entry_hash=answers.entry_hash,
        suggestion_visible=answers.suggestion_visible,
        pairs=tuple(signed(pair, loaded) for pair in answers.pairs),
        reason=answers.reason if flagged else None,
        comment=answers.comment.strip(),
        corrected_label=answers.corrected_label if flagged else None,
        seen=answers.seen,
    )
    if amends is not None:
        return signing().queue.amend(amends, judgement)
    if claim is None:
        raise ReviewProblem("no_claim")
    return signing().queue.submit(claim, judgement)


def signed(pair: PairReview, loaded: LoadedDecision) -> PairReview:
    """Return the opinion together with the kind of its pair (`kinds.signature`)."""
    events = loaded.sequence.events
    return replace(pair, signature=signature(events[pair.query].text, events[pair.key].text))


def blind_verdict(seen: str | None, label: str) -> tuple[Verdict | None, Reason | None, str | None]:
    """Turn the label that a blind reviewer gave into verdict, reason and corrected label, given the model's ``label``."""
    if seen is None:
        return None, None, None
    if seen == label:
        return Verdict.APPROVE, None, None
    return Verdict.FLAG, Reason.WRONG_VERDICT, seen


def recent_comments(reviews: Sequence[ReviewRecord], limit: int = 5) -> list[str]:
    """Return the comments of these reviews in their order, each text once, at most ``limit``."""
    return list(dict.fromkeys(review.comment for review in reviews if review.comment))[:limit]


def recent_flag(reviews: Sequence[ReviewRecord]) -> ReviewRecord | None:
    """Return the first of these reviews that flagged a decision; None without any."""
    return next((review for review in reviews if review.verdict is Verdict.FLAG), None)


def _event_at(loaded: LoadedDecision, line: int) -> int:
    """Return the event that a line of the file belongs to: of those that start at or before the line, the nearest."""
    events = loaded.sequence.events
    at = max(range(len(events)), key=lambda event: (events[event].line, event))
    last = events[at].line + events[at].text.count("\n")
    before = [event for event in range(len(events)) if events[event].line <= line]
    if not before or line > last:
        raise ReviewProblem("no_such_line", line=line, last=last)
    return max(before, key=lambda event: (events[event].line, event))
