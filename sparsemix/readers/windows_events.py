"""Events as Windows writes them: the Event Viewer's CSV, text and XML, and PowerShell's tables.

    Level,Date and Time,Source,Event ID,Task Category
    Error,11/13/2026 5:53:29 AM,Disk,7,None,"The device, \\Device\\Harddisk1, has a bad block."

The Event Viewer names five columns and writes six, the last of which is the message; its names and levels are in the language
of the machine. All of it becomes a table with English names, of which a row is read as "Error Disk 7 The device, ...".
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.parsers import expat

from sparsemix.errors import InputError
from sparsemix.readers.collect import check_room
from sparsemix.readers.event_tables import EVENT_VIEWER_NAMES, XML_NAMES
from sparsemix.readers.limits import Limits
from sparsemix.readers.timestamps import parse_date

_TIME, _ID = 1, 3
_LEVEL_WORDS = {
    "DEBUG": "verbose ausführlich 詳細",
    "INFO": "information informationen 情報 0 4",
    "WARN": "warning warnung 警告",
    "ERROR": "error fehler エラー",
    "FATAL": "critical kritisch 重大",
}
_LEVELS = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}
_NUMBERED = {"0": "Information", "1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "5": "Verbose"}
TYPE_LINE = "#TYPE "
"""Beginning of the line that PowerShell writes above a table."""
_STARTS = ("<Events", "<Event xmlns=")
_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_MAX_DEPTH, _MAX_DATA = 32, 300


def windows_level(word: str) -> str | None:
    """Return DEBUG, INFO, WARN, ERROR or FATAL for a level in English, German or Japanese."""
    return _LEVELS.get(_NUMBERED.get(word.strip(), word).strip().lower())


def level_word(cell: str) -> str:
    """Return a level as a word where PowerShell wrote a number."""
    return _NUMBERED.get(cell.strip(), cell.strip())


def is_event_row(cells: Sequence[str]) -> bool:
    """Return whether the cells are an event of the Event Viewer's CSV or text, whatever its language: a message follows the
    five cells that have names."""
    return len(cells) >= len(EVENT_VIEWER_NAMES) and cells[_ID].strip().isdecimal() and parse_date(cells[_TIME]) is not None


def event_row(cells: Sequence[str], delimiter: str) -> list[str]:
    """Return the six cells of an event; a message without quotes may hold delimiters."""
    named = len(EVENT_VIEWER_NAMES) - 1
    return [*cells[:named], delimiter.join(cells[named:])]


def is_event_xml(lines: Sequence[str]) -> bool:
    """Return whether the lines are the Event Viewer's XML, or events as ``wevtutil`` prints them."""
    start = _without_declaration("\n".join(lines[:3]).lstrip()).lstrip()
    return start.startswith(_STARTS) and (_NAMESPACE in "\n".join(lines[:5])[:2_000])


def xml_rows(lines: Sequence[str], limits: Limits) -> list[list[str]]:
    """Return the cells of every event in the XML, in the columns ``XML_NAMES``. Raises `InputError` bad_event_xml,
    too_many_events."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    text = _without_declaration("\n".join(lines[first:]).lstrip())
    events = _Events(limits)
    try:
        # wevtutil prints events side by side, which is XML only inside another element. There XML allows no document type,
        # so that nothing can define entities, which unfold to gigabytes or name files.
        events.parser.Parse("\n" * first + f"<all>{text}</all>", True)
    except expat.ExpatError as error:
        raise _bad_xml(error.lineno) from error
    return events.rows


def _without_declaration(text: str) -> str:
    """Return the text without ``<?xml ...?>``: it is decoded already."""
    if not text.startswith("<?xml"):
        return text
    declaration, _, rest = text.partition("?>")
    return "\n" * declaration.count("\n") + rest


def _bad_xml(line: int) -> InputError:
    return InputError(
        f"The XML of events is broken or no plain list of events at line {line:,}. Export it again, or save it as CSV.",
        code="bad_event_xml",
        line=line,
    )


class _Events:
    """Handler of the XML parser, which keeps the events found so far; no more depth, elements and text than an event has."""

    def __init__(self, limits: Limits) -> None:
        self.rows: list[list[str]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._text
        self._limits = limits
        self._path: list[str] = []
        self._found: dict[str, str] = {}
        self._data: list[str] = []

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(" ")[2]
        self._path.append(name)
        if len(self._path) > _MAX_DEPTH:
            raise _bad_xml(self.parser.CurrentLineNumber)
        if name == "Event":
            self._found, self._data = {}, []
        elif name == "Provider":
            self._found["Source"] = attributes.get("Name") or attributes.get("EventSourceName", "")
        elif name == "TimeCreated":
            self._found["Date and Time"] = attributes.get("SystemTime", "")
        elif name == "Data" and len(self._data) < _MAX_DATA:
            own = attributes.get("Name", "")
            self._data.append(f"{own}=" if own else "")

    def _text(self, text: str) -> None:
        kind = "/".join(self._path[-2:])
        cap = self._limits.max_line_chars
        if self._path[-1:] == ["Data"] and self._data:
            self._data[-1] = (self._data[-1] + text)[:cap]
        elif kind in _FIELDS:
            field = _FIELDS[kind]
            self._found[field] = (self._found.get(field, "") + text)[: cap + 1]

    def _end(self, element: str) -> None:
        self._path.pop()
        if element.rpartition(" ")[2] != "Event":
            return
        found = self._found
        level = found.get("Rendered") or level_word(found.get("Level", ""))
        message = found.get("Message", "").strip() or " ".join(part.strip() for part in self._data if part.strip())
        cells = [*(found.get(name, "").strip() for name in XML_NAMES[1:-1]), message[: self._limits.max_line_chars + 1]]
        self.rows.append([level.strip(), *cells])
        check_room(len(self.rows), self._limits)


_FIELDS = {
    "System/EventID": "Event ID",
    "System/Level": "Level",
    "System/Computer": "Computer",
    "RenderingInfo/Level": "Rendered",
    "RenderingInfo/Message": "Message",
}
