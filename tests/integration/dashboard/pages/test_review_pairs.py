"""Review: what people say of pairs, and of pairs that the model did not select."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import PairVerdict, Verdict
from dashboard.service.decide.pipeline import load
from dashboard.views.pairs import region_pairs
from dashboard.views.verdict import suspects
from sparsemix import SparseMixModel
from tests.support.dashboard.app import App
from tests.support.dashboard.reviewing import choose, fill, opened


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def test_opinions_on_pairs_and_a_missing_pair(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    opened(app)
    controls = [c for c in app.page.segmented_control if c.key and c.key.startswith("opinion_")]
    assert controls
    controls[0].set_value(PairVerdict.SPURIOUS)
    app.run()
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
    app.click("missing_add").click("missing_add")
    assert "in your list already" in app.words
    choose(app, Verdict.APPROVE).click("review_submit")
    pairs = app.store.reviews(id)[0].pairs
    assert [p.verdict for p in pairs] == [PairVerdict.SPURIOUS, PairVerdict.MISSING]
    assert (pairs[1].layer, pairs[1].head, pairs[1].query, pairs[1].key) == (None, None, effect, cause)
    app.page.query_params["decision"] = id
    assert f"Missing: effect line {effect + 1} ← cause line {cause + 1}\n" in f"{app.run().words}\n"
    assert controls[0].key == f"opinion_{id}_{pairs[0].layer}_{pairs[0].head}_{pairs[0].query}_{pairs[0].key}"


def selected(app: App, id: str, *, suspect: bool) -> tuple[int, int, int, int]:
    """Return the weakest selected pair of an event that Review shows, or of an event that it does not show."""
    loaded = load(app.store, id)
    listed = {event.index for event in suspects(loaded.summary.decision, 5)}
    found = region_pairs(loaded.sequence, loaded.trace, 1, 1, (0, 24), (0, 24), 1_000, own=False)
    row = found[found["query"].isin(listed) == suspect].iloc[-1]
    return 1, 1, int(row["query"]), int(row["key"])


@pytest.mark.parametrize("suspect", [True, False])
def test_a_mark_from_the_selection_page_is_stored_and_then_cleared(app: App, model: SparseMixModel, suspect: bool) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=suspect)
    other = ("0" * 32, 0, 0, 1, 0)
    app.page.session_state["marked_pairs"] = {(id, *pair): "spurious", other: "relevant"}
    opened(app)
    assert ("Other pairs that you marked" in app.words) is not suspect
    control = app.page.segmented_control(key="opinion_" + "_".join(map(str, (id, *pair))))
    assert control.value == PairVerdict.SPURIOUS
    control.set_value(PairVerdict.RELEVANT)
    app.run()
    choose(app, Verdict.APPROVE).click("review_submit")
    (stored,) = app.store.reviews(id)[0].pairs
    assert (stored.layer, stored.head, stored.query, stored.key, stored.verdict) == (*pair, PairVerdict.RELEVANT)
    assert app.page.session_state["marked_pairs"] == {other: "relevant"}


def test_a_mark_can_be_removed_on_review(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=False)
    app.page.session_state["marked_pairs"] = {(id, *pair): "relevant"}
    opened(app)
    key = "opinion_" + "_".join(map(str, (id, *pair)))
    app.page.segmented_control(key=key).set_value(None)
    app.run()
    assert key not in [control.key for control in app.page.segmented_control]
    choose(app, Verdict.APPROVE).click("review_submit")
    assert app.store.reviews(id)[0].pairs == ()


def test_a_refused_review_keeps_the_marks(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    pair = selected(app, id, suspect=True)
    app.page.session_state["marked_pairs"] = {(id, *pair): "relevant"}
    opened(app).click("review_submit")
    assert app.page.session_state["marked_pairs"] == {(id, *pair): "relevant"}


def test_a_missing_pair_can_be_taken_back(app: App, model: SparseMixModel) -> None:
    (id,) = fill(app, model)
    opened(app)
    app.click("missing_add")
    assert "Give both line numbers" in app.words
    app.page.number_input(key=f"effect_{id}").set_value(999)
    app.page.number_input(key=f"cause_{id}").set_value(1)
    app.click("missing_add")
    assert "Line 999 holds no event" in app.words
