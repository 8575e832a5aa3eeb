"""Two runs side by side, as they are told: verdicts, one line's pairs, kinds of pairs; and as a visitor compares them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dashboard.features.analyse.explain import explain_compare
from dashboard.features.analyse.explain.views.comparison import (
    few_matched,
    kind_changes,
    selection_changes,
    selection_words,
    verdict_words,
)
from dashboard.features.analyse.explain.views.key_changes import key_changes
from dashboard.texts import Texts
from dashboard.views.wording import ITSELF
from sparsemix import Run, SelectionTrace
from sparsemix.explain.comparison import Comparison, compare
from sparsemix.model.template_pairs import template_pairs
from tests.integration.dashboard.pages.test_page_explain import finish, section
from tests.support.dashboard.app import App
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.traces import head, sequence

EN, JA = Texts("en"), Texts("ja")
TEXTS = ["pump on", "valve open", "door shut", "alarm"]
HERE = sequence(TEXTS)
THERE = sequence([TEXTS[0], "smoke", *TEXTS[2:]])
ORIGIN = np.array([0, -1, 2, 3])
FIRST = SelectionTrace(
    (
        (head(4, {(3, 0): 0.5, (3, 1): 0.25, (2, 0): 1.0}), head(4, {(3, 0): 0.25})),
        (head(4, {(3, 3): 1.0}), head(4, {})),
    )
)
SECOND = SelectionTrace(
    (
        (head(4, {(3, 2): 0.5, (3, 1): 0.125, (2, 0): 1.0}), head(4, {(3, 2): 0.25})),
        (head(4, {(3, 3): 0.5}), head(4, {})),
    )
)


def compared(model, first=(), second=(), labels=("fault", "fault"), origin=ORIGIN) -> Comparison:
    """Two runs over FIRST and SECOND with these events flagged."""
    decision = model.run_with_trace(HERE).decision
    runs = []
    for trace, flagged, label in ((FIRST, first, labels[0]), (SECOND, second, labels[1])):
        probability = np.isin(np.arange(4), flagged).astype(np.float32)
        runs.append(Run(replace(decision, label=label, event_probability=probability, event_threshold=0.5), trace))
    return compare(runs[0], runs[1], origin)


def test_the_pairs_of_a_line_lie_side_by_side(model):
    table = selection_changes(key_changes(compared(model), 3), HERE, THERE)
    expected = pd.DataFrame(
        {
            "first_line": [4, 1, 3, 2, None],
            "second_line": [4, 1, 3, None, 2],
            "before": [1.0, 0.75, np.nan, 0.25, np.nan],
            "after": [0.5, np.nan, 0.75, np.nan, 0.125],
            "text": ["alarm", "pump on", "door shut", "valve open", "smoke"],
        }
    ).astype({"first_line": "Int64", "second_line": "Int64"})
    pd.testing.assert_frame_equal(table, expected)
    assert selection_words(table, EN) == "Came in (lines there): 3, 2. Left (lines here): 1, 2. Stayed: 1."
    assert "外れた行（この判定の行番号）：1、2。 残った行：1 行。" in selection_words(table, JA)


def test_what_stays_and_what_is_empty_is_said_too(model):
    comparison = compared(model)
    assert selection_words(selection_changes(key_changes(comparison, 2), HERE, THERE), EN) == EN("compare.all_stayed")
    nothing = selection_changes(key_changes(comparison, 0), HERE, THERE)
    assert nothing.empty and selection_words(nothing, EN) == EN("compare.line_none")


def test_of_many_lines_only_some_are_named():
    table = pd.DataFrame({"first_line": range(1001, 1012), "before": np.full(11, 0.5), "after": np.full(11, np.nan)})
    assert "1,008 and 3 more" in selection_words(table, EN)
    assert "1,009" not in selection_words(table, EN)


def test_the_verdicts_say_of_what_they_speak(model):
    same = compared(model, first=[0, 2], second=[3])
    assert verdict_words(same, EN, EN).replace("\\", "") == (
        "The verdict on the whole log is the same: Fault. Of the lines in both, no longer flagged: 2, flagged now: 1."
    )
    assert "検出されなくなった行は 2 行、新たに検出された行は 1 行。" in verdict_words(same, JA, JA)
    flipped = compared(model, first=[0], second=[0, 1], labels=("fault", "normal"))
    assert verdict_words(flipped, EN, EN) == "The verdict on the whole log differs: Fault here, Normal there."
    strangers = compared(model, first=[0], origin=np.full(4, -1))
    assert verdict_words(strangers, EN, EN) == "The verdict on the whole log is the same: Fault."
    itself = EN.reworded(ITSELF)
    assert verdict_words(strangers, itself, EN) == "The verdict on the whole log is the same: Stands out, Fault."
    assert verdict_words(strangers, itself, itself) == "The verdict on the whole log is the same: Stands out."


@pytest.mark.parametrize(("matched", "few"), [(0, True), (9, True), (10, False), (100, False)])
def test_too_few_lines_are_a_tenth_of_the_shorter_log(model, matched, few):
    run = compared(model).first
    traces = [SelectionTrace(((head(n, {}),),)) for n in (100, 1000)]
    origin = np.full(1000, -1)
    origin[:matched] = np.arange(matched)
    one, two = (Run(run.decision, trace) for trace in traces)
    assert few_matched(Comparison(one, two, origin, (), ())) == few


def table_of(**shares: float) -> pa.Table:
    return pa.table(
        {
            "query": pa.array(list(shares), pa.string()).dictionary_encode(),
            "key": pa.array(["cause"] * len(shares), pa.string()).dictionary_encode(),
            "count": pa.array([3] * len(shares), pa.int64()),
            "share": pa.array(list(shares.values()), pa.float64()),
        }
    )


def test_kinds_are_compared_by_their_share():
    table = kind_changes(table_of(a=0.5, b=0.25, c=0.25), table_of(b=0.5, c=0.25, d=0.25))
    assert table.to_dict("split")["data"] == [
        ["a", "cause", 50.0, 0.0, -50.0, 3, 0],
        ["b", "cause", 25.0, 50.0, 25.0, 3, 3],
        ["d", "cause", 0.0, 25.0, 25.0, 0, 3],
        ["c", "cause", 25.0, 25.0, 0.0, 3, 3],
    ]
    assert kind_changes(table_of(), table_of()).empty
    assert len(kind_changes(table_of(**{f"k{i}": 0.01 for i in range(40)}), table_of())) == 20


def test_kinds_of_real_pairs_and_of_their_shares():
    table = kind_changes(template_pairs(HERE, FIRST), template_pairs(THERE, SECOND))
    assert table["before"].sum() == pytest.approx(100) and table["after"].sum() == pytest.approx(100)
    assert table["difference"].abs().is_monotonic_decreasing
    assert table.iloc[0][["query", "key"]].tolist() in (["alarm", "pump on"], ["alarm", "door shut"])


@pytest.fixture
def app(monkeypatch, tmp_path, weights) -> App:
    return App(monkeypatch, tmp_path, weights)


def with_other(app: App, data: bytes) -> App:
    """Compare LOG's decision, which is explained, with that of another log."""
    other = app.run().analyse("other.log", data)
    own = app.open("analyse").analyse("line.log", LOG)
    app.open("explain")
    finish(app, "explain")
    section(app, "compare")
    app.page.selectbox(key=f"compare_decision_{own}").set_value(other)
    app.run().click("compare_run")
    return finish(app, "compare")


def tables(app: App) -> list[set[str]]:
    return [set(table.value.columns) for table in app.page.dataframe]


PAIRS = {"first_line", "second_line", "before", "after", "text"}


@pytest.mark.deep
def test_the_pairs_of_a_line_that_both_logs_have_are_compared(app):
    with_other(app, LOG.replace(b"step 9 ", b"step 99 "))
    assert "23 of 24 lines of the other log are the same lines" in app.words
    assert "The verdict on the whole log is the same" in app.words
    assert tables(app)[-1] == PAIRS and app.page.dataframe[-1].proto.placeholder == ""
    shown = app.page.dataframe[-1].value
    assert shown[["before", "after"]].notna().any(axis=1).all()
    assert "at most 4 here, 4 there" in app.words
    app.page.query_params["line"] = "10"
    app.run()
    assert "changed_pairs" not in [(table.key or "")[:13] for table in finish(app, "explain").page.dataframe]


@pytest.mark.deep
def test_logs_with_nothing_in_common_are_compared_by_kinds_of_pairs(app, monkeypatch):
    other = LOG.replace(b"pressure", b"level").replace(b"PLC", b"MES").replace(b"10:00", b"11:30")
    with_other(app, other)
    assert "Too few lines are the same" in app.words and "Lines whose probability changed most" not in app.words
    (found,) = (table.value for table in app.page.dataframe)
    assert {"query", "key", "before", "after", "difference"} <= set(found.columns) and 0 < len(found) <= 20
    # Found by the job, not by every run of the page.
    monkeypatch.setattr(explain_compare, "kind_changes", lambda *_: pytest.fail("computed again"))
    assert "Kinds of pairs whose share differs most" in app.run().words


@pytest.mark.deep
def test_the_same_log_decided_twice_is_no_other_log(app):
    with_other(app, LOG)
    assert "other log" not in app.words
    assert "No line's probability changed noticeably." in app.words and "It selects the same lines in both runs." in app.words


def test_other_weights_are_no_other_log(app):
    app.run().analyse("line.log", LOG)
    app.open("explain")
    finish(app, "explain")
    section(app, "compare")
    app.page.segmented_control(key="compare_what").set_value("weights")
    app.run()
    file = ("new.safetensors", build_model(local_window=3).to_bytes(), "application/octet-stream")
    app.page.file_uploader(key="compare_weights").set_value(file)
    app.run().click("compare_run")
    finish(app, "compare")
    assert "other log" not in app.words
    assert tables(app)[-1] == PAIRS
