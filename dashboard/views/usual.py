"""Usually selected kinds of pairs as tables and a chart: shares in percent of a decision's selected weight."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.service.decide.usual_comparison import CONFIDENCE, FACTOR, MIN_OTHERS, Differences, How
from dashboard.service.decide.usual_pairs import Usual
from dashboard.texts import Texts
from dashboard.views.pair_map import Say

# Blue and orange differ in every kind of colour blindness and stand out from a bright and from a dark page; the shapes of the
# marks differ as well.
NORMAL, FAULTY = "#3182bd", "#e69f00"
_LABEL = 30  # characters of each side of a kind in the chart
_HOVER = 90
_BAR = 26  # pixels a kind
_LEAST = 64  # pixels: the least width of a column of numbers
_NARROW, _WIDE, _AROUND = 7, 14, 22  # pixels of a Latin and of a Japanese character in a header, and of the space around them


def basis(usual: Usual, t: Texts) -> str:
    """Say how many decisions the numbers rest on, how many were left out, and why."""
    faulty = int(usual.faulty.sum())
    words = t("usual.basis", n=len(usual.ids), faulty=faulty, normal=len(usual.ids) - faulty)
    left = usual.candidates
    out = left.blind + left.other_weights + left.unfamiliar + left.repeated + usual.gone
    words += f" {t('usual.left', n=out)}" if out else ""
    return words + (f" {t('usual.cut', n=usual.cut)}" if usual.cut else "")


def sentence(differences: Differences, t: Texts) -> str:
    """Describe how a decision differs, in plain words."""
    new = differences.count(How.NEW)
    key = {0: "usual.none_new", 1: "usual.new_one"}.get(new, "usual.new")
    words = [t(key, n=new, others=differences.others, share=differences.new_share)]
    if differences.others >= MIN_OTHERS:
        words.append(t("usual.more_less", more=differences.count(How.MORE), less=differences.count(How.LESS)))
    return " ".join(words)


def measure(differences: Differences, t: Texts) -> str:
    """Explain what new, more and less mean, and how often an ordinary decision has them."""
    ordinary = {how.value: f"{differences.ordinary[how]:g}" for how in How}
    if differences.others < MIN_OTHERS:
        return " ".join([t("usual.measure.new", **ordinary), t("usual.measure.few", least=MIN_OTHERS)])
    return " ".join([t("usual.measure.all", **ordinary), t("usual.measure.rank", factor=f"{FACTOR:g}")])


def in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with shares, and differences of shares, in percent (points)."""
    shares = [name for name in ("share", "usual", "normal", "faulty", "difference", "low", "high") if name in table.columns]
    return table.assign(**{name: 100 * table[name] for name in shares})


def differences_table(table: pd.DataFrame, t: Texts) -> pd.DataFrame:
    """Return a table of ``differs`` for people: shares in percent, the kind of difference in words."""
    return in_percent(table).assign(how=[t.plain(f"usual.how.{how}") for how in table["how"]])


def header_width(label: str) -> int:
    """Return the width that a column needs for its header, in pixels: headers do not wrap, and longer ones are cut."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in label)
    return max(_LEAST, _AROUND + _WIDE * wide + _NARROW * (len(label) - wide))


def dumbbells(table: pd.DataFrame, say: Say) -> go.Figure:
    """Draw for each row of ``contrast`` the mean shares in normal and in faulty decisions, joined by a line; first row on
    top."""
    rows: list[dict[str, Any]] = [dict(zip(table.columns, row, strict=True)) for row in table.to_numpy(object)]
    place = np.arange(len(rows))
    figure = go.Figure()
    between = np.full((len(rows), 3), np.nan)
    between[:, 0], between[:, 1] = 100 * table["normal"], 100 * table["faulty"]
    figure.add_trace(
        go.Scatter(
            x=between.ravel().tolist(),
            y=np.repeat(place, 3).tolist(),
            mode="lines",
            line={"color": "rgba(128,128,128,0.6)", "width": 2},
            connectgaps=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for side, colour, symbol in (("normal", NORMAL, "circle"), ("faulty", FAULTY, "diamond")):
        figure.add_trace(
            go.Scatter(
                x=(100 * table[side]).tolist(),
                y=place.tolist(),
                mode="markers",
                name=say(f"usual.side.{side}"),
                marker={"color": colour, "symbol": symbol, "size": 11},
                text=[_hover(row, say) for row in rows],
                hovertemplate="%{text}<extra></extra>",
                cliponaxis=False,
            )
        )
    figure.update_layout(
        height=110 + _BAR * len(rows),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        hoverlabel={"align": "left"},
        xaxis={"title": {"text": say("usual.axis")}, "rangemode": "tozero", "ticksuffix": " %"},
        yaxis={
            "tickmode": "array",
            "tickvals": place.tolist(),
            "ticktext": [f"{_short(row['query'], _LABEL)} ← {_short(row['key'], _LABEL)}" for row in rows],
            "range": [len(rows) - 0.5, -0.5],
            "automargin": True,
            "zeroline": False,
        },
    )
    return figure


def _hover(row: dict[str, Any], say: Say) -> str:
    lines = [f"{say(f'usual.column.{side}')}: {_short(row[side], _HOVER)}" for side in ("query", "key")]
    lines.append(say("usual.hover", normal=row["normal"], faulty=row["faulty"]))
    if not np.isnan(row["low"]):
        lines.append(say("usual.hover_interval", sure=CONFIDENCE, low=100 * row["low"], high=100 * row["high"]))
    return "<br>".join(lines)


def _short(text: str, most: int) -> str:
    return escape(text if len(text) <= most else text[: most - 1] + "…")
