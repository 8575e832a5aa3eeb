"""The map of one head's pairs by what kind of event led to what kind: templates of causes to the right, of effects downwards.

Axis letters: T templates with one more for all that are not frequent.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.selection.views.event_templates import EventTemplates
from dashboard.features.selection.views.heatmap import AXIS, MAP_LAYOUT
from dashboard.views.cells import Say, Shown, cell_words, fields, image, tally

_LABEL, _HOVER = 34, 90  # characters
_HEIGHT = 640
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Kinds:
    """Pairs by the templates of effect (down) and cause: ``weight`` float32 [T, T], NaN where there is none, ``count`` int64
    [T, T]."""

    templates: EventTemplates
    weight: NDArray[np.float32]
    count: NDArray[np.int64]


def kinds_of(
    templates: EventTemplates, query: NDArray[np.int64], key: NDArray[np.integer], weight: NDArray[np.float32]
) -> Kinds:
    """Put pairs, given by their events, into cells."""
    size = len(templates.count)
    cell = templates.code[query].astype(np.int64) * size + templates.code[key]
    return Kinds(templates, *tally(cell, weight, (size, size)))


def template_map(found: Kinds, say: Say, *, top: float, shown: Shown = "weight", dark: bool = False) -> go.Figure:
    """The figure; ``top``: the head's largest weight. A marker's ``customdata`` is read by ``clicked_templates``.

    Templates are numbered by how frequent they are; their words stand beside the rows, and at hover.
    """
    templates = found.templates
    # Without an event of another kind there is nothing to show for them.
    size = len(templates.count) if templates.count[-1] else len(templates.texts)
    place = np.arange(size)
    numbers = [f"{i + 1}" if i < len(templates.texts) else "…" for i in range(size)]
    words = [say("selection.templates.other") if i == len(templates.texts) else templates.texts[i] for i in range(size)]

    def axis(title: str, labels: list[str]) -> dict[str, object]:
        return AXIS | {"title": {"text": title}, "tickmode": "array", "tickvals": place.tolist(), "ticktext": labels}

    # The mask's brackets take room that the words need.
    labels = [f"{_short(word.replace('<*>', '*'), _LABEL)}  {number}" for word, number in zip(words, numbers, strict=True)]
    # All of them would overlap.
    below = [number if i % _EVERY == _EVERY - 1 or i in (0, len(templates.texts)) else "" for i, number in enumerate(numbers)]
    edges = (-0.5, size - 0.5)
    weight, count = found.weight[:size, :size], found.count[:size, :size]
    return go.Figure(
        [
            image(place, place, weight, count, shown, top, say, dark=dark),
            _fields(found, weight, count, words, say),
        ],
        MAP_LAYOUT
        | {
            "xaxis": axis(say("selection.map.cause_template"), below) | {"range": edges, "tickangle": 0},
            "yaxis": axis(say("selection.map.effect_template"), labels) | {"range": edges[::-1], "tickfont": {"size": 11}},
            "dragmode": False,
            "height": _HEIGHT,
        },
    )


def clicked_templates(found: Kinds, marker: int) -> tuple[str | None, str | None]:
    """The templates of effect and cause that a marker's ``customdata`` stands for; None for those that are not frequent."""
    row, column = divmod(marker, len(found.templates.count))
    return found.templates.name(row), found.templates.name(column)


def _fields(found: Kinds, weight: NDArray[np.float32], count: NDArray[np.int64], words: list[str], say: Say) -> go.Scatter:
    row, column = np.nonzero(count)
    effects, causes = (
        [f"{say(f'selection.map.{side}_kind')} {_short(word, _HOVER)}" for word in words] for side in ("effect", "cause")
    )
    text = [
        f"{effects[r]}<br>{causes[c]}<br>{cell_words(say, w, n)}"
        for r, c, w, n in zip(
            row.tolist(), column.tolist(), weight[row, column].tolist(), count[row, column].tolist(), strict=True
        )
    ]
    return fields(column.astype(float), row.astype(float), (row * len(found.count) + column).tolist(), text)


def _short(text: str, most: int) -> str:
    return escape(text if len(text) <= most else text[: most - 1] + "…", quote=False)
