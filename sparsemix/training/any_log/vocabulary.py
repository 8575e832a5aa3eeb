"""Made-up words of a log: in Latin letters, with accents, in Cyrillic or in Japanese; and words by which it names severity."""

from __future__ import annotations

import numpy as np

_SYLLABLES = (
    ("aeiou", "bcdfghjklmnprstvwz"),
    ("aeéiouü", "bdfgklmnprstvxç"),
    ("аеиоуы", "бвгдзклмнпрст"),
)
_JAPANESE = (
    "温度圧力速回転工程開始終了設定値計測完通信接続制御監視部品検査機械流量位置電源主軸扉材料運搬"
    "アイウエオカキクケコサシスセソタチツテトナニノハヒフヘホマミムメモラリルレロワン"
)
_SCRIPT_SHARES = (0.7, 0.1, 0.05, 0.15)
_LEVELS = (
    ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    ("debug", "info", "warning", "error", "critical"),
    ("D", "I", "W", "E", "F"),
    ("notice", "notice", "warn", "error", "crit"),
    ("TRACE", "INFO", "WARNING", "SEVERE", "FATAL"),
    ("情報", "情報", "警告", "エラー", "重大"),
)
"""Names of the five levels from the least severe on."""
_FAULT_WORDS = (
    ("error", "failed", "failure", "exception", "fault", "interrupt", "terminated", "unable"),
    ("fatal", "panic", "abort", "crashed", "critical", "corrupted"),
    ("timeout", "refused", "denied", "invalid", "lost", "unexpected", "warning", "not responding"),
    ("fehler", "erreur", "fallo", "échec"),
    ("異常", "エラー", "故障", "失敗", "警報"),
)
# Which of these a log in each script uses.
_FAULT_WORDS_OF = ((0, 1, 2), (3, 0, 2), (0, 1, 2), (4,))
_JAPANESE_SCRIPT = 3


class Vocabulary:
    """Draws the words of one log. ``levels``: the names of its five levels of severity."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.script = int(rng.choice(len(_SCRIPT_SHARES), p=_SCRIPT_SHARES))
        self.levels = _LEVELS[rng.integers(len(_LEVELS))]
        self._used: set[str] = set()
        self._common = [self.new() for _ in range(int(rng.integers(60, 400)))]
        shares = 1.0 / np.arange(1, len(self._common) + 1) ** 0.8
        self._edges = shares.cumsum() / shares.sum()

    @property
    def between_words(self) -> str:
        """Return what stands between words: a space, or nothing in Japanese."""
        return "" if self.script == _JAPANESE_SCRIPT else " "

    def common(self) -> str:
        """Return one of the log's words, some of which are much more frequent than others."""
        return self._common[min(int(np.searchsorted(self._edges, self._rng.random())), len(self._common) - 1)]

    def new(self) -> str:
        """Return a word that this log has not used yet, or rarely an old one."""
        for _ in range(20):
            word = self._draw()
            if word not in self._used:
                break
        self._used.add(word)
        return word

    def of_fault(self) -> str:
        """Return a word for a fault."""
        groups = _FAULT_WORDS_OF[self.script]
        words = _FAULT_WORDS[groups[self._rng.integers(len(groups))]]
        return words[self._rng.integers(len(words))]

    def _draw(self) -> str:
        rng = self._rng
        if self.script == _JAPANESE_SCRIPT:
            return "".join(_JAPANESE[place] for place in rng.integers(len(_JAPANESE), size=int(rng.integers(2, 5))))
        vowels, consonants = _SYLLABLES[self.script]

        def syllable() -> str:
            end = consonants[rng.integers(len(consonants))] if rng.random() < 0.35 else ""
            return consonants[rng.integers(len(consonants))] + vowels[rng.integers(len(vowels))] + end

        word = "".join(syllable() for _ in range(int(rng.choice([1, 2, 3, 4], p=[0.15, 0.45, 0.3, 0.1]))))
        style = rng.random()
        if style < 0.12:
            return f"{word}{'_' if rng.random() < 0.5 else '.'}{syllable()}"
        return word.capitalize() + syllable().capitalize() if style < 0.22 else word
