"""The lines that led to the explained line, as ``python -m sparsemix causes`` ranks them, and whether all views agree."""

from __future__ import annotations

import streamlit as st

from dashboard.features.analyse.explain.explain_line import places
from dashboard.features.analyse.explain.views.causes import cause_words, missing_words
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.texts import Texts, literal
from dashboard.views import incidents
from dashboard.views.explanation import agreement_words
from dashboard.views.wording import by_itself, percent
from sparsemix import Rerun
from sparsemix.causes.lines import as_json as causes_json
from sparsemix.causes.lines import explained_line
from sparsemix.explain.explanation import Explanation, as_json
from sparsemix.incidents.sentences import reason_content

SHOWN = 10


def why_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show the line's score, the lines that led to it, and what was expected and did not come."""
    explained = explained_line(rerun, explanation.target, explanation.effects)
    about = f"{loaded.summary.decision.id[:8]}-line{explained.line}"
    alone = by_itself(loaded.summary.decision)
    said = list(map(literal, _why_shown(t, loaded, explanation.target, rerun))) if alone else []
    threshold = rerun.model.config.event_threshold
    said.append(t("explain.line_score", line=explained.line, probability=percent(explanation.probability), threshold=threshold))
    said.append(agreement_words(explanation.agreement, lambda event: loaded.sequence.events[event].line, t))
    st.markdown("  \n".join(said))
    telling = explained.telling[:SHOWN]
    items = [cause_words(explained, cause, t) for cause in telling]
    items += [missing_words(one, t) for one in explained.missing]
    st.markdown("\n".join(f"- {item}" for item in items))
    target, tried = explanation.target, len(explained.causes)
    reads = {key for _, _, head in loaded.trace for key in head.key_index[head.pairs_of(target)].tolist()}
    earlier, later = sum(key < target for key in reads), sum(key > target for key in reads)
    left = t("causes.left", n=tried - len(telling)) if tried > len(telling) else ""
    counted = f"{t('causes.tried', line=explained.line, earlier=earlier, later=later, tried=tried)} {left}"
    st.caption(counted if tried else t("explain.effects.none"))

    def everything() -> dict[str, object]:
        return as_json(rerun, explanation) | {"causes": causes_json(loaded.sequence, [explained], by_itself=alone)}

    display.save_json(t("explain.save"), everything, f"explanation-{about}.json", "explain_json")


def _why_shown(t: Texts, loaded: LoadedDecision, event: int, rerun: Rerun) -> list[str]:
    """Say why an incident is shown and what led to it; of any other line, where it stands and what speaks for it."""
    for one in incidents.shown_incidents(loaded, t):
        if one.event == event:
            return [one.why, *(cause.said for cause in one.causes)]
    found = places().get((loaded.summary.decision.id, rerun.model.weights_sha256, event))
    if found is None:
        return []
    place = t.plain("explain.place", place=found.place, total=len(loaded.sequence))
    return [place, incidents.why([reason_content(reason) for reason in found.reasons], t, shown=False)]
