"""What people said of the decision, in a report: who, when, in which role, their reason, their words, their marks on pairs."""

from __future__ import annotations

from audit import Case, ReviewKind, ReviewRecord, Verdict
from dashboard.report.markup import Column, Html, joined, section, table, tag
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.verdict import moment, opinion_text, person


def reviews_section(case: Case, loaded: LoadedDecision, t: Texts) -> Html:
    """The reviews that whoever makes the report may see, the newest first, and how many they may not."""
    said = []
    if case.reviews:
        said.append(tag("p", t("report.reviews_seen", n=len(case.reviews)), class_="quiet"))
    elif not case.hidden:
        said.append(tag("p", t("report.reviews_none")))
    if case.hidden:
        said.append(tag("p", t("report.reviews_hidden", n=case.hidden), class_="warning"))
    if case.reviews:
        names = ("opinion", "reviewer", "reviewed", "reason", "marks")
        replaced = {review.supersedes for review in case.reviews}
        rows = [_row(review, review.id in replaced, loaded, t) for review in reversed(case.reviews)]
        said.append(table([Column(t(f"report.{name}")) for name in names], rows))
    return section(t("report.reviews"), *said)


def _row(review: ReviewRecord, superseded: bool, loaded: LoadedDecision, t: Texts) -> list[str]:
    notes = [t(f"review_kind.{review.kind.value}")] if review.kind is not ReviewKind.REVIEW else []
    # The marks below are the reviewer's own; a review that was taken back says nothing else.
    if review.verdict is not Verdict.WITHDRAW:
        if not review.suggestion_visible:
            notes.append(t("history.blind"))
        if review.corrected_label is not None:
            notes.append(t("history.label", label=_word("label", review.corrected_label, t)))
    if superseded:
        notes.append(t("report.superseded"))
    reason = t(f"reason.{review.reason.value}") if review.reason is not None else ""
    marks = [
        tag("div", opinion_text(pair, loaded, t), tag("div", pair.comment, class_="comment") if pair.comment else "")
        for pair in review.pairs
    ]
    return [
        joined(tag("b", t(f"review_verdict.{review.verdict.value}")), *(tag("div", note, class_="note") for note in notes)),
        joined(
            tag("b", person(review.reviewer_name, t)),
            tag("div", t("report.signed_as", role=_word("role", review.role, t), how=review.authentication), class_="note"),
        ),
        moment(review.submitted_at),
        joined(tag("div", reason), tag("div", review.comment, class_="comment")) if reason or review.comment else "–",
        joined(*marks) if marks else "–",
    ]


def _word(topic: str, code: str, t: Texts) -> str:
    """A code that has a text in words; a review need not come from this app."""
    return t(f"{topic}.{code}") if t.has(f"{topic}.{code}") else code
