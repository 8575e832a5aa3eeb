"""Model randomisation in a report: how the explanations change when the weights are scrambled, as a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.report.markup import Html, columns, joined, section, signed, table, tag
from dashboard.texts import Texts
from dashboard.views.explanation import method_name
from sparsemix.explain.randomisation import LONGEST, Randomisation

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 310, 56, 240, 30, 40
# Okabe and Ito's colours, which colour-blind readers can distinguish; dashes and marks do the same in black and white.
_LOOKS = (
    ("#d55e00", "", "circle"),
    ("#0072b2", "7 3", "square"),
    ("#56b4e9", "2 3", "diamond"),
    ("#000000", "9 3 2 3", "circle"),
    ("#b57900", "4 2", "square"),
)


def curve_section(curve: Randomisation | None, line: int, events: int, t: Texts) -> Html:
    """Show the chart and its table, or why there is no curve. ``line``: the explained line."""
    if curve is None:
        why = t("report.curve_too_long", most=LONGEST, events=events) if events > LONGEST else t("report.curve_not_run")
        return section(t("report.curve"), tag("p", why))
    heads = columns([t("explain.scores.name")], (depth_name(depth, t) for depth in curve.depths))
    rows = [[method_name(name, t), *(signed(value) for value in values)] for name, values in curve.values.items()]
    return section(
        t("report.curve"),
        tag("p", t("report.curve_lead", line=line), class_="quiet"),
        _chart(curve, t),
        table(heads, rows),
        class_="keep",
    )


def depth_name(depth: str, t: Texts) -> str:
    """Name the part that was scrambled last; the parts before it were scrambled too."""
    name, _, layer = depth.partition(" ")
    return t(f"report.depth_{name}", n=layer)


def _chart(curve: Randomisation, t: Texts) -> Html:
    low = min(0.0, *(value for values in curve.values.values() for value in values))
    bottom = -1.0 if low < -0.5 else -0.5 if low < -0.05 else 0.0
    parts = [_across(value, bottom) for value in (1.0, 0.5, 0.0, -0.5, -1.0) if value >= bottom]
    parts += [
        _text(depth_name(depth, t), _x(place, curve), _HEIGHT - _BOTTOM + 20, "middle")
        for place, depth in enumerate(curve.depths)
    ]
    parts.append(_text(t("report.curve_axis"), 0, 12, "start"))
    for place, (name, values) in enumerate(curve.values.items()):
        points = [(_x(depth, curve), _y(value, bottom)) for depth, value in enumerate(values)]
        legend = _TOP + 24 + 24 * place
        samples = [(_WIDTH - _RIGHT + 24, legend - 4), (_WIDTH - _RIGHT + 58, legend - 4)]
        parts += [
            _line(points, place),
            _line(samples, place),
            _text(method_name(name, t), _WIDTH - _RIGHT + 68, legend, "start"),
        ]
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=t("report.curve"))


def _line(points: Sequence[tuple[float, float]], place: int) -> Html:
    colour, dashes, mark = _LOOKS[place % len(_LOOKS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = tag("polyline", points=path, fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dashes)
    return joined(line, *(_mark(mark, x, y, colour) for x, y in points))


def _mark(mark: str, x: float, y: float, colour: str) -> Html:
    if mark == "circle":
        return tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3.5, fill=colour)
    turn = f"rotate(45 {x:.1f} {y:.1f})" if mark == "diamond" else ""
    return tag("rect", x=f"{x - 3:.1f}", y=f"{y - 3:.1f}", width=6, height=6, fill=colour, transform=turn)


def _across(value: float, bottom: float) -> Html:
    y = _y(value, bottom)
    line = tag(
        "line",
        x1=_LEFT,
        x2=_WIDTH - _RIGHT,
        y1=f"{y:.1f}",
        y2=f"{y:.1f}",
        stroke="#55636e" if value == 0.0 else "#d5dce0",
        stroke_width=1,
    )
    return joined(line, _text(signed(value, 1), _LEFT - 8, y + 4, "end"))


def _text(words: str, x: float, y: float, anchor: str) -> Html:
    return tag("text", words, x=f"{x:.1f}", y=f"{y:.1f}", font_size=12, text_anchor=anchor)


def _x(depth: int, curve: Randomisation) -> float:
    inside = 24
    span = _WIDTH - _LEFT - _RIGHT - 2 * inside
    return _LEFT + inside + span * depth / max(1, len(curve.depths) - 1)


def _y(value: float, bottom: float) -> float:
    return _TOP + (1.0 - value) / (1.0 - bottom) * (_HEIGHT - _TOP - _BOTTOM)
