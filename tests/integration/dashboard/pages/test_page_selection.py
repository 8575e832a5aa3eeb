"""The panel Selection without a browser; boxes on the map are drawn in tests/browser."""

import json
import sqlite3
import threading

import numpy as np
import pytest

from audit import PairVerdict
from dashboard.features.analyse import method_overlay
from dashboard.features.analyse.selection.pair_influence import OVERLAY
from dashboard.features.analyse.selection.views.pair_filter import PairFilter
from dashboard.service.decide.explanation import ScoredAttribution
from dashboard.shared import cache, jobs
from sparsemix import Attribution
from sparsemix.explain.faithfulness import Faithfulness
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace

LINES = [f"2026-03-02T10:00:{i:02d}Z INFO step {i}" for i in range(40)]
MADE = trace(
    head(40, {(30, 2): 0.75, (30, 20): 0.25, (5, 5): 1.0}, near={(30, 9): 0.5}), head(40, {(39, 1): 0.5, (39, 38): 0.5})
)


@pytest.fixture
def app(monkeypatch, tmp_path, weights):
    return App(monkeypatch, tmp_path, weights)


def show(app, decision=None, **query):
    if decision:
        app.page.query_params["decision"] = decision
    for name, value in query.items():
        app.page.query_params[name] = value
    app.run()
    for name, value in {"decision": decision, **query}.items():
        if value:
            app.page.query_params[name] = value
    return app.open("selection")


def edges(app):
    """Return the boxes with the lines in view."""
    return [box for box in app.page.number_input if box.label != "Least margin"]


def control(app, name):
    """Which axes, or what the cells show."""
    return next(part for part in app.page.segmented_control if part.key.startswith(f"selection_{name}_"))


def address(app, name):
    found = app.page.query_params[name]
    return found[0] if isinstance(found, list) else found


def table_with(app, *columns):
    return next(part.value for part in app.page.dataframe if {*columns} <= {*part.value.columns})


def lines_table(app):
    return next(part.value for part in app.page.dataframe if part.key and part.key.startswith("selection_lines_"))


def words(app):
    return "\n".join(str(part.value) for part in (*app.page.markdown, *app.page.caption))


def test_it_starts_at_the_head_that_carried_the_flagged_event(app):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision)
    assert app.page.header[0].value == "Map of layer 1, head 2"
    assert [box.value for box in edges(app)] == [1, 40, 1, 40]


def test_a_region_by_numbers_opens_and_goes_back(app):
    show(app, record_made(app.store, LINES, MADE))
    for box, value in zip(edges(app), (11, 35, 1, 30), strict=True):
        box.set_value(value)
    next(button for button in app.page.button if button.label == "Show these lines").click()
    app.run()
    assert [box.value for box in edges(app)] == [11, 35, 1, 30]
    app.click("selection_back")
    assert [box.value for box in edges(app)] == [1, 40, 1, 40]


def test_a_pair_in_the_address_is_explained_and_its_mark_kept(app):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, pair="0-0-30-2")
    assert [code.value for code in app.page.code] == [LINES[30], LINES[2]]
    said = words(app)
    assert "75\\.0%" in said and "28 lines \\(28\\.0 s\\) earlier" in said and "Certified: the search proved" in said
    assert "Near misses (1)" in said and "Other causes of this effect (1)" in said
    mark = next(part for part in app.page.button_group if part.key and part.key.startswith("opinion_"))
    mark.set_value(PairVerdict.SPURIOUS)
    app.run()
    assert app.page.session_state["marked_pairs"] == {(decision, 0, 0, 30, 2): "spurious"}


def test_the_sidebar_names_the_weights_that_decided(app):
    show(app, record_made(app.store, LINES, MADE))
    assert "This decision: unregistered 000000000000" in app.words
    assert "This decision" not in app.open("monitor").words


def test_a_link_opens_the_same_head_and_region(app, monkeypatch, tmp_path, weights):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision)
    app.page.segmented_control(key="selection_head").set_value(0)
    app.run()
    for box, value in zip(edges(app), (11, 35, 1, 25), strict=True):
        box.set_value(value)
    next(button for button in app.page.button if button.label == "Show these lines").click()
    app.run()
    query = {name: app.page.query_params[name] for name in ("head", "region")}
    other = App(monkeypatch, tmp_path, weights)
    show(other, decision, **{name: value[0] if isinstance(value, list) else value for name, value in query.items()})
    assert other.page.header[0].value == "Map of layer 1, head 1"
    assert [box.value for box in edges(other)] == [11, 35, 1, 25]


def test_axes_and_cells_stand_in_the_address_and_back_undoes_them(app, monkeypatch, tmp_path, weights):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, head="0-0")
    for name, value in (("axes", "distance"), ("cells", "count")):
        control(app, name).set_value(value)
        app.run()
    other = App(monkeypatch, tmp_path, weights)
    show(other, decision, head="0-0", **{name: address(app, name) for name in ("axes", "cells")})
    assert (control(other, "axes").value, control(other, "cells").value) == ("distance", "count")
    assert "Left: causes before their effect" in words(other)
    app.click("selection_back")
    assert (control(app, "axes").value, control(app, "cells").value) == ("distance", "weight")
    app.click("selection_back")
    assert control(app, "axes").value == "lines"
    assert "axes" not in app.page.query_params and app.page.button(key="selection_back").disabled


@pytest.mark.parametrize("wrong", [{"axes": "diagonal"}, {"cells": "<b>"}, {"axes": ""}])
def test_axes_in_a_link_that_are_none_show_the_lines(app, wrong):
    show(app, record_made(app.store, LINES, MADE), **wrong)
    assert (control(app, "axes").value, control(app, "cells").value) == ("lines", "weight")


@pytest.mark.parametrize("axes", ["distance", "templates"])
def test_other_axes_obey_filter_and_region_and_have_no_trouble_with_nothing(app, axes):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, head="0-0", axes=axes, region="20-40-0-10")
    assert "Pairs: 1, the strongest first" in words(app)
    app.page.session_state["selection_view"].set_filter(PairFilter(margin=99.0))
    app.run()
    assert "selected no pair in this view" in words(app)


def test_pairs_of_two_kinds_of_lines_are_a_filter_that_a_click_takes_out(app):
    lines = [*LINES[:30], "2026-03-02T10:00:30Z ERROR motor stalled", *LINES[31:]]
    decision = record_made(app.store, lines, MADE)
    show(app, decision, head="0-0", filter='{"templates": [null, "INFO step <*>"]}')
    # Both kinds are frequent enough to be named, so that there is no other one.
    assert "Pairs in this view that fit the filter: 0" in words(app)
    app.click("filter_without_templates")
    assert "filter" not in app.page.query_params
    app.page.session_state["selection_view"].set_filter(PairFilter(templates=("ERROR motor stalled", "INFO step <*>")))
    app.run()
    assert "Pairs in this view that fit the filter: 2" in words(app)


def test_lines_are_left_out_by_time_and_what_is_no_span_of_time_changes_nothing(app):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, head="0-0")

    def ask(since, until):
        for label, value in (("From", since), ("To", until)):
            next(box for box in app.page.text_input if box.label == label).set_value(value)
        next(button for button in app.page.button if button.label == "Show only these pairs").click()
        app.run()

    ask("2026-03-02 10:00:25", "")
    assert "Pairs in this view that fit the filter: 2" in words(app)
    ask("10:00:05", "10:00:05")
    assert "Pairs in this view that fit the filter: 1" in words(app)
    for since, until, said in (
        ("2026-03-03", "2026-03-02", "end lies before the beginning"),
        ("soon", "", "This is not a time: soon"),
        ("2026-03-02", "10:00", "a time of day"),
    ):
        ask(since, until)
        assert said in app.page.error[0].value
        assert "Pairs in this view that fit the filter: 1" in words(app)


def test_a_chosen_pair_stands_out_among_the_lines(app):
    show(app, record_made(app.store, LINES, MADE), pair="0-0-30-2")
    table = lines_table(app)
    marks = dict(zip(table.line, table["mark"], strict=True))
    assert marks[31] == "▶ Effect" and marks[3] == "◆ Cause" and len(marks) == 13
    app.click("selection_lines_in_view")
    assert not any("Effect" in mark for mark in lines_table(app)["mark"])
    assert "pair" not in app.page.query_params


def test_several_lines_are_summed_and_only_their_pairs_shown(app):
    show(app, record_made(app.store, LINES, MADE), head="0-0")
    app.page.session_state["selection_view"].choose_lines((5, 30))
    app.run()
    assert [metric.value for metric in app.page.metric][4:7] == ["1", "2", "0"]
    sums = table_with(app, "weight_among")
    assert sums[["layer", "head", "weight_in"]].to_numpy().tolist() == [[1, 1, 1.0], [1, 2, 0.0]]
    partners = table_with(app, "pairs", "weight_out")
    assert partners.line.tolist() == [3, 21] and partners.weight.tolist() == [0.75, 0.25]
    assert "3 pairs of the 2 lines chosen below" in words(app)
    assert address(app, "lines") == "5-30"
    app.click("selection_sum_only")
    assert "Pairs in this view that fit the filter: 3" in words(app)
    assert json.loads(address(app, "filter")) == {"lines": [5, 30]}
    app.click("selection_back")
    assert "filter" not in app.page.query_params


@pytest.mark.parametrize(("named", "chosen"), [("30-5", (5, 30)), ("5-999999", (5,)), ("5,30", ()), ("x" * 9_000, ())])
def test_a_link_names_chosen_lines(app, named, chosen):
    show(app, record_made(app.store, LINES, MADE), head="0-0", lines=named)
    assert app.page.session_state["selection_view"].lines == chosen


def test_lines_are_found_and_a_link_finds_them_too(app, monkeypatch, tmp_path, weights):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, head="0-0")
    next(box for box in app.page.text_input if box.label == "Text in the line").set_value("step (2|5)$")
    next(box for box in app.page.toggle if "pattern" in box.label).set_value(True)
    next(button for button in app.page.button if button.label == "Show only these pairs").click()
    app.run()
    assert "Pairs in this view that fit the filter: 2" in words(app)
    link = app.page.query_params["filter"]
    other = App(monkeypatch, tmp_path, weights)
    show(other, decision, head="0-0", filter=link[0] if isinstance(link, list) else link)
    assert "Pairs in this view that fit the filter: 2" in words(other)
    other.click("filter_clear")
    assert "fit the filter" not in words(other)
    assert "filter" not in other.page.query_params


def test_a_pattern_that_is_none_changes_nothing(app):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision)
    next(box for box in app.page.text_input if box.label == "Text in the line").set_value("(")
    next(box for box in app.page.toggle if "pattern" in box.label).set_value(True)
    next(button for button in app.page.button if button.label == "Show only these pairs").click()
    app.run()
    assert "This is not a pattern" in app.page.error[0].value
    assert "fit the filter" not in words(app)


@pytest.mark.parametrize("wrong", ["{", "[]", '{"text":5,"side":[1]}', "[" * 1900, '{"text":"(","pattern":true}'])
def test_a_filter_in_a_link_that_is_none_shows_everything(app, wrong):
    show(app, record_made(app.store, LINES, MADE), filter=wrong)
    assert "fit the filter" not in words(app)
    assert not app.page.error


@pytest.mark.parametrize(("head", "region"), [("9-9", "0-900-0-900"), ("x", "5-2-0-9"), ("0-0-0", "1-2")])
def test_a_link_that_does_not_fit_shows_the_whole_log(app, head, region):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision, head=head, region=region)
    assert [box.value for box in edges(app)] == [1, 40, 1, 40]


@pytest.mark.parametrize("pair", ["0-0-30-3", "9-9-9-9", "x", "0-0-99999-1"])
def test_a_pair_that_was_not_selected_gives_a_message(app, pair):
    show(app, record_made(app.store, LINES, MADE), pair=pair)
    assert "did not select" in app.page.warning[0].value


def test_stored_evidence_that_was_changed_is_not_shown(app):
    decision = record_made(app.store, LINES, MADE)
    with sqlite3.connect(app.db) as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'blobs'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE blobs SET data = zeroblob(length(data))")
    database.close()
    show(app, decision)
    assert "differ from what was recorded" in app.page.error[0].value
    assert not app.page.number_input


def test_contributions_need_the_weights_that_made_the_decision(app):
    show(app, record_made(app.store, LINES, MADE))
    assert "other weights" in app.words
    assert "selection_compute" not in [button.key for button in app.page.button]


def test_contributions_are_shown_as_typed_and_add_up_in_words(app):
    decision = app.run().analyse("line.log", LOG.replace(b"pressure", b"<b>pressure</b>"))
    show(app, decision)
    compute(app)
    said = words(app)
    assert app.page.button(key="selection_compute").disabled
    assert "add up" in said or "Read with care" in said
    html = influence(app)
    assert "&lt;b&gt;pressure" in html and "<b>" not in html


def test_contributions_that_are_cancelled_leave_the_page_as_it_was(app, monkeypatch):
    reached, go = threading.Event(), threading.Event()

    def slow(_rerun, _target, _method, progress):
        reached.set()
        assert go.wait(TIMEOUT)
        progress(0.5, "attribution")

    monkeypatch.setattr(method_overlay, "scored", slow)
    show(app, app.run().analyse("line.log", LOG))
    app.click("selection_compute")
    assert reached.wait(TIMEOUT)
    app.run()
    assert app.page.button(key="selection_compute").disabled
    assert app.page.number_input, "the rest of the page waits for the work"
    app.click("cancel_influence")
    go.set()
    finish(app)
    assert "Stopped. Nothing was stored." in app.words
    assert not app.page.button(key="selection_compute").disabled


def test_contributions_wait_while_too_many_jobs_do(app, gate):
    show(app, app.run().analyse("line.log", LOG))
    waiting = [cache.worker().submit(lambda progress: gate.wait(TIMEOUT)) for _ in range(jobs.AT_ONCE)]
    app.page.session_state["jobs"].update({job.id: job.id for job in waiting})
    app.click("selection_compute")
    assert "you have too many runs waiting" in app.words
    assert not app.page.button(key="selection_compute").disabled


def test_contributions_that_fail_are_reported_and_can_be_tried_again(app, monkeypatch, caplog):
    show(app, app.run().analyse("line.log", LOG))
    with monkeypatch.context() as patch:
        patch.setattr(method_overlay, "scored", broken)
        app.page.button(key="selection_compute").click().run()
        job = finish(app, check=False)
    assert not app.page.exception
    assert job in app.words and job in caplog.text and "division" not in app.words
    monkeypatch.setattr(method_overlay, "scored", quick)
    app.page.button(key="selection_compute").click().run()
    finish(app)
    assert influence(app)


def test_contributions_once_computed_are_there_for_the_next_visitor(app, monkeypatch, tmp_path, weights):
    decision = app.run().analyse("line.log", LOG)
    show(app, decision)
    monkeypatch.setattr(method_overlay, "scored", quick)
    compute(app)
    other = App(monkeypatch, tmp_path, weights)
    monkeypatch.setattr(method_overlay, "scored", broken)
    show(other, decision)
    assert influence(other)


def test_the_map_has_no_rings_of_contributions_that_are_not_shown(app, monkeypatch):
    monkeypatch.setattr(method_overlay, "scored", quick)
    show(app, app.run().analyse("line.log", LOG))
    compute(app)
    assert app.page.session_state[OVERLAY][-1] == "integrated_gradients"
    app.page.selectbox(key="selection_method").select("gradient_x_activation").run()
    assert not influence(app) and app.page.session_state[OVERLAY] is None


def quick(rerun, target, method, _progress):
    length = len(rerun.sequence)
    attribution = Attribution(method, target, np.arange(length), np.ones(length, np.float32), 24.0, 0.0, 0.0, 50)
    score = Faithfulness(0.1, 0.0, 1.0, 0.0, 0.4, 0.9)
    return ScoredAttribution(attribution, score, Faithfulness(0.0, 0.1, 0.2, 1.0, 0.6, 0.7), 4)


def broken(*_args, **_options):
    return 1 / 0


def finish(app, check=True):
    """Wait for the attribution under way; return its job's id."""
    decision = app.page.session_state["decision_id"]
    target = app.page.selectbox(key=f"selection_target_{decision}").value
    id = app.page.session_state["jobs"][f"influence_{decision}_{target}_integrated_gradients"]
    # Hundreds of steps through the network, on a machine that may have other work.
    cache.worker().wait(id, 6 * TIMEOUT)
    if check:
        app.run()
    else:
        app.page.run()
    return id


def influence(app):
    """Return the coloured text's HTML."""
    return "".join(part.proto.body for part in app.page.get("html") if "influence" in part.proto.body)


def compute(app):
    app.click("selection_compute")
    finish(app)


def test_the_page_speaks_japanese(app):
    show(app, record_made(app.store, LINES, MADE), lang="ja", pair="0-0-30-2")
    assert "見落としていないことを、探索が証明しました" in words(app)
