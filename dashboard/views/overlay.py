"""The text of the log, coloured by how much each line contributed to one event's score.

Orange lines raised the score, blue lines lowered it (colour-blind readers can distinguish the two); every line
also shows the number. Lines come from outside: everything is escaped, and tags show as typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from dashboard.views.pair_map import Say
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.attribution import Attribution

MAX_LINES = 40
CONTEXT = 2
_TOWARDS, _AWAY = "217, 119, 6", "37, 99, 235"
# A stronger colour would take the contrast from the page's text, light or dark.
_MAX_ALPHA = 0.42
# Opacity of what stands beside the text: quieter, yet with a contrast of 4.5 on the strongest colour.
_QUIET = 0.85
_CELL = "padding:1px 8px;vertical-align:top"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One event: ``value``: its contribution in logits, None without one; ``strength``: value / largest |value|, -1 to 1."""

    event: int
    line: int
    text: str
    value: float | None
    strength: float
    target: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Events left out between two lines, and how many of them contributed."""

    events: int
    contributing: int


def passage(
    sequence: TokenSequence, attribution: Attribution, most: int = MAX_LINES, context: int = CONTEXT
) -> list[TextLine | Gap]:
    """Return the target with its neighbours and the ``most`` strongest contributions, in the log's order, with counted gaps."""
    length = len(sequence)
    values = dict(zip(attribution.events.tolist(), attribution.value.tolist(), strict=True))
    strongest = attribution.events[np.argsort(-np.abs(attribution.value), kind="stable")[:most]]
    near = range(max(attribution.target - context, 0), min(attribution.target + context + 1, length))
    shown = sorted({*strongest.tolist(), *near})
    largest = max((abs(value) for value in values.values()), default=0.0) or 1.0
    lines: list[TextLine | Gap] = []
    before = -1
    for index in [*shown, length]:
        if index > before + 1:
            lines.append(Gap(index - before - 1, int(((attribution.events > before) & (attribution.events < index)).sum())))
        if index < length:
            event, value = sequence.events[index], values.get(index)
            lines.append(TextLine(index, event.line, event.text, value, (value or 0.0) / largest, index == attribution.target))
        before = index
    return lines


def as_html(lines: list[TextLine | Gap], say: Say) -> str:
    """Return the passage as an HTML table. Every text from the log or the dictionary is escaped."""
    rows = [_gap_row(item, say) if isinstance(item, Gap) else _line_row(item, say) for item in lines]
    heads = "".join(
        f'<th scope="col" style="{_CELL};text-align:{align};font-weight:600;opacity:{_QUIET}">{escape(say(key))}</th>'
        for key, align in (
            ("word.line", "right"),
            ("selection.text.value", "right"),
            ("selection.text.event", "left"),
        )
    )
    name = escape(say("selection.text.title"))
    return (
        # Focusable, so that it can be scrolled by keyboard.
        f'<div tabindex="0" role="region" aria-label="{name}" style="max-height:460px;overflow:auto">'
        '<table data-testid="influence" '
        'style="border-collapse:collapse;width:100%;font-size:0.85rem;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _line_row(line: TextLine, say: Say) -> str:
    colour = _TOWARDS if line.strength > 0 else _AWAY
    alpha = abs(line.strength) * _MAX_ALPHA
    number = "" if line.value is None else f"{line.value:+.3f}".replace("-", "−")
    mark = f'<span style="font-weight:600">{escape(say("selection.text.target"))}</span> ' if line.target else ""
    edge = "box-shadow:inset 3px 0 0 currentColor;" if line.target else ""
    return (
        f'<tr style="background:rgba({colour}, {alpha:.3f});{edge}">'
        f'<td style="{_CELL};text-align:right;opacity:{_QUIET}">{line.line}</td>'
        f'<td style="{_CELL};text-align:right;white-space:nowrap">{number}</td>'
        f'<td style="{_CELL};font-family:monospace;overflow-wrap:anywhere">{mark}{escape(line.text)}</td></tr>'
    )


def _gap_row(gap: Gap, say: Say) -> str:
    key = "selection.text.gap" if gap.contributing else "selection.text.gap_none"
    words = say(key, events=f"{gap.events:,}", contributing=f"{gap.contributing:,}")
    return f'<tr><td colspan="3" style="{_CELL};text-align:center;opacity:{_QUIET}">{escape(words)}</td></tr>'
