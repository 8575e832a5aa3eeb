"""The report of one decision: one HTML file in both languages, to hand on, to print, and to be checked by its recipient.

    curve = randomisation_curve(rerun.model, loaded.sequence, explanation.target)
    html = decision_report(access, loaded, explanation, rerun, curve, language="ja")

Above all that is said stands the log itself, as the app shows it. The report shows what its author may see at that moment. No
streamlit here; ``exports.export_report`` hands the file out.
"""

from __future__ import annotations

from dataclasses import replace

from audit import Access, Head, utc_now
from dashboard.log.given import given
from dashboard.log.offline import Changes, carried
from dashboard.log.source import style
from dashboard.report.curve import curve_section
from dashboard.report.decision_sections import (
    head_section,
    limits_section,
    proof_section,
    reviews_section,
    verdict_section,
    verify_section,
)
from dashboard.report.explanation_sections import line_section, pairs_section, scores_section, text_section, why_section
from dashboard.report.markup import Html, joined, page
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import LANGUAGES, PlainTexts
from dashboard.views.wording import worded
from sparsemix import Rerun
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.integrated import FROZEN
from sparsemix.explain.methods import QUICK
from sparsemix.explain.randomisation import Randomisation


class ReportRefused(Exception):  # noqa: N818 - shown to the person who asked for the report
    """A report that cannot be made; ``code`` names the text to show: "blind" or "other_run"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_report(loaded: LoadedDecision, rerun: Rerun) -> None:
    """Check that a report can be made. Raises `ReportRefused` when the person may not know the verdict ("blind"), or when the
    explained run is not that of this decision ("other_run")."""
    decision = loaded.summary.decision
    if loaded.summary.blind:
        raise ReportRefused("blind")
    ours = (decision.weights_sha256, decision.sequence_sha256)
    if (rerun.model.weights_sha256, rerun.sequence.sha256) != ours:
        raise ReportRefused("other_run")


def decision_report(
    access: Access,
    loaded: LoadedDecision,
    explanation: Explanation,
    rerun: Rerun,
    curve: Randomisation | None = None,
    *,
    language: str = "en",
    made_at: str | None = None,
    head: Head | None = None,
    changes: Changes | None = None,
) -> bytes:
    """Return the file. ``rerun``: the run that was explained; ``curve``: of the same event, None where it was not computed;
    ``head``: the head of the log that the report states, by default the current one; ``changes``: what pairs change, of
    the lines for which it was computed.

    State and reviews are read again. Raises `ReportRefused` as `check_report` does and when the curve is of another event, and
    what ``Access`` raises.
    """
    case = access.case(loaded.summary.decision.id)
    current = replace(loaded, summary=case.summary)
    check_report(current, rerun)
    if curve is not None and curve.target != explanation.target:
        raise ReportRefused("other_run")
    summary, sequence = current.summary, current.sequence
    head = access.head() if head is None else head
    entries, names, author = access.history(summary.decision.id), access.names(), access.person.name
    signatures = access.signatures(summary.decision.id)
    line = sequence.events[explanation.target].line
    stamp = utc_now() if made_at is None else made_at
    methods = tuple(explanation.attributions)
    options = None if set(methods) == set(QUICK) else ",".join(methods)

    def article(t: PlainTexts) -> Html:
        return joined(
            head_section(summary, stamp, author, t),
            verdict_section(current, t),
            line_section(sequence, explanation, t),
            pairs_section(sequence, explanation, t),
            why_section(sequence, explanation, t),
            text_section(sequence, explanation.attributions[FROZEN], t),
            scores_section(sequence, explanation, t),
            curve_section(curve, line, len(sequence), t),
            reviews_section(case, current, signatures, names, t),
            proof_section(summary, entries, names, head, t),
            verify_section(summary, head, line, options, t),
            limits_section(t),
        )

    log = {
        "given": {code: given(current, case.entry_hash, PlainTexts(code), {}, may_mark=False) for code in LANGUAGES},
        "offline": carried(current, explanation.target, changes or {}),
        "style": style(),
    }
    texts = {code: worded(summary.decision, PlainTexts(code)) for code in LANGUAGES}
    titles = {code: f"{t('report.title')}: {summary.decision.input_name}" for code, t in texts.items()}
    return page({code: article(t) for code, t in texts.items()}, titles, log, language, summary.decision.id)


def report_name(loaded: LoadedDecision, explanation: Explanation) -> str:
    """Return the name of the file, made of the decision's id and the line only."""
    line = loaded.sequence.events[explanation.target].line
    return f"sparsemix-report-{loaded.summary.decision.id[:8]}-line-{line}.html"
