"""What two weights say of the same file: their verdicts, and the lines that either of them flags."""

from __future__ import annotations

import pandas as pd

from audit import DecisionRecord
from dashboard.texts import Texts
from dashboard.views import verdict
from sparsemix import TokenSequence

MOST_LINES = 20
"""Lines that are listed of each verdict, the most probable ones."""
Verdicts = tuple[DecisionRecord, DecisionRecord]
"""What was said before, and what is said now."""


def change(said: Verdicts, t: Texts) -> str:
    """Say in a sentence what has become of the file: whether it is familiar now, and whether the verdict changed."""
    before, after = said
    if verdict.unfamiliar(before) and not verdict.unfamiliar(after):
        return t("again.familiar_now", known=verdict.known_share(after), before=verdict.known_share(before))
    if verdict.unfamiliar(after):
        if verdict.known_share(after) >= verdict.familiarity_floor(after):
            return verdict.why_unfamiliar(after, t)
        return t("again.still_unfamiliar", known=verdict.known_share(after), floor=verdict.familiarity_floor(after))
    same = before.label == after.label and _flagged(before) == _flagged(after)
    return t("again.same" if same else "again.changed")


def lines(said: Verdicts, sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Return one row for each line that either verdict flags, in the order of the file, with the probabilities that both give
    it; a probability is missing where the line is not flagged."""
    before, after = (
        {event.index: 100 * event.probability for event in verdict.suspects(decision, MOST_LINES)}
        if verdict.flagged_count(decision)
        else {}
        for decision in said
    )
    rows = [
        (sequence.events[place].line, before.get(place), after.get(place), verdict.one_line(sequence.events[place].message))
        for place in sorted({*before, *after})
    ]
    names = ("word.line", "again.before", "again.after", "events.event")
    return pd.DataFrame(rows, columns=[t.plain(name) for name in names])


def _flagged(decision: DecisionRecord) -> set[int]:
    return {event.index for event in verdict.suspects(decision, verdict.flagged_count(decision))}
