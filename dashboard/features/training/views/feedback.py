"""What learning from reviews changed, in words and tables. Cards come from anywhere, so values of another type are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from audit import RegisteredWeights
from dashboard.texts import Texts

PARTS = ("learned_from", "held_out")
Row = tuple[int | None, int | None, int | None]
"""Out of how many, before, after."""
_NUMBERS = ("feedback_entries", "reviewed", "left_out", "reviewers", "marks", "replayed")


def from_reviews(card: Mapping[str, Any]) -> bool:
    """Return whether a card belongs to weights that learned from reviews."""
    return isinstance(card.get("feedback_sha256"), str)


def learnable(weights: RegisteredWeights) -> bool:
    """Return whether reviews can change these weights, as far as their card says."""
    config = weights.card.get("config")
    attention = config.get("attention", "entmax15") if isinstance(config, Mapping) else "entmax15"
    return not weights.retired and weights.card.get("task") != "novelty" and attention == "entmax15"


def changes(card: Mapping[str, Any], t: Texts) -> pd.DataFrame:
    """Return what changed: a row for each question, out of how many, before and after, in decisions that were learned from
    and, where there are any, in those that were held out. Empty for a card that does not say."""
    parts = {part: _rows(counts) for part in PARTS if _number(counts := _part(card, part), "decisions")}
    columns = {
        f"{t.plain(f'feedback.{part}')}: {t.plain(f'feedback.{what}')}": pd.array(
            [row[place] for row in rows.values()], "Int64"
        )
        for part, rows in parts.items()
        for place, what in enumerate(("of", "before", "after"))
    }
    names = [t.plain(f"feedback.row_{name}") for name in next(iter(parts.values()), ())]
    return pd.DataFrame({t.plain("word.what"): names, **columns})


def _rows(counts: Mapping[str, Any]) -> dict[str, Row]:
    decisions = _number(counts, "decisions")
    return {
        **{name: _pairs(counts.get(name)) for name in ("spurious", "relevant")},
        "objected": (_both(counts, "selections")[0], *_both(counts, "objected")),
        "decided_otherwise": (decisions, 0, _number(counts, "decided_otherwise")),
        "flagged_otherwise": (_number(counts, "events"), 0, _number(counts, "flagged_otherwise")),
        "agreeing": (decisions, *_both(counts, "agreeing")),
    }


def judge(card: Mapping[str, Any], t: Texts) -> str:
    """Say how well the marked pairs can be told from other pairs; or that only the marks themselves counted."""
    if card.get("noise_control") is False:
        return t("feedback.at_its_word")
    interval = _interval(card)
    if interval is None:
        return t("feedback.no_judge")
    auc, low, high = interval
    return t("feedback.judge", auc=auc, low=low, high=high, often=round(100 * auc))


def source(card: Mapping[str, Any], t: Texts) -> str:
    """Say from how much was learned, and up to which entry of the log."""
    numbers = {name: _number(card, name) or 0 for name in _NUMBERS}
    return t("feedback.source", sha256=str(card.get("feedback_sha256"))[:12], **numbers)


def facts(card: Mapping[str, Any], t: Texts) -> list[tuple[str, str]]:
    """Return what a card of such weights says beside what all cards say, as names of facts and values."""
    if not from_reviews(card):
        return []
    rows = [("feedback_sha256", str(card["feedback_sha256"]))]
    rows += [(name, f"{value:,}") for name in _NUMBERS if (value := _number(card, name)) is not None]
    if (values := _interval(card)) is not None:
        auc, low, high = (f"{value:.2f}" for value in values)
        rows.append(("pair_judge", t.plain("word.value_from_to", value=auc, low=low, high=high)))
    return [*rows, ("noise_control", t.plain("rule.no" if card.get("noise_control") is False else "rule.yes"))]


def _interval(card: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return the AUC of a card's judge of pairs with its interval, where there was one."""
    judged = card.get("judge")
    values = [judged.get(name) for name in ("auc", "low", "high")] if isinstance(judged, Mapping) else []
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def _part(card: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = card.get(name)
    return part if isinstance(part, Mapping) else {}


def _pairs(value: object) -> Row:
    counts = value if isinstance(value, Mapping) else {}
    return _number(counts, "pairs"), _number(counts, "selected_before"), _number(counts, "selected_after")


def _both(counts: Mapping[str, Any], name: str) -> tuple[int | None, int | None]:
    """Return the values before and after."""
    values = counts.get(name)
    if not isinstance(values, list | tuple) or len(values) != 2 or not all(isinstance(value, int) for value in values):
        return None, None
    return values[0], values[1]


def _number(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
