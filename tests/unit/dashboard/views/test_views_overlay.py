import re
import tomllib

import numpy as np
import pytest

from dashboard.texts import Texts
from dashboard.views.overlay import Gap, TextLine, as_html, passage
from dashboard.views.times import clock, duration
from sparsemix import Attribution
from tests.support.dashboard.traces import sequence
from tests.support.paths import ROOT

SAY = Texts("en").plain


def attribution(target, values):
    events = np.array(sorted(values), np.int64)
    return Attribution(
        "integrated_gradients", target, events, np.array([values[e] for e in events], np.float32), 2.0, -1.0, 0.001, 50
    )


def test_the_passage_shows_the_strongest_lines_and_the_targets_neighbours_in_order():
    made = passage(sequence([f"line {i}" for i in range(100)]), attribution(60, {3: 2.0, 20: 0.01, 59: -0.5, 60: 1.0}), 3, 1)
    shown = [(item.event, item.value, item.target) for item in made if isinstance(item, TextLine)]
    assert shown == [(3, 2.0, False), (59, -0.5, False), (60, 1.0, True), (61, None, False)]
    assert [item.strength for item in made if isinstance(item, TextLine)] == [1.0, -0.25, 0.5, 0.0]
    assert [item for item in made if isinstance(item, Gap)] == [Gap(3, 0), Gap(55, 1), Gap(38, 0)]


def test_a_target_at_either_end_and_values_of_zero_are_no_trouble():
    for target in (0, 4):
        made = passage(sequence(["x"] * 5), attribution(target, {target: 0.0}), 3, 2)
        assert sum(isinstance(item, TextLine) and item.target for item in made) == 1
        assert "rgba" in as_html(made, SAY)


def test_towards_and_away_have_colours_of_their_own_and_the_number_is_written():
    html = as_html(passage(sequence(["a", "b", "c"]), attribution(2, {0: 0.5, 1: -1.0}), 3, 0), SAY)
    rows = re.findall(r"<tr style=.*?</tr>", html)
    assert "rgba(217, 119, 6, 0.210)" in rows[0] and "+0.500" in rows[0]
    assert "rgba(37, 99, 235, 0.420)" in rows[1] and "−1.000" in rows[1]
    assert "This line:" in rows[2]


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"' & </td></table>"


def test_tags_in_a_line_are_shown_as_typed():
    html = as_html(passage(sequence([HOSTILE, "b"]), attribution(1, {0: 0.5})), SAY)
    assert "<img" not in html and "<script" not in html and html.count("</table>") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_times_and_spans_in_words():
    assert clock(0) == "1970-01-01 00:00:00" and clock(1e15) == "1e+15 s"
    spans = {0.25: "250 ms", -7: "7.0 s", 125: "2 min 05 s", 3900: "1 h 05 min", 90_000: "1 d 01 h"}
    assert duration(70, Texts("ja")) == "1 分 10 秒"
    assert {seconds: duration(seconds, Texts("en")) for seconds in spans} == spans


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("value", [0.5, -0.5])
def test_text_on_the_strongest_colour_keeps_its_contrast(theme: str, value: float) -> None:
    """As the browser blends it: the page, the line's colour over it, the page's text over both."""
    colours = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][theme]
    page, text = (_rgb(colours[name]) for name in ("backgroundColor", "textColor"))
    html = as_html([TextLine(0, 1, "text", value, np.sign(value), False)], SAY)
    *colour, alpha = map(float, re.findall(r"[\d.]+", re.search(r"background:rgba\(([^)]+)\)", html)[1]))
    behind = _over(colour, page, alpha)
    opacities = [1.0, *map(float, re.findall(r"opacity:([\d.]+)", html))]
    assert len(opacities) > 2
    for opacity in opacities:
        assert _contrast(_over(text, behind, opacity), behind) >= 4.5
        assert _contrast(_over(text, page, opacity), page) >= 4.5


def _rgb(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _over(front: list[float], back: list[float], alpha: float) -> list[float]:
    return [alpha * f + (1 - alpha) * b for f, b in zip(front, back, strict=True)]


def _contrast(first: list[float], second: list[float]) -> float:
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05) of the relative luminances."""
    darker, lighter = sorted(map(_luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
