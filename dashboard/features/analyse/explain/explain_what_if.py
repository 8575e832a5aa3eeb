"""What if: take pairs out and force near misses in by clicking, and see the verdict move. Nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st
import torch

from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts
from dashboard.views.explanation import effect_table, signed
from dashboard.views.verdict import one_line
from sparsemix import Rerun
from sparsemix.explain.effects import sigmoid
from sparsemix.explain.explanation import Explanation
from sparsemix.explain.intervention import Intervention, Outcome, Pair

_ROWS = 6  # shown before a table scrolls
_NAMED = 6
# Whether the line was flagged before and is now -> the text that says so.
_SIDES = {(True, False): "gone", (False, True): "new", (True, True): "flagged", (False, False): "unflagged"}


@dataclass(slots=True)
class WhatIf:
    """What is taken out and forced in, as groups of pairs (all heads of a pair together). Only `undo` looks at their order.
    ``serial``: grows with every change, so that tables get a new key and no row stays chosen."""

    decision: str
    target: int
    steps: list[tuple[str, tuple[Pair, ...]]] = field(default_factory=list)
    serial: int = 0

    def toggle(self, kind: str, pairs: tuple[Pair, ...]) -> None:
        """Add a step; a second click takes the first one back."""
        step = (kind, pairs)
        if step in self.steps:
            self.steps.remove(step)
        else:
            self.steps.append(step)
        self.serial += 1

    def undo(self) -> None:
        """Take the last step back."""
        self.steps.pop()
        self.serial += 1

    def reset(self) -> None:
        """Remove all steps."""
        self.steps.clear()
        self.serial += 1

    def pairs(self, kind: str) -> frozenset[Pair]:
        """Return all pairs of a kind of step, "removed" or "forced"."""
        return frozenset(pair for name, pairs in self.steps for pair in pairs if name == kind)

    @property
    def intervention(self) -> Intervention:
        """Return the steps together; a pair that is both removed and forced in counts as forced in."""
        forced = self.pairs("forced")
        return Intervention(self.pairs("removed") - forced, forced)


def _current(decision: str, target: int) -> WhatIf:
    what_if = st.session_state.get("explain_what_if")
    if not isinstance(what_if, WhatIf) or (what_if.decision, what_if.target) != (decision, target):
        what_if = st.session_state["explain_what_if"] = WhatIf(decision, target)
    return what_if


@fragment()
def try_section(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show the verdict under these steps, then the pairs and lines to click."""
    what_if = _current(loaded.summary.decision.id, explanation.target)
    outcome = rerun(what_if.intervention, watch=(explanation.target,))
    _verdict(t, explanation, rerun, what_if, outcome)
    _came_in(t, loaded, explanation, rerun, what_if, outcome)
    with st.container(horizontal=True):
        nothing = not what_if.steps
        for name, icon, act in (
            ("undo", ":material/undo:", what_if.undo),
            ("reset", ":material/restart_alt:", what_if.reset),
        ):
            st.button(t(f"what_if.{name}"), key=f"what_if_{name}", icon=icon, disabled=nothing, on_click=act)
    with st.container(key="split_what_if"):
        pairs, near = st.columns([5, 3], gap="large")
    with pairs:
        st.markdown(f"**{t('what_if.pairs')}**")
        _pairs(t, loaded, explanation, what_if)
    with near:
        st.markdown(f"**{t('what_if.near')}**", help=t("glossary.near_miss"))
        _near(t, loaded, explanation, rerun, what_if)


def _verdict(t: Texts, explanation: Explanation, rerun: Rerun, what_if: WhatIf, outcome: Outcome) -> None:
    logits = outcome.logits(rerun.logits)
    before, probability_before = rerun.model.verdict(torch.from_numpy(rerun.logits), rerun.following)
    after, probability_after = rerun.model.verdict(torch.from_numpy(logits), rerun.following)
    first, second = float(rerun.logits[explanation.target]), float(logits[explanation.target])
    removed, forced = len(what_if.intervention.removed), len(what_if.intervention.forced)
    score = t("what_if.score", before=signed(first), after=signed(second))
    event, log, count = st.columns(3)
    with event:
        display.metric(t("what_if.event"), t("unit.percent", x=sigmoid(second)), score)
    with log:
        before_words = t("what_if.from_to", x=probability_before)
        display.metric(t("what_if.log"), t("unit.percent", x=probability_after), before_words)
    with count:
        display.metric(t("what_if.count"), removed + forced, t("what_if.count_words", removed=removed, forced=forced))
    if not what_if.steps:
        return
    threshold = rerun.model.config.event_threshold
    sides = sigmoid(first) >= threshold, sigmoid(second) >= threshold
    words = t(f"what_if.line.{_SIDES[sides]}") + " "
    if before != after:
        words += t("what_if.flips", before=t(f"label.{before}"), after=t(f"label.{after}"))
    else:
        words += t("what_if.stays", label=t(f"label.{after}"))
    if before != after or sides[0] != sides[1]:
        st.warning(words, icon=":material/swap_horiz:")
    else:
        st.info(words, icon=":material/drag_handle:")


def _came_in(
    t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun, what_if: WhatIf, outcome: Outcome
) -> None:
    """Name the lines that the explained line selects now and did not select before."""
    if not what_if.steps:
        return
    new: set[int] = set()
    for layer, head, selection in rerun.trace:
        keys, _ = outcome.selected(rerun.trace, layer, head, explanation.target)
        new |= set(keys.tolist()) - set(selection.key_index[selection.pairs_of(explanation.target)].tolist())
    new -= {pair.key for pair in what_if.intervention.forced}
    lines = [f"{loaded.sequence.events[event].line:,}" for event in sorted(new)[:_NAMED]]
    st.caption(t("what_if.came", lines=t.plain("unit.join").join(lines)) if lines else t("what_if.came_none"))


def _pairs(t: Texts, loaded: LoadedDecision, explanation: Explanation, what_if: WhatIf) -> None:
    table = effect_table(loaded.sequence, explanation.effects)
    removed = [("removed", effect.edge.pairs) in what_if.steps for effect in explanation.effects]
    table.insert(0, "action", [t.plain("what_if.removed") if gone else "" for gone in removed])

    display.table(
        t,
        table[
            ["action", "query_line", "key_line", "effect", "key_text", "direct", "probability", "weight", "heads", "query_text"]
        ],
        "pairs_in_use",
        key=f"what_if_pairs_{what_if.decision}_{what_if.target}_{what_if.serial}",
        about=f"{what_if.decision[:8]}-event{what_if.target}",
        choose=lambda row: what_if.toggle("removed", explanation.effects[row].edge.pairs),
        column_config=_columns(t),
        height=display.height(len(table), _ROWS),
    )


def _near(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun, what_if: WhatIf) -> None:
    """Show near misses of the explained line, all heads of a key together."""
    groups: dict[int, list[Pair]] = {}
    margins: dict[int, float] = {}
    for layer, head, selection in rerun.trace:
        part = selection.near_of(explanation.target)
        for key, logit in zip(selection.near_index[part].tolist(), selection.near_logit[part].tolist(), strict=True):
            margin = logit / 2.0 - float(selection.threshold[explanation.target])
            groups.setdefault(key, []).append(Pair(layer, head, explanation.target, key))
            margins[key] = max(margins.get(key, margin), margin)
    for kind, pairs in what_if.steps:
        if kind == "forced":
            groups.setdefault(pairs[0].key, list(pairs))
    if not groups:
        st.caption(t("what_if.near_none"))
        return
    keys = sorted(groups, key=lambda key: -margins.get(key, -1e9))
    table = pd.DataFrame(
        [
            {
                "action": t.plain("what_if.forced") if ("forced", tuple(groups[key])) in what_if.steps else "",
                "key_line": loaded.sequence.events[key].line,
                "margin": margins.get(key),
                "key_text": one_line(loaded.sequence.events[key].message),
            }
            for key in keys
        ]
    )
    display.table(
        t,
        table,
        "near_misses",
        key=f"what_if_near_{what_if.decision}_{what_if.target}_{what_if.serial}",
        about=f"{what_if.decision[:8]}-event{what_if.target}",
        choose=lambda row: what_if.toggle("forced", tuple(groups[keys[row]])),
        column_config=_columns(t),
        height=display.height(len(table), _ROWS),
    )


def _columns(t: Texts) -> dict[str, Any]:
    """Return words, units and widths of the columns."""
    formats = {"effect": "%+.3f", "direct": "%+.3f", "probability": "%+.1f", "weight": "%.3f", "margin": "%+.3f"}
    texts = {"action": 70, "heads": 110, "key_text": 320, "query_text": 320}
    helps = {name: t.plain(f"glossary.{name}") for name in ("effect", "direct", "weight")}
    labels = {name: t.plain(f"explain.col.{name}") for name in ("action", "effect", "direct", "probability", "weight")}
    shared = {"query_line": "word.line", "key_line": "events.cause_line", "margin": "word.margin", "heads": "selection.head"}
    shared |= {"key_text": "events.cause", "query_text": "events.event"}
    labels |= {name: t.plain(word) for name, word in shared.items()}
    return display.columns(labels, formats, texts, helps=helps)
