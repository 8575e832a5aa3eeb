"""Two runs side by side: verdicts, the lines or kinds of pairs that changed most, and one line's pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.features.analyse.explain.views.comparison import (
    event_changes,
    selection_changes,
    selection_words,
    verdict_words,
)
from dashboard.features.analyse.explain.views.key_changes import key_changes
from dashboard.service.common.result_cache import ResultCache
from dashboard.shared import display
from dashboard.texts import Texts
from dashboard.views.wording import worded_by
from sparsemix import TokenSequence
from sparsemix.explain.comparison import Comparison

_ROWS = 5  # shown before a table scrolls
_TEXTS = {"text": 360, "query": 260, "key": 260}  # pixels: the widths of columns of messages

ComparedRun = tuple[TokenSequence, Comparison, Mapping[str, object], pd.DataFrame | None]
"""The second run's events, the comparison, what the second run's weights judge by (`decision_record.judged_by`), and the result
of ``kind_changes`` where hardly any line is the same."""


def comparison_view(
    t: Texts,
    compared: ComparedRun,
    first: TokenSequence,
    *,
    second_name: str,
    target: int,
) -> None:
    """Show two runs side by side. ``t``: the texts that fit the first run. ``second_name``: the second run in words.
    ``target``: the event of the first run whose pairs are shown."""
    second, comparison, judged_by, kinds = compared
    there = worded_by(judged_by, Texts(t.language))
    runs = ((t("compare.before"), comparison.first, t), (second_name, comparison.second, there))
    for column, (name, run, words) in zip(st.columns(2), runs, strict=True):
        decision = run.decision
        label = f"{words.plain(f'label.{decision.label}')} · {t.plain('unit.percent', x=decision.sequence_probability)}"
        with column:
            display.metric(name, label, t("compare.flagged", n=len(decision.flagged)))
    if comparison.flipped:
        st.warning(verdict_words(comparison, t, there), icon=":material/swap_horiz:")
    else:
        st.info(verdict_words(comparison, t, there), icon=":material/drag_handle:")
    if kinds is not None:
        st.markdown(f"**{t('compare.kinds')}**")
        st.caption(t("compare.kinds_why"))
        _kinds(t, comparison, kinds)
    else:
        st.markdown(f"**{t('compare.events')}**")
        _events(t, comparison, first, second)
    if comparison.other(target) is not None:
        _pairs(t, comparison, first, second, target)


def _events(t: Texts, comparison: Comparison, first: TokenSequence, second: TokenSequence) -> None:
    table = event_changes(comparison, first, second)
    if not len(table):
        st.caption(t("compare.events_none"))
        return
    labels = {name: t.plain(f"compare.{name}") for name in ("first_line", "second_line")}
    labels["text"] = t.plain("events.event")
    labels |= {name: t.plain(f"compare.{name}_percent") for name in ("before", "after")}
    _table(t, comparison, table, "changed_lines", labels, dict.fromkeys(("before", "after"), "%.1f%%"))


def _kinds(t: Texts, comparison: Comparison, table: pd.DataFrame) -> None:
    if not len(table):
        st.caption(t("compare.kinds_none"))
        return
    labels = {name: t.plain(f"compare.{name}") for name in ("difference", "first_count", "second_count")}
    labels |= {side: t.plain(f"usual.column.{side}") for side in ("query", "key")}
    labels |= {name: t.plain(f"compare.{name}_percent") for name in ("before", "after")}
    formats = {**dict.fromkeys(("before", "after"), "%.2f%%"), "difference": "%+.2f"}
    _table(t, comparison, table, "changed_kinds", labels, formats)


def _pairs(t: Texts, comparison: Comparison, first: TokenSequence, second: TokenSequence, event: int) -> None:
    table = selection_changes(key_changes(comparison, event), first, second)
    st.markdown(f"{t('compare.line', line=first.events[event].line)} {selection_words(table, t)}")
    if not len(table):
        return
    heads = [sum(len(layer) for layer in run.trace.heads) for run in (comparison.first, comparison.second)]
    st.caption(t("compare.weights_of", first=heads[0], second=heads[1]))
    labels = {name: t.plain(f"compare.{name}") for name in ("first_line", "second_line")}
    labels |= {
        "before": t.plain("compare.first_weight"),
        "after": t.plain("compare.second_weight"),
        "text": t.plain("compare.key"),
    }
    formats = dict.fromkeys(("before", "after"), "%.3f")
    about = f"line{first.events[event].line}"
    _table(t, comparison, table, "changed_pairs", labels, formats, about=about, placeholder="")


def _second(comparison: Comparison) -> str:
    """Return what identifies the second run in a widget's key or a file's name: its input and its weights."""
    decision = comparison.second.decision
    return f"{decision.input_sha256[:8]}_{decision.weights_sha256[:8]}"


def _table(
    t: Texts,
    comparison: Comparison,
    table: pd.DataFrame,
    name: str,
    labels: Mapping[str, str],
    formats: Mapping[str, str],
    *,
    about: str = "",
    placeholder: str = "–",
) -> None:
    """Show a table with these headers and formats of numbers. ``about``: goes into the names of its files; ``placeholder``: as
    in ``display.table``."""
    second = _second(comparison)
    about = "-".join([comparison.first.decision.input_sha256[:8], second, *filter(None, [about])])
    config = display.columns(labels, formats, texts=_TEXTS)
    options: dict[str, Any] = {"placeholder": placeholder, "column_config": config, "height": display.height(len(table), _ROWS)}
    display.table(t, table, name, key=f"{name}_{second}", about=about, **options)


@st.cache_resource(show_spinner=False)
def comparisons() -> ResultCache[str, ComparedRun]:
    """Return the cache of comparisons by the key of the slot that made them. Comparisons hold whole runs, so only a few are
    kept."""
    return ResultCache(6)
