"""The text of the log, coloured by how much each line contributed to one event's score.

Orange pushed the score towards fault, blue away from it (the two stay apart for colour-blind readers); the number stands
beside the line, so colour is never alone. Lines come from outside: everything is escaped, and tags show as typed.
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
# Above this the page's own text colour would lose its contrast, light or dark.
_MAX_ALPHA = 0.42
# Beside the text: quieter, and with a contrast of 4.5 even on the strongest colour.
_QUIET = 0.85
_CELL = "padding:1px 8px;vertical-align:top"


@dataclass(frozen=True, slots=True)
class Line:
    """One event: ``value`` its contribution in logits, None when it had none; ``strength`` value / largest |value|, -1 to 1."""

    event: int
    line: int
    text: str
    value: float | None
    strength: float
    target: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Events left out between two lines, and how many of them contributed at all."""

    events: int
    contributing: int


def passage(
    sequence: TokenSequence, attribution: Attribution, most: int = MAX_LINES, context: int = CONTEXT
) -> list[Line | Gap]:
    """The target with its neighbours and the ``most`` strongest contributions, in the log's order, gaps counted."""
    length = len(sequence)
    values = dict(zip(attribution.events.tolist(), attribution.value.tolist(), strict=True))
    strongest = attribution.events[np.argsort(-np.abs(attribution.value), kind="stable")[:most]]
    near = range(max(attribution.target - context, 0), min(attribution.target + context + 1, length))
    shown = sorted({*strongest.tolist(), *near})
    largest = max((abs(value) for value in values.values()), default=0.0) or 1.0
    found: list[Line | Gap] = []
    before = -1
    for index in [*shown, length]:
        if index > before + 1:
            found.append(Gap(index - before - 1, int(((attribution.events > before) & (attribution.events < index)).sum())))
        if index < length:
            event, value = sequence.events[index], values.get(index)
            found.append(Line(index, event.line, event.text, value, (value or 0.0) / largest, index == attribution.target))
        before = index
    return found


def as_html(lines: list[Line | Gap], say: Say) -> str:
    """The passage as an HTML table. Safe: every text from the log or the dictionary is escaped."""
    rows = [_gap_row(item, say) if isinstance(item, Gap) else _line_row(item, say) for item in lines]
    heads = "".join(
        f'<th scope="col" style="{_CELL};text-align:{align};font-weight:600;opacity:{_QUIET}">{escape(say(key))}</th>'
        for key, align in (
            ("selection.text.line", "right"),
            ("selection.text.value", "right"),
            ("selection.text.event", "left"),
        )
    )
    name = escape(say("selection.text.title"))
    return (
        # Whoever scrolls by keyboard has to reach it.
        f'<div tabindex="0" role="region" aria-label="{name}" style="max-height:460px;overflow:auto">'
        '<table data-testid="influence" '
        'style="border-collapse:collapse;width:100%;font-size:0.85rem;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _line_row(line: Line, say: Say) -> str:
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
