"""The lines that led to the explained line, as ``python -m sparsemix causes`` ranks them, and whether all views agree."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.features.analyse.explain.explain_line import places
from dashboard.features.analyse.explain.views.causes import cause_words, left_words, line_fields, line_table, missing_words
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.texts import Texts, literal
from dashboard.views import incidents
from dashboard.views.explanation import agreement_words
from dashboard.views.wording import by_itself
from sparsemix import Rerun
from sparsemix.causes.lines import ExplainedLine, explained_line
from sparsemix.causes.lines import as_json as causes_json
from sparsemix.explain.explanation import Explanation, as_json
from sparsemix.incidents.sentences import reason_content

SHOWN = 5
_ROWS = 6  # shown before the table scrolls


def why_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show the line's score, the lines that led to it in words and as a table, and what was expected and did not come."""
    explained = explained_line(rerun, explanation.target, explanation.effects)
    about = f"{loaded.summary.decision.id[:8]}-line{explained.line}"
    alone = by_itself(loaded.summary.decision)
    said = list(map(literal, _why_shown(t, loaded, explanation.target, rerun))) if alone else []
    shown = f"{explanation.probability:.1%}" if explanation.probability >= 1e-3 else f"{explanation.probability:.2g}"
    threshold = rerun.model.config.event_threshold
    said.append(t("explain.line_score", line=explained.line, probability=shown, threshold=threshold))
    said.append(agreement_words(explanation.agreement, lambda event: loaded.sequence.events[event].line, t))
    st.markdown("  \n".join(said))
    telling = explained.telling[:SHOWN]
    items = [cause_words(explained, cause, t) for cause in telling]
    items += [missing_words(one, t) for one in explained.missing]
    st.markdown("\n".join(f"- {item}" for item in items))
    reads = {key for _, _, head in loaded.trace for key in head.key_index[head.pairs_of(explanation.target)].tolist()}
    own = len(reads - {explanation.target})
    st.caption(left_words(explained, own, len(telling), t) if explained.causes else t("explain.effects.none"))

    def everything() -> dict[str, object]:
        return as_json(rerun, explanation) | {"causes": causes_json(loaded.sequence, [explained], by_itself=alone)}

    if explained.causes:
        _table(t, loaded, explained, about)
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


def _table(t: Texts, loaded: LoadedDecision, explained: ExplainedLine, about: str) -> None:
    names = ("lines", "seconds", "without", "by_way_of", "shared", "certified")
    columns = display.columns(
        {name: t.plain(f"causes.col.{name}") for name in names},
        formats={"seconds": "%.3f", "without": "%.1f%%"},
        texts={"shared": 170},
        checks=("certified",),
    )
    table = line_table(explained, loaded.sequence, t)
    display.table(
        t,
        table,
        "line_causes",
        key=f"line_causes_{about}",
        about=about,
        whole=lambda: line_fields(explained),
        column_config=effect_columns(t) | columns,
        height=display.height(len(table), _ROWS),
    )


def effect_columns(t: Texts) -> dict[str, Any]:
    """Return words, units and widths of the columns of ``effect_table``."""
    formats = {"effect": "%+.3f", "direct": "%+.3f", "probability": "%+.1f", "weight": "%.3f", "margin": "%+.3f"}
    texts = {"action": 70, "heads": 110, "key_text": 320, "query_text": 320}
    names = ("query_line", "key_line", "effect", "direct", "probability", "weight", *texts)
    helps = {name: t.plain(f"glossary.{name}") for name in ("effect", "direct", "weight")}
    labels = {name: t.plain(f"explain.col.{name}") for name in names} | {"margin": t.plain("word.margin")}
    return display.columns(labels, formats, texts, helps=helps)
