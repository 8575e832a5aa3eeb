"""The comparison with what is usual, as a visitor uses it."""

import json
import threading

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.features.analyse.explain import usual_view as usual_page
from dashboard.service.common.turns import LONG
from dashboard.shared import cache
from dashboard.views.usual import header_width
from tests.support.dashboard.app import TIMEOUT, App
from tests.support.dashboard.made_decisions import record_made
from tests.support.dashboard.traces import head, trace
from tests.unit.dashboard.service.decide.test_usual_pairs import lines, made


def page():
    from dashboard.features.analyse.explain.usual_view import usual_view  # noqa: PLC0415
    from dashboard.shared import cache, session  # noqa: PLC0415

    usual_view(session.texts(), cache.loaded(session.access(), session.decision_id()))


@pytest.fixture
def app(monkeypatch, tmp_path, weights):
    usual_page.usual_tables.clear()
    shown = App(monkeypatch, tmp_path, weights)
    shown.page = AppTest.from_function(page, default_timeout=TIMEOUT)
    return shown


def show(app, decision, lang="en"):
    app.page.query_params["decision"], app.page.query_params["lang"] = decision, lang
    return app.run()


def strange(store):
    return record_made(store, lines(50, ("pump 1 on", "smoke")), trace(head(2, {(1, 0): 1.0})))


def test_with_too_few_decisions_it_says_what_to_do(app):
    show(app, strange(app.store))
    assert "there are 0" in app.words and not app.has_button("usual_compute")
    made(app.store, 1), made(app.store, 1)
    assert "there are 1" in app.run().words


def test_it_computes_and_shows_what_differs(app):
    decision = strange(app.store)
    for number in range(8):
        made(app.store, number, label="normal" if number % 2 else "fault")
    show(app, decision).click("usual_compute").finish("usual")
    assert "that none of the 8 others has: 1, with 100.0%" in app.words
    assert "From 9 decisions of this model, 4 normal and 5 faulty" in app.words
    tables = [table.value for table in app.page.dataframe]
    assert tables[0]["how"].tolist() == ["new"] and len(tables) == 2
    assert app.has_download("usual_csv")
    app.page.button_group(key="usual_among").set_value("normal")
    assert "the 4 others" in app.run().words


def test_of_logs_that_the_model_does_not_know_it_only_says_how_many(app):
    decision = strange(app.store)
    made(app.store, 9, warnings=("unfamiliar_input",))
    assert "there are 0" in show(app, decision).words
    for number in range(3):
        made(app.store, number)
    app.run().click("usual_compute").finish("usual")
    assert "From 4 decisions" in app.words and "of another model: 1." in app.words


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_tables_say_nothing_where_there_is_no_number_and_cut_no_header(app, lang):
    decision = strange(app.store)
    for number in range(8):
        made(app.store, number, label="normal" if number % 2 else "fault")
    show(app, decision, lang).click("usual_compute").finish("usual")
    tables = [table.proto for table in app.page.dataframe]
    assert len(tables) == 2 and {table.placeholder for table in tables} == {"–"}
    columns = [column for table in tables for column in json.loads(table.columns).values() if column.get("label")]
    assert len(columns) > 15
    assert all(column["width"] >= header_width(column["label"]) for column in columns)


def test_what_came_later_is_told_and_what_was_erased_is_not_shown(app):
    decision = strange(app.store)
    ids = [made(app.store, number) for number in range(4)]
    show(app, decision).click("usual_compute")
    cache.worker().wait(app.job("usual"), TIMEOUT)
    made(app.store, 9)
    app.run()
    assert "of their own (median)" in app.words
    assert "the 4 others" in app.words
    app.access.admin.erase(ids[0], "asked for", early=True)
    app.run()
    assert not app.page.dataframe
    app.click("usual_compute").finish("usual")
    assert "the 4 others" in app.words


def test_only_one_verdict_leaves_nothing_to_compare(app):
    decision = strange(app.store)
    for number in range(3):
        made(app.store, number)
    show(app, decision).click("usual_compute").finish("usual")
    assert "0 normal and 4 faulty" in app.words
    app.page.button_group(key="usual_among").set_value("normal")
    assert "no other such decision" in app.run().words


def test_a_blind_decision_is_not_compared(app):
    decision = record_made(app.store, lines(1), trace(head(3, {(1, 0): 1.0})), blind=True)
    for number in range(2, 5):
        made(app.store, number)
    show(app, decision)
    assert "reviewed blind" in app.words and not app.has_button("usual_compute")


def test_it_can_be_stopped(app):
    decision, waiting, go = strange(app.store), threading.Event(), threading.Event()
    for number in range(3):
        made(app.store, number)
    show(app, decision)

    def hold(progress):
        waiting.set()
        go.wait(TIMEOUT)

    before = cache.worker().submit(hold, size=LONG)
    assert waiting.wait(TIMEOUT)
    try:
        app.click("usual_compute")
        cache.worker().cancel(app.job("usual"))
    finally:
        go.set()
    cache.worker().wait(before.id, TIMEOUT)
    app.finish("usual")
    assert "Stopped" in app.page.info[0].value and not app.page.dataframe and app.has_button("usual_compute")
