"""Tables and figures with the files that they can be taken away as."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import streamlit
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from dashboard.shared.display import PLOTLY
from tests.support.dashboard.app import TIMEOUT

FIRST, PART = "entries-0a1b", "events"


# A table of which a column is not shown, a part of one, and a figure.
SHOWN = """
import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure, Scatter

from dashboard.shared import display
from dashboard.texts import Texts

t = Texts(st.query_params.get("lang", "en"))
table = pd.DataFrame({"line": [3, 4], "text": ["=1+1", "温度"], "secret": ["x", "y"]})

def whole() -> pd.DataFrame:
    st.session_state["asked"] = True
    return pd.DataFrame({"line": range(5)})

display.table(t, table, "entries", about="0a1b", column_order=["text", "line"])
display.table(t, table.head(1), "events", whole=whole)
display.figure(t, Figure(Scatter(x=[1], y=[2])), "heads", key="chart", about="0a1b")
"""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], bytes]]:
    """Return what a click would have made, by the file's name."""
    found: dict[str, Callable[[], bytes]] = {}
    register = MediaFileManager.add_deferred

    def noted(self, make, kind, coordinates, file_name=None, **options):  # type: ignore[no-untyped-def]
        found[file_name] = make
        return register(self, make, kind, coordinates, file_name, **options)

    monkeypatch.setattr(MediaFileManager, "add_deferred", noted)
    return found


@pytest.fixture
def page(files: dict[str, Callable[[], bytes]]) -> AppTest:
    made = AppTest.from_string(SHOWN, default_timeout=TIMEOUT).run()
    assert not made.exception
    return made


def test_every_format_is_offered_under_a_name_that_says_what_it_is(page, files):
    assert set(files) == {f"{stem}.{end}" for stem in (FIRST, PART) for end in ("csv", "jsonl", "parquet")} | {
        "heads-0a1b.html"
    }
    names = [part.proto.popover.label for part in page.get("popover")]
    assert names == ["Download entries\\-0a1b", "Download events", "Download heads\\-0a1b"]
    page.query_params["lang"] = "ja"
    page.run()
    assert [part.proto.popover.label for part in page.get("popover")][1] == "events をダウンロード"


def test_files_hold_the_columns_that_are_shown_and_no_other(page, files):
    assert files[f"{FIRST}.csv"]().decode("utf-8-sig") == "text,line\r\n'=1+1,3\r\n温度,4\r\n"
    rows = [{"text": "=1+1", "line": 3}, {"text": "温度", "line": 4}]
    assert [json.loads(line) for line in files[f"{FIRST}.jsonl"]().splitlines()] == rows
    assert pq.read_table(io.BytesIO(files[f"{FIRST}.parquet"]())).to_pylist() == rows


def test_nothing_is_made_before_it_is_asked_for(page, files):
    page.run()
    assert "asked" not in page.session_state
    assert files[f"{PART}.jsonl"]().count(b"\n") == 5


def test_every_text_of_plotly_that_is_replaced_is_one_that_it_shows():
    (library,) = (Path(streamlit.__file__).parent / "static" / "static" / "js").glob("PlotlyChart*.js")
    source = library.read_text(encoding="utf-8")
    assert not [english for english in PLOTLY if f"l(e,`{english}`)" not in source]


def test_a_figure_is_given_what_its_pictures_need(page):
    (part,) = page.get("bidi_component")
    data = json.loads(part.proto.json)
    assert (data["chart"], data["stem"]) == ("figure_chart", "heads-0a1b")
    assert set(data["words"]) == {"png", "svg", "failed"}
    (chart,) = page.get("plotly_chart")
    config = json.loads(chart.proto.config)
    assert config["locales"]["en"]["dictionary"]["Image download succeeded"] == "The picture is ready"
    assert config.get("displayModeBar", True)
