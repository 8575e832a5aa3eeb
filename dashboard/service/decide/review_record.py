"""A person's word on a decision: what is shown, pairs that the model missed, and the review record. No streamlit here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import pandas as pd

from audit import Access, Claim, Judgement, LogEntry, PairReview, PairVerdict, Reason, ReviewRecord, Verdict
from audit.records.canonical import canonical
from dashboard.service.decide.pair_signatures import signature
from dashboard.service.decide.pipeline import LoadedDecision

PLACE = ("layer", "head", "query", "key")


class ReviewProblem(Exception):  # noqa: N818 - said to the reviewer, who puts it right
    """Something is missing or impossible in a review; ``code`` names its text, ``values`` go into it."""

    def __init__(self, code: str, **values: int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class SuspectEvent:
    """An event that the model points at: index in the sequence, line in the file, probability in [0, 1]."""

    index: int
    line: int
    probability: float


def shown_sha256(
    loaded: LoadedDecision,
    events: Sequence[SuspectEvent],
    pairs: pd.DataFrame,
    language: str,
    reviews: Sequence[ReviewRecord] | None = None,
) -> str:
    """Hash of what the reviewer has on the screen: verdict, warnings, events and pairs with their lines' text.

    ``reviews``: what the others said, to whoever settles their dispute.
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
        "events": [[e.line, e.probability, text] for e, text in zip(events, texts, strict=True)],
        "pairs": [
            [*(int(p[name]) for name in PLACE), float(p["weight"]), str(p["query_text"]), str(p["key_text"])]
            for p in pairs.to_dict("records")
        ],
    }
    if reviews is not None:
        content["reviews"] = [
            [r.id, r.verdict.value, r.reason and r.reason.value, r.corrected_label, r.comment] for r in reviews
        ]
    return sha256(canonical(content)).hexdigest()


def missing_pair(loaded: LoadedDecision, effect_line: int, cause_line: int) -> PairReview:
    """The pair of events on these lines of the file, as one that the model should have selected.

    Raises ReviewProblem when a line has no event, both are the same event, or a head selected the pair after all.
    """
    effect, cause = _event_at(loaded, effect_line), _event_at(loaded, cause_line)
    if effect == cause:
        raise ReviewProblem("same_event")
    for layer, head, selection in loaded.trace:
        if cause in selection.key_index[selection.pairs_of(effect)]:
            raise ReviewProblem("already_selected", layer=layer + 1, head=head + 1)
    return PairReview(None, None, effect, cause, PairVerdict.MISSING)


def blind_sha256(loaded: LoadedDecision, language: str) -> str:
    """Hash of what a reviewer sees who is not to know the model's word: the events and nothing else."""
    texts = [event.text for event in loaded.sequence.events]
    content = {"decision": loaded.summary.decision.id, "language": language, "blind": True, "events": texts}
    return sha256(canonical(content)).hexdigest()


def submit_review(
    access: Access,
    loaded: LoadedDecision,
    *,
    claim: Claim | None = None,
    amends: str | None = None,
    opened_at: str,
    shown: str,
    verdict: Verdict | None,
    pairs: Sequence[PairReview] = (),
    reason: Reason | None = None,
    comment: str = "",
    corrected_label: str | None = None,
    suggestion_visible: bool = True,
) -> LogEntry:
    """Record a review under a claim, or one that amends the review with the id ``amends``.

    Raises ReviewProblem for what the reviewer can put right, Conflict when the claim is gone or the review not current.
    """
    if verdict is None:
        raise ReviewProblem("no_verdict")
    if verdict is Verdict.FLAG and reason is None:
        raise ReviewProblem("no_reason")
    flagged = verdict is Verdict.FLAG
    judgement = Judgement(
        verdict=verdict,
        opened_at=opened_at,
        shown_sha256=shown,
        suggestion_visible=suggestion_visible,
        pairs=tuple(signed(pair, loaded) for pair in pairs),
        reason=reason if flagged else None,
        comment=comment.strip(),
        corrected_label=corrected_label if flagged else None,
    )
    if amends is not None:
        return access.queue.amend(amends, judgement)
    if claim is None:
        raise ReviewProblem("no_claim")
    return access.queue.submit(claim, judgement)


def signed(pair: PairReview, loaded: LoadedDecision) -> PairReview:
    """The opinion together with the kind of pair that it is about."""
    events = loaded.sequence.events
    return replace(pair, signature=signature(events[pair.query].text, events[pair.key].text))


def blind_verdict(seen: str | None, label: str) -> tuple[Verdict | None, Reason | None, str | None]:
    """What a reviewer who named the label that they see says about the model's: verdict, reason, corrected label."""
    if seen is None:
        return None, None, None
    if seen == label:
        return Verdict.APPROVE, None, None
    return Verdict.FLAG, Reason.WRONG_VERDICT, seen


def recent_comments(reviews: Sequence[ReviewRecord], limit: int = 5) -> list[str]:
    """What somebody wrote in their last reviews, in the order of these, nothing twice: people often say the same."""
    return list(dict.fromkeys(review.comment for review in reviews if review.comment))[:limit]


def recent_flag(reviews: Sequence[ReviewRecord]) -> ReviewRecord | None:
    """The first of these that flagged a decision."""
    return next((review for review in reviews if review.verdict is Verdict.FLAG), None)


def _event_at(loaded: LoadedDecision, line: int) -> int:
    """The event that a line of the file belongs to: the last one that starts at or before it."""
    lines = [event.line for event in loaded.sequence.events]
    found = bisect_right(lines, line) - 1
    last = lines[-1] + loaded.sequence.events[-1].text.count("\n")
    if found < 0 or line > last:
        raise ReviewProblem("no_such_line", line=line, last=last)
    return found
