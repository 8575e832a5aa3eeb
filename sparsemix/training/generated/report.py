"""A training run drawn as a page: loss, penalties, selection, anchor, certificates and churn over the steps.

The page is one HTML file that needs no network. It is drawn from the ``training`` list of a weights' card, so any card can be
drawn again: ``python -m sparsemix report CARD --out FILE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sparsemix.atomic_files import replacing
from sparsemix.errors import WeightsError
from sparsemix.training.common.reliability import read_card

_WIDTH, _HEIGHT = 1100, 1200
_PER_HEAD = ("selected", "anchor_share", "certified", "churn")
_NEEDED = {"step", "loss", "penalty", "f1", "vitals", "action"}
_TITLES = (
    "task loss per check (moving mean)",
    "factor of the penalties",
    "event F1 on validation logs",
    "selected keys per query",
    "anchor's share of the weight",
    "share of certified queries",
    "churn: Jaccard distance to the best weights' selection",
)


def read_training(card: Path) -> list[dict[str, Any]]:
    """Read the reports of a run from a weights' card.

    Raises ``WeightsError`` when the file is not a card or has no complete reports of its training.
    """
    training = read_card(card).get("training")
    if not isinstance(training, list) or not training:
        raise WeightsError(f"{card} has no reports of its training")
    if not all(isinstance(report, dict) and set(report) >= _NEEDED for report in training):
        raise WeightsError(f"{card} has reports of its training that lack some of {', '.join(sorted(_NEEDED))}")
    return training


def figure(training: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw one panel per quantity, with a line per head where heads differ and a vertical line where the guard acted."""
    plot = make_subplots(rows=len(_TITLES), cols=1, shared_xaxes=True, subplot_titles=_TITLES, vertical_spacing=0.035)
    steps = [report["step"] for report in training]
    for row, name in enumerate(("loss", "penalty", "f1"), 1):
        plot.add_scatter(
            x=steps, y=[r[name] for r in training], name=name, line_color="#1f6f78", row=row, col=1, showlegend=False
        )
    with_vitals = [report for report in training if report["vitals"]]
    for row, name in enumerate(_PER_HEAD, 4):
        for layer, heads in enumerate(with_vitals[-1]["vitals"][name] if with_vitals else []):
            for head in range(len(heads)):
                plot.add_scatter(
                    x=[report["step"] for report in with_vitals],
                    y=[report["vitals"][name][layer][head] for report in with_vitals],
                    name=f"layer {layer + 1} head {head + 1}",
                    legendgroup=f"{layer} {head}",
                    line_dash="solid" if layer == 0 else "dot",
                    showlegend=row == 4,
                    row=row,
                    col=1,
                )
    for report in training:
        if report["action"]:
            plot.add_vline(x=report["step"], line_color="#b5502c", line_dash="dash")
    plot.update_yaxes(type="log", row=1, col=1)
    plot.update_xaxes(title_text="step", row=len(_TITLES), col=1)
    return plot.update_layout(
        width=_WIDTH, height=_HEIGHT, template="plotly_white", margin={"t": 40, "b": 40, "l": 60, "r": 20}
    )


def write_page(training: Sequence[dict[str, Any]], out: Path) -> None:
    """Write the page, replacing ``out`` only when it is complete."""
    with replacing(out) as partial:
        figure(training).write_html(partial, include_plotlyjs=True, full_html=True)
