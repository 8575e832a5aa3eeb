"""The panel Selection without a browser; boxes on the map are drawn in tests/browser."""

import re
import threading

import numpy as np
import pytest

from dashboard.features.analyse.selection import rings
from dashboard.features.analyse.selection.views.pair_filter import PairFilter
from dashboard.service.decide.explanation import ScoredAttribution
from dashboard.shared import cache
from sparsemix import Attribution
from sparsemix.explain.faithfulness import Faithfulness
from tests.support.audit.forging import edit
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
    app.open("selection")
    return app


def edges(app):
    """Return the boxes with the lines in view."""
    return [box for box in app.page.number_input if box.label != "Least margin"]


def ask(app, *lines):
    """Look at these lines, from and to, of the effects and of the causes."""
    for box, value in zip(edges(app), lines, strict=True):
        box.set_value(value)
    next(button for button in app.page.button if button.label == "Show only these pairs").click()
    app.run()


def head_shown(app):
    return app.page.selectbox(key="selection_head").value


def control(app, name):
    """Which axes, or what the cells show."""
    return next(part for part in app.page.segmented_control if part.key.startswith(f"selection_{name}_"))


def address(app, name):
    found = app.page.query_params[name]
    return found[0] if isinstance(found, list) else found


def pairs(app):
    """Return the listed pairs by their lines; none where the head selected none in view."""
    tables = [part.value for part in app.page.dataframe if (part.key or "").startswith("selection_pairs_")]
    return [(row.query_line, row.key_line) for table in tables for row in table.itertuples()]


def words(app):
    return "\n".join(str(part.value) for part in (*app.page.markdown, *app.page.caption))


def test_it_starts_at_the_head_that_carried_the_flagged_event(app):
    show(app, record_made(app.store, LINES, MADE))
    assert head_shown(app) == 1 and pairs(app) == [(40, 2), (40, 39)]
    assert app.page.selectbox(key="selection_head").options[1].startswith("1.2 · pairs: 2 (0.1 per line) · certified")
    assert [box.value for box in edges(app)] == [1, 40, 1, 40]


def test_a_region_by_numbers_opens_and_goes_back(app):
    show(app, record_made(app.store, LINES, MADE))
    ask(app, 11, 35, 1, 30)
    assert [box.value for box in edges(app)] == [11, 35, 1, 30]
    app.click("selection_back")
    assert [box.value for box in edges(app)] == [1, 40, 1, 40]


def test_a_pair_in_the_address_is_shown_on_the_map_and_chosen_in_the_log(app):
    show(app, record_made(app.store, LINES, MADE), pair="0-0-30-2")
    assert head_shown(app) == 0
    assert (address(app, "line"), address(app, "with")) == ("31", "3")


def test_a_pair_that_is_chosen_is_chosen_in_the_log(app):
    show(app, record_made(app.store, LINES, MADE), line="5")
    rounds = [part.proto.id for part in app.page.get("bidi_component")]
    app.page.session_state["selection_view"].choose((0, 1, 39, 1))
    app.run()
    assert (address(app, "line"), address(app, "with")) == ("40", "2")
    assert [part.proto.id for part in app.page.get("bidi_component")] != rounds


def test_the_sidebar_names_the_weights_that_decided(app):
    show(app, record_made(app.store, LINES, MADE))
    assert "This decision: unregistered 000000000000" in app.words
    assert "This decision" not in app.open("monitor").words


def test_a_link_opens_the_same_head_and_region(app, monkeypatch, tmp_path, weights):
    decision = record_made(app.store, LINES, MADE)
    show(app, decision)
    app.page.selectbox(key="selection_head").set_value(0)
    app.run()
    ask(app, 11, 35, 1, 25)
    query = {name: address(app, name) for name in ("head", "region")}
    other = App(monkeypatch, tmp_path, weights)
    show(other, decision, **query)
    assert head_shown(other) == 0
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
    assert pairs(app) == [(31, 3)]
    app.page.session_state["selection_view"].set_filter(PairFilter(margin=99.0))
    app.run()
    assert "selected no pair in this view" in words(app) and not pairs(app)


def test_pairs_of_two_kinds_of_lines_are_a_filter_that_a_click_takes_out(app):
    lines = [*LINES[:30], "2026-03-02T10:00:30Z ERROR motor stalled", *LINES[31:]]
    decision = record_made(app.store, lines, MADE)
    show(app, decision, head="0-0", filter='{"templates": [null, "INFO step <*>"]}')
    # Both kinds are frequent enough to be named, so that there is no other one.
    assert not pairs(app)
    app.click("filter_without_templates")
    assert "filter" not in app.page.query_params
    app.page.session_state["selection_view"].set_filter(PairFilter(templates=("ERROR motor stalled", "INFO step <*>")))
    app.run()
    assert pairs(app) == [(31, 3), (31, 21)]


def test_only_pairs_from_one_level_or_station_to_another_are_shown(app, monkeypatch, tmp_path, weights):
    lines = [f"2026-03-02T10:00:{i:02d}Z {'ERROR' if i == 30 else 'INFO'} ST0{i % 3} PLC step {i}" for i in range(40)]
    decision = record_made(app.store, lines, MADE)
    show(app, decision, head="0-0")
    for label, value in (("Level or station of the effect", "ERROR"), ("Level or station of the cause", "ST02")):
        next(box for box in app.page.multiselect if box.label == label).set_value([value])
    ask(app, 1, 40, 1, 40)
    assert len(pairs(app)) == 2
    link = address(app, "filter")
    assert link == '{"effects":["ERROR"],"causes":["ST02"]}'
    other = App(monkeypatch, tmp_path, weights)
    show(other, decision, head="0-0", filter=link)
    assert len(pairs(other)) == 2
    other.click("filter_without_all")
    assert "filter" not in other.page.query_params


@pytest.mark.parametrize("wrong", ["{", "[]", '{"text":5,"side":[1]}', "[" * 1900, '{"effects":5}'])
def test_a_filter_in_a_link_that_is_none_shows_everything(app, wrong):
    show(app, record_made(app.store, LINES, MADE), head="0-0", filter=wrong)
    assert pairs(app) and not app.has_button("filter_without_all") and not app.page.error


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
    edit(str(app.db), "UPDATE blobs SET data = zeroblob(length(data))")
    show(app, decision)
    assert "differ from what was recorded" in app.page.error[0].value
    assert not app.page.number_input


def test_rings_need_the_weights_that_made_the_decision(app):
    choose_rings(show(app, record_made(app.store, LINES, MADE)))
    assert "other weights" in app.words and not app.has_button("selection_compute")


def test_rings_tell_how_far_they_can_be_believed(app):
    choose_rings(show(app, app.run().analyse("line.log", LOG)))
    finish(app)
    assert re.search(r"Rings: pairs through which line \d+ was reached.*The sum is off by [\d\\.]+.*of 4 tests", words(app))


def test_rings_that_are_cancelled_leave_the_page_as_it_was(app, monkeypatch):
    reached, go = threading.Event(), threading.Event()

    def slow(_rerun, _target, _method, progress):
        reached.set()
        assert go.wait(TIMEOUT)
        progress(0.5, "attribution")

    monkeypatch.setattr(rings, "scored", slow)
    choose_rings(show(app, app.run().analyse("line.log", LOG)))
    assert reached.wait(TIMEOUT)
    app.run()
    assert app.page.number_input, "the rest of the page waits for the work"
    app.click("cancel_influence")
    go.set()
    finish(app)
    assert "Stopped. Nothing was stored." in app.words
    assert app.has_button("selection_compute")


def test_rings_wait_while_too_many_jobs_do(app, gate):
    show(app, app.run().analyse("line.log", LOG))
    app.keep_busy(gate)
    choose_rings(app)
    assert "you have too many runs waiting" in app.words
    assert app.has_button("selection_compute")


def test_rings_that_fail_are_reported_and_can_be_tried_again(app, monkeypatch, caplog):
    show(app, app.run().analyse("line.log", LOG))
    with monkeypatch.context() as patch:
        patch.setattr(rings, "scored", broken)
        choose_rings(app)
        job = finish(app, check=False)
    assert not app.page.exception
    assert job in app.words and job in caplog.text and "division" not in app.words
    monkeypatch.setattr(rings, "scored", quick)
    app.page.button(key="selection_compute").click().run()
    finish(app)
    assert "Rings: pairs" in words(app)


def test_rings_once_computed_are_there_for_the_next_visitor(app, monkeypatch, tmp_path, weights):
    decision = app.run().analyse("line.log", LOG)
    monkeypatch.setattr(rings, "scored", quick)
    choose_rings(show(app, decision))
    finish(app)
    other = App(monkeypatch, tmp_path, weights)
    monkeypatch.setattr(rings, "scored", broken)
    choose_rings(show(other, decision))
    assert "Rings: pairs" in words(other)
    monkeypatch.setattr(rings, "scored", quick)
    other.page.query_params["line"] = "7"
    other.run()
    finish(other)
    assert "through which line 7 was reached" in words(other), "they are those of the line that is chosen in the log"


def quick(rerun, target, method, _progress):
    length = len(rerun.sequence)
    attribution = Attribution(method, target, np.arange(length), np.ones(length, np.float32), 24.0, 0.0, 0.0, 50)
    score = Faithfulness(0.1, 0.0, 1.0, 0.0, 0.4, 0.9)
    return ScoredAttribution(attribution, score, Faithfulness(0.0, 0.1, 0.2, 1.0, 0.6, 0.7), 4)


def broken(*_args, **_options):
    return 1 / 0


def choose_rings(app):
    app.page.selectbox(key="selection_rings").select("integrated_gradients").run()


def finish(app, check=True):
    """Wait for the attribution under way; return its job's id."""
    ids = app.page.session_state["jobs"]
    id = next(ids[name] for name in reversed(ids) if name.startswith("influence_"))
    # Hundreds of steps through the network, on a machine that may have other work.
    cache.worker().wait(id, 6 * TIMEOUT)
    if check:
        app.run()
    else:
        app.page.run()
    return id


def test_the_page_speaks_japanese(app):
    show(app, record_made(app.store, LINES, MADE), lang="ja", pair="0-0-30-2")
    assert "枠を描くと拡大します" in words(app)
