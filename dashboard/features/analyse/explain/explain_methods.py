"""How far each attribution method can be trusted on a line: its scores beside those of controls, computed when asked for."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.explain_line import explanations
from dashboard.service.common.worker import Progress
from dashboard.service.decide.explanation import scored_parts
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, display, failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.explanation import score_table
from sparsemix import Rerun
from sparsemix.explain.explanation import Explanation, explain


def methods_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show the scores, or the button that has them computed."""
    st.caption(t("explain.scores.lead"))
    if not explanation.scores:
        _compute(t, loaded, explanation, rerun)
        return
    ranks = [
        "–" if rank is None else f"{rank:+.2f}".replace("-", "−")
        for rank in (explanation.agreement.selection_rank, explanation.agreement.attribution_rank)
    ]
    st.caption(t("explain.agreement.ranks", selection=ranks[0], attribution=ranks[1]))
    score = next(iter(explanation.scores.values()))
    if score.steps < score.others:
        st.caption(t("explain.scores.steps", others=score.others, steps=score.steps))
    table = score_table(explanation, loaded.sequence, t)
    labels = {name: t.plain(f"explain.scores.{name}") for name in table.columns if name != "beats"}
    labels["beats"] = t.plain("report.beats")
    formats = {"delta": "%.2f%%", **dict.fromkeys(table.columns[4:], "%+.3f")}
    about = f"{loaded.summary.decision.id[:8]}-event{explanation.target}"
    columns = display.columns(labels, formats, texts={"name": 210, "beats": 110})
    display.table(t, table, "method_scores", key="explain_scores", about=about, height="content", column_config=columns)


def _compute(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    decision, target = loaded.summary.decision.id, explanation.target
    slot, cached, attributions = Slot("scores", f"{decision}_{target}", loaded.size), explanations(), cache.attributions()

    def work(progress: Progress) -> None:
        whole = explain(rerun, target, progress=progress)
        cached.put((decision, rerun.model.weights_sha256, target), whole)
        for scored in scored_parts(whole):
            attributions.put((decision, rerun.model.weights_sha256, target, scored.attribution.method), scored)

    jobs.button(slot, t("explain.scores.compute"), work, key="explain_scores_compute", icon=":material/science:")
    failures.show_deferred(t)
    jobs.watch(slot, t)
