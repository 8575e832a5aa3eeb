"""The app's texts use the words of ``docs/glossary.md``: one Japanese word for one English term, in every text."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.support.paths import ROOT

SIGNS = re.compile(r"\{[^{}]*\}|`[^`]*`|--\w+|\*\*")
# Phrases in which a term's letters mean something else.
OTHER_MEANINGS = re.compile(
    r"held[ -]out"  # kept back from training
    r"|(?:log|logs|really|after all|these|had one|and|\{faulty:,\}) held a fault|held a fault"  # contained
    r"|takes? effect|at once takes effect"  # begins to hold
    r"|local window"  # the neighbourhood of a line
    r"|attention rollout"  # a method's name
    r"|gets a reference|so that nobody just agrees.*",
    re.IGNORECASE,
)
# Other Japanese words for a term, with the reason; a text may use them beside the glossary's word.
ALSO = {
    "event": ("件", "行", "特徴量"),
    "sequence": ("ID",),
    "decision": ("判断", "件"),
    "verdict": ("評価",),
    "effect": ("結果",),
    "log entry": ("ログの第", "項目"),
    "agreement": ("一致",),
}
REASONS = {
    "event": "a number of events is counted with 件",
    "sequence": "an id stands for its sequence",
    "decision": "what people decide on a roll-out is 判断, and decisions are counted with 件",
    "verdict": "the verdict of the KPIs on a roll-out is 評価",
    "effect": "the effect line of a pair is its 結果",
    "log entry": "the entry number N is 第 N 件",
    "agreement": "the agreement of reviewers is a degree: 一致度",
}


class Term(NamedTuple):
    """One row's English term, its Japanese word, and what it means."""

    english: str
    japanese: str
    meaning: str


def terms() -> list[Term]:
    """Read the rows of the glossary. A row can hold several terms, with a Japanese word each or one for all."""
    found = []
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) != 3 or cells[0] in ("English", "---"):
            continue
        names = [re.sub(r" *\(.*?\)", "", name) for name in cells[0].split(", ")]
        words = cells[1].split("、")
        words = words if len(words) == len(names) else words * len(names)
        found += [Term(name, word, cells[2]) for name, word in zip(names, words, strict=True)]
    return found


TERMS = terms()
MEANINGS = {term.english: term.meaning for term in TERMS}
