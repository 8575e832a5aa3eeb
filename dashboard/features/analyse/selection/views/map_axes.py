"""The map of one head's pairs on other axes than lines: by distance, and by the templates of effect and cause.

By distance, effects run downwards and columns say how far the cause lies from the effect: distances stand in classes that
double (``distances``), before the effect on the left, the line itself in the middle, after it on the right. By template,
columns are the templates of causes, rows those of effects.

Axis letters: R rows of effects, C classes of distance, P pairs, T templates with one more for all that are not frequent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.features.analyse.selection.views.heatmap import AXIS, HEIGHT, MAP_LAYOUT, line_axis, span_words
from dashboard.features.analyse.selection.views.pair_filter import EventTemplates
from dashboard.views.pair_map import Say, Shown, Viewport, distance_class, distance_words, filled_fields, image, tally
from dashboard.views.pairs import Range
from sparsemix.encoding.sequence import TokenSequence

# With four rows to a marker and at most 35 classes, fewer than 1,024 markers.
MAX_DISTANCE_ROWS = 112
ROWS_A_MARKER = 4
_MOST_TICKS = 10

Classes = tuple[int, int]
"""First and last signed class, both included; the first is the one furthest after the effect."""
_LABEL, _HOVER = 34, 90  # characters
_MOST_LABELS = (HEIGHT - 60) // 13  # a label's pixels, below the map its axis
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Distances:
    """A viewport's pairs by effect and distance: ``step`` events a row; ``before``, ``after``: the outermost class of each
    side, so that C = before + 1 + after, column 0 furthest before; ``weight`` float32 [R, C], NaN where no pair lies,
    ``count`` int64 [R, C]."""

    viewport: Viewport
    step: int
    before: int
    after: int
    weight: NDArray[np.float32]
    count: NDArray[np.int64]

    def queries(self, row: int) -> Range:
        """Return the events of a marker's rows."""
        first, last = self.viewport.query
        return first + row * ROWS_A_MARKER * self.step, min(first + (row + 1) * ROWS_A_MARKER * self.step, last)


def distances_of(
    viewport: Viewport, query: NDArray[np.int64], key: NDArray[np.integer], weight: NDArray[np.float32]
) -> Distances:
    """Put the pairs of a viewport, [P] each, into cells. Each side reaches as far as there are pairs, one class at least."""
    span = viewport.query[1] - viewport.query[0]
    step = -(-span // MAX_DISTANCE_ROWS)
    signed = distance_class(query - key)
    before, after = int(signed.max(initial=1)), int(-signed.min(initial=-1))
    rows, columns = -(-span // step), before + 1 + after
    cell = (query - viewport.query[0]) // step * columns + before - signed
    return Distances(viewport, step, before, after, *tally(cell, weight, (rows, columns)))


def distance_map(
    sequence: TokenSequence, distances: Distances, say: Say, *, top: float, shown: Shown = "weight", dark: bool = False
) -> go.Figure:
    """Return the figure; ``top``: the head's largest weight. A marker's ``customdata`` is read by ``clicked_distance``."""
    rows, columns = distances.count.shape
    first = distances.viewport.query[0]
    x = np.arange(columns) - distances.before
    y = first + (np.arange(rows) + 0.5) * distances.step - 0.5
    signed = [-place for place in x.tolist()]
    ticks = [place for place in x.tolist() if columns <= _MOST_TICKS or place % 2 == 0]
    axis = AXIS | {
        "title": {"text": say("selection.map.distance_axis")},
        "tickmode": "array",
        "tickvals": ticks,
        # Where each class begins; the hover text gives its whole span.
        "ticktext": [f"{2 ** (abs(place) - 1):,}" if place else "0" for place in ticks],
        "tickangle": 0,
        "range": (-distances.before - 0.5, distances.after + 0.5),
    }
    return go.Figure(
        [
            image(x, y, distances.weight, distances.count, shown, top, say, dark=dark),
            _distance_fields(sequence, distances, x, [distance_words(distance, say) for distance in signed], say),
        ],
        MAP_LAYOUT
        | {"xaxis": axis, "yaxis": line_axis(sequence, distances.viewport.query, say("selection.map.query_axis"), down=True)},
    )


def clicked_distance(distances: Distances, marker: int) -> tuple[Range, Classes]:
    """Return the queries and the class that a marker's ``customdata`` stands for."""
    row, column = divmod(marker, distances.count.shape[1])
    return distances.queries(row), (distances.before - column, distances.before - column)


def boxed_classes(distances: Distances, edges: Sequence[float]) -> Classes:
    """Return the classes whose middle lies between a box's left and right edge; the nearest class where there is none."""
    left, right = min(edges), max(edges)
    first, last = int(np.ceil(left)), int(np.floor(right))
    if last < first:
        first = last = round((left + right) / 2)
    low, high = (int(np.clip(-place, -distances.after, distances.before)) for place in (last, first))
    return low, high


def _distance_fields(
    sequence: TokenSequence, distances: Distances, x: NDArray[np.int64], words: list[str], say: Say
) -> go.Scatter:
    starts = np.arange(0, len(distances.count), ROWS_A_MARKER)
    count = np.add.reduceat(distances.count, starts, 0)
    weight = np.maximum.reduceat(np.nan_to_num(distances.weight), starts, 0)
    queries = [distances.queries(place) for place in range(len(count))]
    effects = [span_words(sequence, span, say("selection.map.effect")) for span in queries]
    middles = np.array([(span[0] + span[1] - 1) / 2 for span in queries])
    return filled_fields(x, middles, effects, words, weight, count, say)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Pairs by the templates of effect (down) and cause: ``weight`` float32 [T, T], NaN where there is none, ``count``
    int64 [T, T]."""

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


def template_map(kinds: Kinds, say: Say, *, top: float, shown: Shown = "weight", dark: bool = False) -> go.Figure:
    """Return the figure; ``top``: the head's largest weight. A marker's ``customdata`` is read by ``clicked_templates``.

    Templates are numbered by how frequent they are; their words stand beside the rows, and at hover.
    """
    templates = kinds.templates
    # The last row and column are shown only when some event has no frequent template.
    size = len(templates.count) if templates.count[-1] else len(templates.texts)
    place = np.arange(size)
    numbers = [f"{i + 1}" if i < len(templates.texts) else "…" for i in range(size)]
    words = [say("selection.templates.other") if i == len(templates.texts) else templates.texts[i] for i in range(size)]

    def axis(title: str, labels: list[str]) -> dict[str, object]:
        return AXIS | {"title": {"text": title}, "tickmode": "array", "tickvals": place.tolist(), "ticktext": labels}

    # As many as have room; the others are named at hover. The mask's brackets take space that the words need.
    labels = [
        "" if i % -(-size // _MOST_LABELS) else f"{_short(word.replace('<*>', '*'), _LABEL)}  {number}"
        for i, (word, number) in enumerate(zip(words, numbers, strict=True))
    ]
    # All numbers together would overlap.
    below = [number if i % _EVERY == _EVERY - 1 or i in (0, len(templates.texts)) else "" for i, number in enumerate(numbers)]
    edges = (-0.5, size - 0.5)
    weight, count = kinds.weight[:size, :size], kinds.count[:size, :size]
    return go.Figure(
        [
            image(place, place, weight, count, shown, top, say, dark=dark),
            _template_fields(kinds, weight, count, words, say),
        ],
        MAP_LAYOUT
        | {
            "xaxis": axis(say("selection.map.cause_template"), below) | {"range": edges, "tickangle": 0},
            "yaxis": axis(say("selection.map.effect_template"), labels) | {"range": edges[::-1], "tickfont": {"size": 10}},
            "dragmode": False,
        },
    )


def clicked_templates(kinds: Kinds, marker: int) -> tuple[str | None, str | None]:
    """Return the templates of effect and cause that a marker's ``customdata`` stands for; None for those that are not
    frequent."""
    row, column = divmod(marker, len(kinds.templates.count))
    return kinds.templates.name(row), kinds.templates.name(column)


def _template_fields(
    kinds: Kinds, weight: NDArray[np.float32], count: NDArray[np.int64], words: list[str], say: Say
) -> go.Scatter:
    effects, causes = (
        [f"{say(f'selection.map.{side}_kind')} {_short(word, _HOVER)}" for word in words] for side in ("effect", "cause")
    )
    place = np.arange(len(count), dtype=float)
    return filled_fields(place, place, effects, causes, weight, count, say, columns=len(kinds.count))


def _short(text: str, most: int) -> str:
    return escape(text if len(text) <= most else text[: most - 1] + "…", quote=False)
