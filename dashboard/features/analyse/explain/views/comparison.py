"""Two runs side by side, as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from dashboard.features.analyse.explain.views.key_changes import KeyChange
from dashboard.texts import Texts
from dashboard.views.verdict import one_line
from sparsemix import TokenSequence
from sparsemix.explain.comparison import Comparison

# A change below a twentieth of a percentage point cannot be seen.
LEAST = 5e-4
FEW = 0.1  # share of the shorter log's lines that must be the same for a comparison line by line
_NAMED = 8  # lines named in a sentence


def event_changes(comparison: Comparison, first: TokenSequence, second: TokenSequence, most: int = 20) -> pd.DataFrame:
    """Return the events whose probability changed most, and by at least ``LEAST``: ``first_line``, ``second_line`` (in the
    first and in the second file), ``before``, ``after`` (percent) and ``text``. Line and probability are empty for a run that
    does not have the event."""
    changed = [change for change in comparison.events if change.size >= LEAST]
    return _lines(
        [
            _row((first, second), (change.event, change.other), _percent(change.first), _percent(change.second))
            for change in changed[:most]
        ]
    )


def selection_changes(changes: Sequence[KeyChange], first: TokenSequence, second: TokenSequence) -> pd.DataFrame:
    """Return what a line selected in either run, a row a key: ``first_line``, ``second_line`` (in the first and in the
    second file), ``before``, ``after`` (weight of all layers and heads together, empty where the key was not selected) and
    ``text``."""
    return _lines(
        [_row((first, second), (change.key, change.other), change.first or None, change.second or None) for change in changes]
    )


def selection_words(table: pd.DataFrame, t: Texts) -> str:
    """Say which lines of a table of ``selection_changes`` came in, which left, and how many stayed."""
    if table.empty:
        return t("compare.line_none")
    came, left = table[table["before"].isna()], table[table["after"].isna()]
    if came.empty and left.empty:
        return t("compare.all_stayed")
    words = []
    if len(came):
        words.append(t("compare.came", lines=_listed(came["second_line"], t)))
    if len(left):
        words.append(t("compare.left", lines=_listed(left["first_line"], t)))
    words.append(t("compare.stayed", n=len(table) - len(came) - len(left)))
    return " ".join(words)


def verdict_words(comparison: Comparison, t: Texts, there: Texts) -> str:
    """Say whether the verdict on the whole log is the same, and how many of the lines in both runs changed sides; ``t`` and
    ``there``: the texts that fit the first and the second run."""
    before = t.plain(f"label.{comparison.first.decision.label}")
    after = there.plain(f"label.{comparison.second.decision.label}")
    # Weights of two kinds can mean the same by different words.
    both = t.plain("unit.join").join(dict.fromkeys((before, after)))
    sentences = [t("compare.flips", before=before, after=after) if comparison.flipped else t("compare.same", label=both)]
    if (comparison.origin >= 0).any():
        sides = [t.plain(f"compare.{way}", n=n) for way, n in zip(("down", "up"), comparison.crossed, strict=True) if n]
        sentences += [t("compare.sides", changes=t.plain("unit.join").join(sides))] if sides else []
    return " ".join(sentences)


def few_matched(comparison: Comparison) -> bool:
    """Return whether so few lines are the same that the runs cannot be compared line by line."""
    shorter = min(comparison.first.trace.length, comparison.second.trace.length)
    return int((comparison.origin >= 0).sum()) < FEW * shorter


def kind_changes(first: pa.Table, second: pa.Table, most: int = 20) -> pd.DataFrame:
    """Compare two tables of ``template_pairs``: return the kinds of pairs whose share differs most, ``most`` of them, the
    largest difference first.

    Columns: ``query``, ``key`` (templates), ``before``, ``after`` (share of the selected weight in percent, 0 where the kind
    does not occur), ``difference`` (percentage points), ``first_count``, ``second_count`` (pairs).
    """
    columns = ["query", "key", "share", "count"]
    first_kinds, second_kinds = (
        table.select(columns).to_pandas().astype({"query": str, "key": str}) for table in (first, second)
    )
    both = first_kinds.merge(second_kinds, on=["query", "key"], how="outer", suffixes=("_first", "_second")).fillna(
        dict.fromkeys(("share_first", "share_second", "count_first", "count_second"), 0)
    )
    table = pd.DataFrame(
        {
            "query": both["query"],
            "key": both["key"],
            "before": 100.0 * both["share_first"],
            "after": 100.0 * both["share_second"],
            "difference": 100.0 * (both["share_second"] - both["share_first"]),
            "first_count": both["count_first"].astype("int64"),
            "second_count": both["count_second"].astype("int64"),
        }
    )
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].head(most).reset_index(drop=True)


def _row(
    sequences: tuple[TokenSequence, TokenSequence],
    places: tuple[int | None, int | None],
    before: float | None,
    after: float | None,
) -> dict[str, object]:
    """Return a row: an event's line in each file, the values ``before`` and ``after``, and its text, from the second run if
    the event is there."""
    first_event, second_event = (
        None if place is None else sequence.events[place] for sequence, place in zip(sequences, places, strict=True)
    )
    shown = second_event or first_event
    return {
        "first_line": None if first_event is None else first_event.line,
        "second_line": None if second_event is None else second_event.line,
        "before": before,
        "after": after,
        "text": "" if shown is None else one_line(shown.message),
    }


def _lines(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    columns = ["first_line", "second_line", "before", "after", "text"]
    # Without these types, whole numbers beside missing ones would turn into 1527.0, and an empty column would have no type.
    kinds = {"first_line": "Int64", "second_line": "Int64", "before": "float64", "after": "float64"}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _listed(lines: pd.Series, t: Texts) -> str:
    numbers = [f"{line:,}" for line in lines]
    named = t.plain("unit.join").join(numbers[:_NAMED])
    return t.plain("compare.more", lines=named, n=len(numbers) - _NAMED) if len(numbers) > _NAMED else named
