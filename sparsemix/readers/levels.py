"""The words of a line that tell its level and its source."""

import re
from collections.abc import Sequence

_SPELLINGS = {
    "DEBUG": "DEBUG TRACE VERBOSE デバッグ",
    "INFO": "INFO INFORMATION INFORMATIONAL 情報",
    "NOTICE": "NOTICE 通知 注意",
    "WARN": "WARN WARNING 警告",
    "ERROR": "ERROR ERR SEVERE 異常 エラー",
    "FATAL": "FATAL CRITICAL CRIT ALERT EMERG EMERGENCY PANIC 重大 致命的",
}
_LEVELS = {word: level for level, words in _SPELLINGS.items() for word in words.split()}
# RFC 5424 section 6.2.1: severity is the priority value modulo 8.
_SYSLOG = ("FATAL", "FATAL", "FATAL", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG")

_EDGES = "[](){}<>:|,;-【】［］（）「」：＜＞"
_LEVEL_KEYS = ("level=", "severity=", "lvl=")
_STATION = re.compile(
    r"[A-Za-z]{1,16}[-_/]?[0-9]{1,6}(?:[-_/][A-Za-z0-9]{1,16})*"
    r"|(?:設備|装置|機械|工程|ライン|ステーション)[-_]?[0-9A-Za-z０-９]{1,6}|[0-9０-９]{1,3}号機"
)
_LOGGER = re.compile(r"([A-Za-z_][\w$-]*(?:\.[\w$-]+)*)(?:\[\d+\])?:|([A-Za-z_][\w$-]*(?:\.[A-Za-z_][\w$-]*)+)")
_LOGGER_MAX = 120


def normalise_level(word: str) -> str | None:
    """DEBUG, INFO, NOTICE, WARN, ERROR or FATAL for a level in its many spellings, else None."""
    return _LEVELS.get(word.strip().strip(_EDGES).upper())


def syslog_level(priority: int) -> str:
    """The level of a syslog priority value (facility * 8 + severity)."""
    return _SYSLOG[priority % 8]


def find_level(words: Sequence[str]) -> tuple[int, str | None]:
    """Position and level of the first word that names a level; (-1, None) without one."""
    for index, word in enumerate(words):
        bare = word.strip(_EDGES)
        level = _LEVELS.get(bare.upper())
        # A plain lower-case "error" further on is part of the sentence, not the line's level.
        if level is not None and (index == 0 or bare != word or bare.isupper() or not bare.isascii()):
            return index, level
        for key in _LEVEL_KEYS:
            if word.startswith(key):
                return index, normalise_level(word[len(key) :].strip('"'))
    return -1, None


def find_station(words: Sequence[str]) -> str | None:
    """The first word that looks like a station's name: letters and then digits, as in ST03 or PLC-1."""
    for word in words:
        bare = word.strip(_EDGES)
        if _STATION.fullmatch(bare):
            return bare
    return None


def find_logger(words: Sequence[str]) -> str | None:
    """The first word that looks like a logger: a name before a colon, or a dotted class name."""
    for word in words:
        if len(word) <= _LOGGER_MAX and (match := _LOGGER.fullmatch(word.strip("[]()"))):
            return match[1] or match[2]
    return None
