"""Review: what people say of pairs, and of pairs that the model did not select."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import PairVerdict, Verdict
from dashboard.service.decide.pipeline import load
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.reviewing import choose, fill, mark, opened


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_a_mark_from_the_log_and_a_missing_pair(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    place = mark(opened(app), id)
    assert app.log is not None
    assert app.log["marks"] == {"-".join(map(str, place[1:])): "spurious"}
    trace = load(app.store, id).trace
    effect, cause = next(
        (q, k)
        for q in range(24)
        for k in range(24)
        if q != k and not any(k in head.key_index[head.pairs_of(q)] for _, _, head in trace)
    )
    app.page.number_input(key=f"effect_{id}").set_value(effect + 1)
    app.page.number_input(key=f"cause_{id}").set_value(effect + 1)
    app.click("missing_add")
    assert "same event" in app.words
    app.page.number_input(key=f"cause_{id}").set_value(cause + 1)
    app.click("missing_add")
    choose(app, Verdict.APPROVE).click("review_submit")
    pairs = app.store.reviews(id)[0].pairs
    assert [p.verdict for p in pairs] == [PairVerdict.SPURIOUS, PairVerdict.MISSING]
    assert (pairs[1].layer, pairs[1].head, pairs[1].query, pairs[1].key) == (None, None, effect, cause)
    assert app.page.session_state["marked_pairs"] == {}
    app.page.query_params["decision"] = id
    assert f"Missing: effect line {effect + 1} ← cause line {cause + 1}\n" in f"{app.run().words}\n"


def test_a_mark_taken_off_the_list_is_off_in_the_log(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    mark(opened(app), id)
    other = ("0" * 32, 0, 0, 1, 0)
    app.page.session_state["marked_pairs"][other] = "relevant"
    app.click("unmark_0")
    assert app.log is not None
    assert app.log["marks"] == {}
    choose(app, Verdict.APPROVE).click("review_submit")
    assert app.store.reviews(id)[0].pairs == ()
    assert app.page.session_state["marked_pairs"] == {other: "relevant"}


def test_a_refused_review_keeps_the_marks(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    place = mark(opened(app), id, PairVerdict.RELEVANT)
    app.click("review_submit")
    assert app.page.session_state["marked_pairs"] == {place: "relevant"}


def test_lines_of_no_pair_are_refused(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    opened(app).click("missing_add")
    assert "Give both line numbers" in app.words
    app.page.number_input(key=f"effect_{id}").set_value(999)
    app.page.number_input(key=f"cause_{id}").set_value(1)
    app.click("missing_add")
    assert "Line 999 holds no event" in app.words
