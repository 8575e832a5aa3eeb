"""Model randomisation in a report: how the explanations change when the weights are scrambled, as a table."""

from __future__ import annotations

from dashboard.report.markup import Html, columns, section, signed, table, tag
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from sparsemix.explain.randomisation import LONGEST, Randomisation


def curve_section(curve: Randomisation | None, line: int, events: int, t: Texts) -> Html:
    """Show the rank correlations, or why there are none. ``line``: the explained line."""
    if curve is None:
        why = t("report.curve_too_long", most=LONGEST, events=events) if events > LONGEST else t("report.curve_not_run")
        return section(t("report.curve"), tag("p", why))
    heads = columns([t("explain.scores.name")], (depth_name(depth, t) for depth in curve.depths))
    rows = [[method_name(name, t), *(signed(value) for value in values)] for name, values in curve.values.items()]
    return section(
        t("report.curve"),
        tag("p", t("report.curve_lead", line=line), class_="quiet"),
        table(heads, rows),
        class_="keep",
    )


def depth_name(depth: str, t: Texts) -> str:
    """Name the part that was scrambled last; the parts before it were scrambled too."""
    name, _, layer = depth.partition(" ")
    return t(f"report.depth_{name}", n=layer)
