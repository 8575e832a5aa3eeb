"""Tables of events: a column of messages among the columns, and a row as the text of a log line.

    time,level,station,message,code
    2026-11-13 05:53:29,ERROR,ST03,pump 3 has no pressure,17      # read as "ERROR ST03 17 pump 3 has no pressure"

Such a table is no table of sensors: what counts are its texts, and a number in it, such as a code, is part of an event. The
columns that Windows writes are known by their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

MESSAGE_NAMES = frozenset(
    (
        *("message", "msg", "text", "event", "description", "event description", "event_description", "details", "log"),
        *("alarm text", "alarm_text", "alarmtext", "alarm message", "event text", "log message", "log_message"),
        *("meldung", "meldungstext", "nachricht", "beschreibung", "ereignis"),
        *("メッセージ", "本文", "内容", "説明", "アラーム内容", "イベント内容", "アラームメッセージ"),
    )
)
ID_NAMES = frozenset(
    (
        *("id", "event id", "event_id", "eventid", "code", "error code", "error_code", "errorcode", "alarm code", "alarm_code"),
        *("alarm id", "alarm_id", "ereignis-id", "fehlercode", "イベント id", "イベントid", "コード", "エラーコード"),
    )
)
EVENT_VIEWER_NAMES = ("Level", "Date and Time", "Source", "Event ID", "Task Category", "Message")
XML_NAMES = ("Level", "Date and Time", "Source", "Event ID", "Computer", "Message")
# Get-WinEvent and Get-EventLog write everything that they know of an event.
_POWERSHELL = ({"message", "timecreated"}, {"message", "timegenerated"})
_LEFT_OUT = frozenset(
    (
        *("version", "qualifiers", "level", "task", "opcode", "keywords", "recordid", "providerid", "logname", "processid"),
        *("threadid", "userid", "activityid", "relatedactivityid", "containerlog", "matchedqueryids", "bookmark", "properties"),
        *("leveldisplayname", "opcodedisplayname", "keywordsdisplaynames", "pscomputername", "runspaceid", "taskdisplayname"),
        *("data", "index", "category", "categorynumber", "replacementstrings", "instanceid", "timewritten", "username"),
        *("site", "container", "psshowcomputername", "machinename"),
    )
)
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_USED, _NAMED, _SENTENCES = 0.5, 0.8, 0.6
_WORDS, _WIDE_SIGNS = 3, 6
_DIFFERENT = 3
_MOST_NUMBERS = 3
"""A table with more columns of numbers is one of sensors with remarks, unless the name says that the texts are the matter."""


def message_column(cells: Mapping[str, Sequence[str]], rows: int) -> str:
    """Return the column of messages among columns with these ``cells``, without missing ones, of so many rows; empty text where
    there is none.

    It has a usual name and holds words, or it has at least three words in most cells. Half of the rows must have it.
    """
    used = {name: column for name, column in cells.items() if column and len(column) >= _USED * rows}
    for name, column in used.items():
        if name.strip().lower() in MESSAGE_NAMES and _share(column, _has_words) >= _NAMED:
            return name
    if sum(_share(column, is_number) >= _NAMED for column in used.values()) > _MOST_NUMBERS:
        return ""
    for name, column in used.items():
        if len(set(column)) >= min(_DIFFERENT, rows) and _share(column, _is_sentence) >= _SENTENCES:
            return name
    return ""


def left_out(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of PowerShell's table of events that say nothing of what happened; none for any other table."""
    lowered = {name.strip().lower() for name in names}
    if not any(known <= lowered for known in _POWERSHELL):
        return ()
    return tuple(name for name in names if name.strip().lower() in _LEFT_OUT)


def is_windows(names: Sequence[str]) -> bool:
    """Return whether these are the columns of a table of events from Windows."""
    lowered = {name.strip().lower() for name in names}
    return tuple(names) in (EVENT_VIEWER_NAMES, XML_NAMES) or any(known <= lowered for known in _POWERSHELL)


def is_number(cell: str) -> bool:
    """Return whether a cell is a plain number."""
    return _NUMBER.fullmatch(cell) is not None


def _share(column: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, column)) / len(column)


def _has_words(cell: str) -> bool:
    return _WORD.search(cell) is not None


def _is_sentence(cell: str) -> bool:
    head = cell[:1_000]
    return len(_WORD.findall(head)) >= _WORDS and (" " in head.strip() or len(_WIDE.findall(head)) >= _WIDE_SIGNS)
