"""The app's texts use the words of ``docs/glossary.md``: one Japanese word for one English term, in every text."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from dashboard.texts import ENGLISH, JAPANESE
from tests.support.paths import ROOT

# Values, code, options and bold type: no words of a sentence.
SIGNS = re.compile(r"\{[^{}]*\}|`[^`]*`|--\w+|\*\*")
# Phrases in which the letters of a term mean something else: kept back from training, contained, begins to hold, the
# neighbourhood of a line, the name of a method.
OTHER_MEANINGS = re.compile(
    r"held[ -]out|held a fault|takes effect|local window|attention rollout|at once takes effect", re.IGNORECASE
)
# Terms that a text may write in another way than with an s.
SPELLINGS = {"log entry": r"(?:log )?entr(?:y|ies)", "near miss": r"near miss(?:es)?"}


class Term(NamedTuple):
    """A row of the glossary: an English term, its Japanese word, and what it means."""

    english: str
    japanese: str
    meaning: str


class Deviation(NamedTuple):
    """Texts that translate a term by another word than the glossary's, and why."""

    term: str
    keys: str
    japanese: str
    reason: str


DEVIATIONS = [
    Deviation("event", r".*", r"[\d}] 件|件数", "a number of events is counted with 件"),
    Deviation("event", r"input\.not_a_sequence|data\.upload_help", r"events", "the name of a field"),
    Deviation(
        "effect",
        r"(filter|selection|missing|history)\..*|(compare|usual\.column|explain\.why)\.query|report\.effect_line",
        r"結果",
        "the effect line of a pair, not the size of an effect",
    ),
    Deviation(
        "decision",
        r"(rollout|entry\.rollout)(\..*)?",
        r"判断",
        "what people decide on a roll-out",
    ),
    Deviation("verdict", r"rollout\.verdict", r"評価", "the verdict of the KPIs on a roll-out"),
    Deviation("log entry", r".*", r"ログの第|項目", "entry N of the log, or an entry that was named as the log's before"),
]
# Entries of the app's glossary, and the term of docs/glossary.md that each explains.
EXPLAINED = {
    "pair": "pair",
    "weight": "weight",
    "margin": "margin",
    "logit": "logit",
    "effect": "effect",
    "direct": "direct",
    "certificate": "certificate",
    "anchor": "anchor",
    "familiarity": "known words",
    "probability": "fault probability",
    "event_probability": "fault probability",
    "threshold": "threshold",
    "near_miss": "near miss",
    "template": "template",
}
# Words that were used beside the glossary's; each would be a second word for the same thing.
FORBIDDEN = {
    "得点": "スコア",
    "マージン": "余裕",
    "出所": "ソース",
    "地図": "マップ",
    "メッセージの型": "テンプレート",
    "確認用判定": "確認用の項目",
    "異常確率": "異常の確率",
    "密な注意": "密なアテンション",
    "解放": "使用可, 解除",
    "メモリー": "メモリ",
    "分析": "解析",
}


def rows() -> list[Term]:
    """Read the terms of the glossary. A row can hold several, with a Japanese word each or one word for all."""
    found = []
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) != 3 or cells[0] == "English":
            continue
        names = [re.sub(r" *\(.*?\)", "", name) for name in cells[0].split(", ")]
        words = cells[1].split("、")
        words = words if len(words) == len(names) else words * len(names)
        found += [Term(name, word, cells[2]) for name, word in zip(names, words, strict=True)]
    return found


TERMS = {term.english: term for term in rows()}
SHOWN = [term for term in TERMS.values() if term.japanese != "-"]


def texts_with(term: str) -> list[str]:
    """Return the keys of the English texts in which a term stands."""
    word = re.compile(rf"(?<![\w-])(?:{SPELLINGS.get(term, re.escape(term) + 's?')})(?![\w-])", re.IGNORECASE)
    return [key for key, text in ENGLISH.items() if word.search(OTHER_MEANINGS.sub("", SIGNS.sub("", text)))]


def allowed(term: str, key: str) -> bool:
    """Return whether a listed deviation holds for a term in a text."""
    return any(
        deviation.term == term and re.fullmatch(deviation.keys, key) and re.search(deviation.japanese, JAPANESE[key])
        for deviation in DEVIATIONS
    )


def test_the_glossary_is_read() -> None:
    assert 40 <= len(TERMS) <= 60
    assert {"pair", "log entry", "layer", "head", "verdict", "drift"} <= TERMS.keys()
    assert {deviation.term for deviation in DEVIATIONS} <= TERMS.keys()
    assert all(deviation.reason for deviation in DEVIATIONS)


@pytest.mark.parametrize("term", SHOWN, ids=lambda term: term.english)
def test_a_term_has_one_japanese_word_in_every_text(term: Term) -> None:
    others = [
        f"{key}: {JAPANESE[key]}"
        for key in texts_with(term.english)
        if term.japanese not in JAPANESE[key] and not allowed(term.english, key)
    ]
    assert not others


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: f"{deviation.term}: {deviation.reason}")
def test_a_deviation_is_needed(deviation: Deviation) -> None:
    assert any(
        TERMS[deviation.term].japanese not in JAPANESE[key] and re.fullmatch(deviation.keys, key)
        for key in texts_with(deviation.term)
    )


def test_the_apps_glossary_says_what_the_glossary_says() -> None:
    keys = {key.removeprefix("glossary.") for key in ENGLISH if key.startswith("glossary.")}
    assert keys == EXPLAINED.keys() | {"gate"}
    for key, term in EXPLAINED.items():
        first = re.match(r".*?\.(?= |$)", ENGLISH[f"glossary.{key}"])
        assert first, key
        assert first[0].rstrip(".").lower() in TERMS[term].meaning.lower(), key


@pytest.mark.parametrize("state", ["held", "released", "rejected"])
def test_the_apps_glossary_explains_the_states_of_the_gate(state: str) -> None:
    term = TERMS[state]
    assert f"{state}: {term.meaning}".lower() in ENGLISH["glossary.gate"].lower()
    assert f"{term.japanese}：" in JAPANESE["glossary.gate"]


@pytest.mark.parametrize("word", sorted(FORBIDDEN))
def test_no_second_japanese_word_stands_for_a_term(word: str) -> None:
    assert not [f"{key}: {text} (say {FORBIDDEN[word]})" for key, text in JAPANESE.items() if word in text]


def test_japanese_punctuation_is_full_width() -> None:
    clock, badge = r"\d\d:\d\d", r":(?:material/\w+:|\w+-badge)"
    other = re.compile(rf"{clock}|{badge}|{SIGNS.pattern}")
    assert not [f"{key}: {text}" for key, text in JAPANESE.items() if re.search(r"[():;~!?](?!\S*=)", other.sub("", text))]
