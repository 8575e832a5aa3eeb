"""A figure as one HTML file."""

from __future__ import annotations

import re

import pytest
from plotly.graph_objects import Figure, Scatter

from dashboard.views.figure_files import to_html


def test_the_file_needs_nothing_else_and_the_figure_stays_as_it_is():
    figure = Figure(Scatter(x=[1], y=[2])).update_layout(xaxis_title="原因（行）")
    before = figure.to_json()
    page = to_html(figure, dark=False).decode()
    assert figure.to_json() == before
    assert len(page) > 1_000_000
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "\\u539f\\u56e0" in page or "原因" in page


@pytest.mark.parametrize("dark", [True, False])
def test_it_can_be_read_on_its_own_ground(dark):
    page = to_html(Figure(Scatter(x=[1], y=[2])), dark=dark).decode()
    assert ('"paper_bgcolor":"rgb(17,17,17)"' in page) == dark
    assert ('"paper_bgcolor":"white"' in page) == (not dark)
    assert ('<body style="background: rgb(17,17,17)">' in page) == dark


def test_a_text_of_a_log_is_no_markup_in_it():
    page = to_html(Figure(Scatter(x=[1], y=[2], text=["</script><script>alert(1)</script>"])), dark=False).decode()
    assert "<script>alert(1)" not in page
