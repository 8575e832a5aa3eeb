"""No text of a log, a file or a person becomes markup in a figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.views.markup_in_figures import harmless

LINK = '<a href="https://evil.example">ST05</a>'
SHOWN = '&lt;a href="https://evil.example">ST05&lt;/a>'


@pytest.mark.parametrize(
    "figure",
    [
        go.Figure(go.Bar(x=[LINK], y=[1])),
        go.Figure(go.Scatter(x=[1], y=[1], text=[LINK], name=LINK)),
        go.Figure(go.Heatmap(z=[[1]], y=np.array([LINK], dtype=object), customdata=[[[LINK]]])),
        go.Figure(
            layout={"title": {"text": LINK}, "annotations": [{"text": LINK}], "xaxis": {"ticktext": [LINK], "tickvals": [0]}}
        ),
        go.Figure(go.Scatter(x=[1], y=[1], hovertemplate=f"{LINK}<br>%{{y}}<extra></extra>")),
    ],
)
def test_a_link_is_shown_as_it_is_written(figure: go.Figure) -> None:
    told = str(harmless(figure).to_plotly_json())
    assert "<a " not in told and "</a>" not in told
    assert SHOWN in told


def test_lines_still_end_and_a_figure_without_markup_stays_itself() -> None:
    plain = go.Figure(go.Scatter(x=np.arange(3), y=["a", "b", "c"], text=["1<br>2"] * 3, hovertemplate="%{y}<extra></extra>"))
    assert harmless(plain) is plain
