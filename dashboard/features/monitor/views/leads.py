"""Which kinds lead to which, as a table and in sentences."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import pandas as pd

from dashboard.service.decide.leads import MOST_DECISIONS, Leads, LeadsScope
from dashboard.texts import Texts
from dashboard.views.times import duration, midnight
from sparsemix.graph.leads import Edge, LeadsGraph

DAYS = date(2000, 1, 1), date(2099, 12, 31)
"""The first and the last day that can be chosen."""
NUMBERS = ("support", "lift", "lag_events", "lag_seconds", "decisions", "share", "reverse")


def scope(source: str | None, first: date | None, last: date | None) -> LeadsScope:
    """Return the scope of whole days in UTC, both included."""
    return LeadsScope(source, midnight(first) if first else None, midnight(last + timedelta(days=1)) if last else None)


def basis(found: Leads, t: Texts) -> str:
    """Say what the edges rest on, how many decisions were left out, and why."""
    graph = found.graph
    weights = len({run.weights_sha256 for run in graph.runs})
    edges = {"shown": len(graph.edges), "all": graph.all_edges}
    sentences = [t("leads.basis", n=len(graph.runs), events=graph.events, pairs=graph.pairs, **edges)]
    if weights > 1:
        sentences.append(t("leads.weights", n=weights))
    left = found.candidates
    if out := left.blind + left.repeated + found.gone:
        sentences.append(t("usual.left", n=out))
    if left.older:
        sentences.append(t("leads.older", n=left.older, most=MOST_DECISIONS))
    if graph.dropped_pairs:
        sentences.append(t("leads.dropped", n=graph.dropped_pairs))
    return " ".join(sentences)


def table(graph: LeadsGraph) -> pd.DataFrame:
    """Return a row an edge, the strongest first: both kinds, and ``NUMBERS``."""
    rows = [
        {
            "earlier": graph.kinds[edge.earlier].text,
            "later": graph.kinds[edge.later].text,
            "support": edge.support,
            "lift": float(f"{edge.lift:.3g}"),
            "lag_events": edge.lag_events.median,
            "lag_seconds": None if edge.lag_seconds is None else float(f"{edge.lag_seconds.median:.3g}"),
            "decisions": edge.decisions,
            "share": edge.share,
            "reverse": edge.reverse,
        }
        for edge in graph.edges
    ]
    return pd.DataFrame(rows, columns=["earlier", "later", *NUMBERS])


def sentence(graph: LeadsGraph, edge: Edge, t: Texts) -> str:
    """Describe one edge in words."""
    lags = [t.plain("leads.lag_events", **asdict(edge.lag_events))]
    if edge.lag_seconds is not None:
        quartiles = {name: duration(seconds, t) for name, seconds in asdict(edge.lag_seconds).items()}
        lags.append(t.plain("leads.lag_seconds", **quartiles))
    words = [
        t(
            "leads.edge",
            earlier=graph.kinds[edge.earlier].text,
            later=graph.kinds[edge.later].text,
            support=edge.support,
            share=edge.share,
            origins=edge.origins,
            lag=t.plain("unit.join").join(lags),
            lift=f"{edge.lift:.3g}",
        )
    ]
    if edge.reverse:
        words.append(t("leads.edge_reverse", n=edge.reverse))
    return " ".join(words)
