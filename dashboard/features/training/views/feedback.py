"""What learning from reviews changed, in words and tables. Cards come from anywhere: what is no number is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from audit import RegisteredWeights
from dashboard.texts import Texts

PARTS = ("learned_from", "held_out")
Row = tuple[int | None, int | None, int | None]
"""Out of how many, before, after."""
_NUMBERS = ("feedback_entries", "reviewed", "left_out", "reviewers", "marks", "replayed")


def from_reviews(card: Mapping[str, Any]) -> bool:
    """Whether a card is of weights that learned from reviews."""
    return isinstance(card.get("feedback_sha256"), str)


def learnable(one: RegisteredWeights) -> bool:
    """Whether reviews can change these weights, as far as their card says."""
    config = one.card.get("config")
    attention = config.get("attention", "entmax15") if isinstance(config, Mapping) else "entmax15"
    return not one.retired and one.card.get("task") != "novelty" and attention == "entmax15"


def changes(card: Mapping[str, Any], t: Texts) -> pd.DataFrame:
    """What changed: a row for each question, out of how many, before and after, in decisions that were learned from and,
    where there are any, in those that were held out. Empty for a card that does not say."""
    parts = {part: _rows(said) for part in PARTS if _number(said := _part(card, part), "decisions")}
    columns = {
        f"{t.plain(f'feedback.{part}')}: {t.plain(f'feedback.{what}')}": pd.array(
            [row[place] for row in rows.values()], "Int64"
        )
        for part, rows in parts.items()
        for place, what in enumerate(("of", "before", "after"))
    }
    names = [t.plain(f"feedback.row_{name}") for name in next(iter(parts.values()), ())]
    return pd.DataFrame({t.plain("feedback.what"): names, **columns})


def _rows(said: Mapping[str, Any]) -> dict[str, Row]:
    decisions = _number(said, "decisions")
    return {
        **{name: _pairs(said.get(name)) for name in ("spurious", "relevant")},
        "objected": (_both(said, "selections")[0], *_both(said, "objected")),
        "decided_otherwise": (decisions, 0, _number(said, "decided_otherwise")),
        "flagged_otherwise": (_number(said, "events"), 0, _number(said, "flagged_otherwise")),
        "agreeing": (decisions, *_both(said, "agreeing")),
    }


def judge(card: Mapping[str, Any], t: Texts) -> str:
    """How well what people marked can be told from other pairs, in words; or that only the marks themselves counted."""
    if card.get("noise_control") is False:
        return t("feedback.at_its_word")
    found = _interval(card)
    if found is None:
        return t("feedback.no_judge")
    auc, low, high = found
    return t("feedback.judge", auc=auc, low=low, high=high, often=round(100 * auc))


def source(card: Mapping[str, Any], t: Texts) -> str:
    """From how much was learned, and up to which entry of the log, as a sentence."""
    numbers = {name: _number(card, name) or 0 for name in _NUMBERS}
    return t("feedback.source", sha256=str(card.get("feedback_sha256"))[:12], **numbers)


def facts(card: Mapping[str, Any], t: Texts) -> list[tuple[str, str]]:
    """What a card of such weights says beside what all cards say, as names of facts and values."""
    if not from_reviews(card):
        return []
    found = [("feedback_sha256", str(card["feedback_sha256"]))]
    found += [(name, f"{value:,}") for name in _NUMBERS if (value := _number(card, name)) is not None]
    if (values := _interval(card)) is not None:
        found.append(("pair_judge", t.plain("feedback.interval", auc=values[0], low=values[1], high=values[2])))
    return [*found, ("noise_control", t.plain(f"feedback.{'off' if card.get('noise_control') is False else 'on'}"))]


def changed_first(pairs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Pairs that some head selects now and none did, or the other way round, before all others."""
    return sorted(pairs, key=lambda one: (one["before"] > 0) == (one["after"] > 0))


def pairs(found: Sequence[Mapping[str, Any]], t: Texts) -> pd.DataFrame:
    """A row for every pair that people spoke of: whose, its lines, what was said, how probably it is relevant in percent, and
    how many heads selected it before and do after."""
    rows = [
        (
            one["file"],
            one["query_line"],
            one["key_line"],
            t.plain("feedback.and").join(t.plain(f"pair_verdict.{word}") for word in one["said"]),
            100.0 * one["relevant"],
            one["before"],
            one["after"],
            t.plain(f"feedback.{'learned_from' if one['learned_from'] else 'held_out'}"),
            one["decision"],
        )
        for one in found
    ]
    names = ("file", "query_line", "key_line", "said", "relevant_share", "heads_before", "heads_after", "part", "decision")
    return pd.DataFrame(rows, columns=[t.plain(f"feedback.{name}") for name in names])


def _interval(card: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """The AUC of a card's judge of pairs with its interval, where there was one."""
    said = card.get("judge")
    found = [said.get(name) for name in ("auc", "low", "high")] if isinstance(said, Mapping) else []
    numbers = [float(one) for one in found if isinstance(one, int | float)]
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None


def _part(card: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = card.get(name)
    return found if isinstance(found, Mapping) else {}


def _pairs(found: object) -> Row:
    said = found if isinstance(found, Mapping) else {}
    return _number(said, "pairs"), _number(said, "selected_before"), _number(said, "selected_after")


def _both(said: Mapping[str, Any], name: str) -> tuple[int | None, int | None]:
    found = said.get(name)
    if not isinstance(found, list | tuple) or len(found) != 2 or not all(isinstance(one, int) for one in found):
        return None, None
    return found[0], found[1]


def _number(said: Mapping[str, Any], name: str) -> int | None:
    found = said.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
