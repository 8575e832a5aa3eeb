"""The most frequent templates of a log's messages, and which of them every event has.

Computed once a decision and kept: masking the numbers of 100,000 messages takes some tenths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import coded_templates

# With the rest in one more, 32 x 32 cells: as many markers as a browser draws at once over an image.
MOST = 31


@dataclass(frozen=True, slots=True)
class EventTemplates:
    """T templates, the most frequent first. ``code`` int16 [N]: each event's place among them, T for any other one;
    ``count`` int64 [T + 1]: events of each, the other ones last."""

    texts: tuple[str, ...]
    code: NDArray[np.int16]
    count: NDArray[np.int64]

    def named(self, text: str | None) -> NDArray[np.bool_]:
        """The events of a template, bool [N]: None are the other ones; none for one that is not among the frequent."""
        place = len(self.texts) if text is None else self.texts.index(text) if text in self.texts else -1
        return np.asarray(self.code == place)

    def name(self, place: int) -> str | None:
        """The text at a place; None for the other ones."""
        return self.texts[place] if place < len(self.texts) else None


def event_templates(sequence: TokenSequence, most: int = MOST) -> EventTemplates:
    """The templates of a log; those of equally many events in the order of their first event."""
    codes, texts = coded_templates(sequence)
    count = np.bincount(codes, minlength=len(texts))
    order = np.argsort(-count, kind="stable")[:most]
    place = np.full(len(texts), len(order), np.int16)
    place[order] = np.arange(len(order))
    code = place[codes]
    return EventTemplates(tuple(texts[i] for i in order), code, np.bincount(code, minlength=len(order) + 1))
