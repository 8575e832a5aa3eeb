"""What the first words of a message name: its level, and a station or a logger."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

_SPELLINGS = {
    "DEBUG": "DEBUG TRACE VERBOSE デバッグ",
    "INFO": "INFO INFORMATION INFORMATIONAL 情報",
    "NOTICE": "NOTICE 通知 注意",
    "WARN": "WARN WARNING 警告",
    "ERROR": "ERROR ERR SEVERE 異常 エラー",
    "FATAL": "FATAL CRITICAL CRIT ALERT EMERG EMERGENCY PANIC 重大 致命的",
}
_LEVELS = {word: level for level, words in _SPELLINGS.items() for word in words.split()}

_EDGES = "[](){}<>:|,;-【】［］（）「」：＜＞"
_LEVEL_KEYS = ("level=", "severity=", "lvl=")
_STATION = re.compile(
    r"[A-Za-z]{1,16}[-_/]?[0-9]{1,6}(?:[-_/][A-Za-z0-9]{1,16})*"
    r"|(?:設備|装置|機械|工程|ライン|ステーション)[-_]?[0-9A-Za-z０-９]{1,6}|[0-9０-９]{1,3}号機"
)
_LOGGER = re.compile(r"([A-Za-z_][\w$-]*(?:\.[\w$-]+)*)(?:\[\d+\])?:|([A-Za-z_][\w$-]*(?:\.[A-Za-z_][\w$-]*)+)")
_LOGGER_MAX = 120
_WORD = re.compile(r"\S+")
# Characters and words that are looked at; first words that are remembered.
HEAD_CHARS, _HEAD_WORDS, _KEPT = 400, 6, 16_384


def normalise_level(word: str) -> str | None:
    """Return DEBUG, INFO, NOTICE, WARN, ERROR or FATAL for a level in any of its spellings, else None."""
    return _LEVELS.get(word.strip().strip(_EDGES).upper())


def find_level(words: Sequence[str]) -> tuple[int, str | None]:
    """Return position and level of the first word that names a level; (-1, None) without one."""
    for index, word in enumerate(words):
        bare = word.strip(_EDGES)
        level = _LEVELS.get(bare.upper())
        # A plain lower-case "error" further on is part of the sentence, not the line's level.
        if level is not None and (index == 0 or bare != word or bare.isupper() or not bare.isascii()):
            return index, level
        if word.startswith(_LEVEL_KEYS):
            key = next(key for key in _LEVEL_KEYS if word.startswith(key))
            return index, normalise_level(word[len(key) :].strip('"'))
    return -1, None


Names = tuple[str | None, tuple[int, int] | None]
"""Level, and where in the message a station or logger is named."""


@lru_cache(maxsize=_KEPT)
def named(head: str, stamped: bool, hosted: bool) -> Names:
    """Return what the first words of a message name: a station is letters and then digits, as in ST03 or PLC-1, a logger a name
    before a colon, or a dotted class name. Digits may be any others."""
    words = list(islice(_WORD.finditer(head), _HEAD_WORDS))
    at, level = find_level([word[0] for word in words])
    # The station comes right after the level; without a level only the first word of a stamped line can be a station.
    first_word = words[:1] if stamped and not hosted else []
    span = _span_of(_STATION, _EDGES, words[at + 1 : at + 3] if at >= 0 else first_word)
    if span is None and stamped and not hosted:
        names = [word for index, word in enumerate(words) if index != at and len(word[0]) <= _LOGGER_MAX]
        span = _span_of(_LOGGER, "[]()", names)
    return level, span


def _span_of(pattern: re.Pattern[str], edges: str, words: Sequence[re.Match[str]]) -> tuple[int, int] | None:
    """Return where the pattern's group, or all of it, is in the first word that it matches without ``edges``."""
    for word in words:
        begin = word.start() + len(word[0]) - len(word[0].lstrip(edges))
        if match := pattern.fullmatch(word.string, begin, begin + len(word[0].strip(edges))):
            return match.span(match.lastindex or 0)
    return None


def first_words(message: str) -> str:
    """Return the words of a message, up to the next one, that can name something."""
    head = message[:HEAD_CHARS]
    words = head.split(maxsplit=_HEAD_WORDS)
    return head[: -len(words[-1])] if len(words) > _HEAD_WORDS else head
