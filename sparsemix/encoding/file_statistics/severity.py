"""How severe the words of an event are, in many languages.

The words are those by which logs name severity: the levels of RFC 5424 (syslog) and of the usual logging libraries, and common
words for faults, in English, German, French, Spanish, Italian, Russian, Japanese, Chinese and Korean.
"""

from __future__ import annotations

import re

_SEVEREST = (
    r"\b(?:fatal|emerg\w*|panic\w*|critical\w*|crit|severe\w*|corrupt\w*|crash\w*|abort\w*|segfault|oops|alert)\b"
    r"|致命|緊急|非常停止|重大|异常终止|치명"
)
_FAULT = (
    r"\b(?:err|errors?|fail(?:s|ed|ures?|ing)?|exceptions?|fault\w*|unable|cannot|terminat\w*|interrupts?"
    r"|fehler\w*|erreurs?|échec|fallo|erro|errore|ошибка|сбой)\b|エラー|異常|故障|失敗|障害|错误|失败|오류|실패"
)
_DOUBT = (
    r"\b(?:warn\w*|invalid|refused|denied|time(?:d)? ?out\w*|reject\w*|illegal|unexpected|lost|missing|dropp?ed"
    r"|not responding|unavailable|unreachable|killed|bad|exceed\w*|abnormal\w*|warnung\w*|avertissement|advertencia)\b"
    r"|警告|注意|警報|超過|切断|タイムアウト|過負荷|断線|未完了"
)
_GRADES = tuple((grade, re.compile(pattern, re.IGNORECASE)) for grade, pattern in ((3, _SEVEREST), (2, _FAULT), (1, _DOUBT)))
_LEVELS = {"WARN": 1, "ERROR": 2, "FATAL": 3}


def severity(text: str, level: str | None) -> tuple[int, int, int]:
    """Return the severest grade of the words of a text and of a level (0 none, 1 doubt, 2 fault, 3 severest), how many
    different such words the text has, and the sum of the different grades."""
    words = {grade: {word.lower() for word in pattern.findall(text)} for grade, pattern in _GRADES}
    grades = {grade for grade, found in words.items() if found} | ({_LEVELS[level]} if level in _LEVELS else set())
    return max(grades, default=0), sum(map(len, words.values())), sum(grades)
