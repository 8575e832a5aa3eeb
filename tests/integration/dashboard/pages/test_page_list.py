"""All decisions on Analyse: filters, order, pages, the address, and what blind reviewers are not to learn from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from audit import Gate, Order, QueueState, Role
from dashboard.features.analyse import decision_list
from dashboard.features.analyse.views.listing import ListView, from_address
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import add_all
from tests.support.dashboard.app import App


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    return App(monkeypatch, tmp_path, weights)


def fill(app: App, n: int, **changes: object) -> None:
    store = app.store
    made = [
        decision(
            **{
                "input_name": f"line {i % 3}-{i:02d}.log",
                "label": ("fault", "normal")[i % 2],
                "score": i / n,
                "started_at": f"2026-03-{1 + i % 28:02d}T09:30:00.000Z",
                "warnings": ("unfamiliar_input",) if i % 5 == 0 else (),
            }
            | changes
        )
        for i in range(n)
    ]
    add_all(store, [(one, blobs_of()) for one in made])


def shown(app: App) -> pd.DataFrame:
    (found,) = (shown.value for shown in app.page.dataframe if "Reviewed by" in shown.value.columns)
    return found


def test_pages_are_cut_in_the_record(app: App) -> None:
    fill(app, 40)
    app.run()
    assert len(shown(app)) == decision_list.PAGE
    assert "1 to 15 of 40" in app.words


def test_what_is_held_comes_first_and_the_upload_is_a_slim_bar(app: App) -> None:
    app.run()
    assert app.page.file_uploader[0].proto.label_visibility.value == 0
    fill(app, 2)
    fill(app, 2, gate=Gate.RELEASED, input_name="free.log")
    app.run()
    assert shown(app)["File"].tolist() == ["line 1-01.log", "line 0-00.log", "free.log", "free.log"]
    assert app.page.file_uploader[0].proto.label_visibility.value != 0


def test_a_link_opens_the_same_list(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> None:
    fill(app, 40)
    app.run()
    app.page.text_input(key="list_text").set_value("LINE 1").run()
    app.page.selectbox(key="list_label").set_value("fault").run()
    app.page.selectbox(key="list_order").set_value(Order.PROBABLE)
    app.run()
    names = shown(app)["File"].tolist()
    assert names == sorted((f"line 1-{i:02d}.log" for i in range(40) if i % 3 == 1 and i % 2 == 0), reverse=True)
    link = dict(app.page.query_params)
    assert {key: value for key, value in link.items() if key != "lang"} == {
        "find": "LINE 1",
        "verdict": "fault",
        "sort": "probable",
    }
    other = App(monkeypatch, tmp_path, weights)
    for key, value in link.items():
        other.page.query_params[key] = value
    other.run()
    assert shown(other)["File"].tolist() == names
    assert other.page.text_input(key="list_text").value == "LINE 1"


def test_the_last_page_by_link_and_a_page_beyond_it(app: App) -> None:
    fill(app, 40)
    app.page.query_params["page"] = "3"
    app.run()
    assert "31 to 40 of 40" in app.words
    app.page.session_state["decision_list"] = ListView(page=99)
    app.run()
    assert "31 to 40 of 40" in app.words


def test_other_filters_begin_with_the_first_page(app: App) -> None:
    fill(app, 40)
    app.page.query_params["page"] = "2"
    app.run()
    app.page.toggle(key="list_unfamiliar").set_value(True)
    app.run()
    assert "1 to 8 of 8" in app.words
    assert "page" not in app.page.query_params


def test_nothing_found_can_be_undone(app: App) -> None:
    fill(app, 3)
    app.page.query_params["find"] = "no such file"
    app.run()
    assert "No decision fits these filters" in app.words
    app.click("list_clear")
    assert "1 to 3 of 3" in app.words
    assert "find" not in app.page.query_params


def test_the_list_is_remembered_across_pages(app: App) -> None:
    fill(app, 6)
    app.page.query_params["verdict"] = "normal"
    app.run()
    app.open("record").open("analyse")
    assert "1 to 3 of 3" in app.words
    assert dict(app.page.query_params)["verdict"] == "normal"


def test_days_and_queue(app: App) -> None:
    fill(app, 10)
    app.run()
    app.page.date_input(key="list_first").set_value(date(2026, 3, 3)).run()
    app.page.date_input(key="list_last").set_value(date(2026, 3, 5))
    app.run()
    assert "1 to 3 of 3" in app.words
    app.page.selectbox(key="list_state").set_value(QueueState.SETTLED)
    app.run()
    assert "No decision fits" in app.words


def test_no_filter_and_no_order_tells_a_blind_reviewer_what_the_model_said(app: App) -> None:
    fill(app, 6, blind=True)
    app.account("root", Role.ADMIN)
    app.account("aiko", Role.REVIEWER)
    app.sign_in("aiko")
    assert shown(app)["Probability"].isna().all()
    newest = shown(app)["File"].tolist()
    app.page.selectbox(key="list_order").set_value(Order.PROBABLE)
    app.run()
    assert shown(app)["File"].tolist() == newest
    for key, value in (("list_label", "fault"), ("list_gate", Gate.HELD), ("list_unfamiliar", True)):
        kind = app.page.toggle if key == "list_unfamiliar" else app.page.selectbox
        kind(key=key).set_value(value)
        app.run()
        assert "No decision fits" in app.words, key
        app.click("list_clear")


@pytest.mark.parametrize(
    "address",
    [
        {
            "verdict": "<script>",
            "gate": "open",
            "queue": "x",
            "from": "yesterday",
            "to": "9999-01-01",
            "sort": "x",
            "page": "-1",
        },
        {"page": "²", "unfamiliar": "yes", "find": "\0\ud800"},
        {"page": "9" * 30, "from": "0001-01-01"},
    ],
)
def test_an_address_that_means_nothing_is_the_plain_list(address: dict[str, str]) -> None:
    assert from_address(address) == ListView()


def test_address_and_back() -> None:
    view = ListView(
        "ライン 4", "fault", Gate.HELD, QueueState.OPEN, date(2026, 3, 1), date(2026, 3, 2), True, Order.URGENT, page=7
    )
    assert from_address(view.address()) == view
    assert view.wanted.before == "2026-03-03T00:00:00.000Z"
    assert ListView().address() == {}
