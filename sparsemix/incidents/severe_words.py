"""How severe a line's words are to a person who looks at a log for the first time.

The words are those of `file_statistics.severity`, also inside names (``sendSyncFailedBroadcast``), and some more that say that
something is gone or cannot be had.
"""

from __future__ import annotations

import re
from itertools import pairwise

from sparsemix.encoding.file_statistics.severity import severity

_INSIDE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_GONE = re.compile(
    r"\b(?:dead|died|reset by|not found|disconnect\w*|down|broken|full|blocked|no route|can't|not ready|fail\w*)\b",
    re.IGNORECASE,
)
# What a system has run out of, or how a program ended: a fault whatever else the line says.
_ENDED = re.compile(
    r"\b(?:out of memory|oom.?kill\w*|no space left|disk full|segfault\w*|segmentation fault|core dumped)\b", re.IGNORECASE
)
# The status of a request that the server could not serve (RFC 9110, section 15.6), in the log formats of Apache and nginx.
_FAILED_REQUEST = re.compile(r'HTTP/[0-9.]+" (5[0-9]{2}) ')
# A count of nothing, or what is switched on or off: ``err=0``, ``panic=1``.
_SETTING = re.compile(r"(?<![\w.-])[\w.-]+=[01](?![\w.])")
_CHARACTERS, _REQUEST_CHARACTERS = 400, 2_000
_FAULT = 2


def severe_grade(text: str, level: str | None) -> int:
    """Return how severe a text and a level are: 0 not at all, 1 doubt, 2 fault, 3 severest."""
    apart = _INSIDE.sub(" ", text[:_CHARACTERS])
    return max(severity(apart, level)[0], _FAULT if _ENDED.search(apart) else 1 if _GONE.search(apart) else 0)


def without_settings(text: str) -> str:
    """Return a text without names that are set to 0 or 1."""
    return _SETTING.sub(" ", text[:_REQUEST_CHARACTERS])


def grade_with_values(grade: int, text: str, level: str | None) -> int:
    """Return the grade of a text whose form has ``grade``: a name that is set to 0 or 1 is not severe, a failed request is a
    fault."""
    if grade and "=" in text:
        grade = severe_grade(without_settings(text), level)
    return max(grade, _FAULT if failed_request(text) else 0)


def severe_word(text: str, level: str | None) -> str:
    """Return the word for which a text has its grade: the first of the severest; its level where no word has the grade;
    ``""`` where nothing does."""
    text = without_settings(text)
    grade = severe_grade(text, level)
    if grade < _FAULT and (status := failed_request(text)):
        return status
    if not grade:
        return ""
    apart = _INSIDE.sub(" ", text[:_CHARACTERS])
    if grade == _FAULT and (ended := _ENDED.search(apart)):
        return ended[0]
    words = apart.split()
    single = next((word for word in words if severe_grade(word, None) == grade), None)
    pair = next((f"{a} {b}" for a, b in pairwise(words) if severe_grade(f"{a} {b}", None) == grade), None)
    return (single or pair or level or "").strip(".,:;!?()[]{}'\"")


def ended(text: str) -> bool:
    """Return whether a text says that a system has run out of something, or how a program ended."""
    return _ENDED.search(text[:_CHARACTERS]) is not None


def failed_request(text: str) -> str:
    """Return the status by which a line of an access log says that the server failed; ``""`` for other lines."""
    found = _FAILED_REQUEST.search(text, 0, _REQUEST_CHARACTERS)
    return found[1] if found else ""
