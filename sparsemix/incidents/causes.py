"""What led to an incident: lines before it, found by the words that they share. Most incidents have none, and then nothing is
told.

Five rules, in this order, and the first that finds something tells:

- *trouble*: an identifier of the incident, such as a host, is named by severe lines first at an earlier incident, and not
  from the log's beginning on: there the trouble began.
- *changed*: after a line that says that something was changed, such as a deployment, severe lines are several times as
  frequent as between it and the change before it.
- *opened*: an identifier that few lines have, such as a process, was there long before: the line that opened what went wrong.
- *announced*: a line that stands only once, and has a word of a fault that else stands only with it: it was said before.
- *prepared*: for an incident that must be seen, the lines shortly before that share its rarest words, as a call that begins
  and prepares.

They look at the lines of the incident's own source, and a later line is never told. An incident that has a cause is worth more
to a reader: LINKED is added to its score, and without what its rule found the score falls by as much.

Axis letters: N events.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sparsemix.distinct import distinct
from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.statistics import lines_of
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.matches import ranges
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.encoding.tokens import numbered
from sparsemix.incidents.incident import Cause, came_before
from sparsemix.incidents.terms import REACH, Candidates

LINKED = 0.5
"""What a cause adds to an incident's score."""
_SIGNS = re.compile(r"[:/@]")
_DATE = re.compile(r"(?:[0-9]{4}[.-])?[0-9]{2}[.-][0-9]{2}(?![0-9])")
_CHARACTERS, _LEAST_CHARACTERS = 600, 4
# Words that say nothing by themselves, however rare they are in a log.
_SMALL = re.compile(
    r"about|after|again|already|also|always|another|because|been|before|being|cannot|could|does|done|during|each|else"
    r"|even|ever|every|from|have|having|here|into|itself|just|many|more|most|much|must|only|other|over|same|should"
    r"|since|some|still|such|than|that|their|them|then|there|these|they|this|those|through|under|until|upon|very|were"
    r"|what|when|where|which|while|will|with|within|without|would|your",
    re.IGNORECASE,
)
_BESIDE = 3
# Trouble: severe lines of an identifier, lines back, share of the log that is its beginning, of an identifier's lines within
# their stretch, and of those since its first severe line that are severe.
_LEAST_TROUBLE, _FAR, _BEGINNING, _DENSE, _MOSTLY = 3, 600, 0.1, 0.5, 0.5
# Opened: most lines with the identifier; digits of one that is a number; seconds, or lines where there are no times, before.
_MOST_OF_SESSION, _DIGITS, _LEAST_SECONDS, _MOST_SECONDS, _LEAST_LINES = 10, 5, 60.0, 86_400.0, 10
# Changed: lines of a kind that tells a change, severe lines after it, and how much more frequent they are.
_CHANGE = re.compile(
    r"\b(?:deploy\w*|releas\w*|roll(?:ed|ing)?[ -]?(?:out|back)|upgrad\w*|updat\w*|migrat\w*|reload\w*|restart\w*"
    r"|reboot\w*|changeover|adjust\w*)\b|変更|更新|再起動|段取|調整|交換",
    re.IGNORECASE,
)
_MOST_CHANGES, _LEAST_AFTER, _TIMES_AS_FREQUENT = 10, 5, 4.0
# Announced: lines with the word. A fault's grade of severity.
_MOST_ANNOUNCED, _FAULT = 10, 2
# Prepared: most lines with a rare word, and how far back, in lines.
_RARE_LINES, _NEAREST, _FARTHEST, _MOST_PREPARED = 6, 3, 40, 2


class CauseSearch:
    """Looks for what led to the incidents of one file."""

    def __init__(self, sequence: TokenSequence, found: Candidates, incidents: Sequence[tuple[int, bool]]) -> None:
        """Take a file, its candidates, and of the incidents found in the file, also those that are not shown, the lead
        and whether it must be seen."""
        self._sequence, self._events, self._found = sequence, sequence.events, found
        self._earlier = incidents
        self._first, self._end = 0, len(self._events)
        self._lines = lines_of(self._events)
        wanted = {word for earlier, _ in incidents for at in self._beside(earlier) for word in self._words(at)}
        self._all_places = _all_places(self._lines, wanted)
        self._all_changes = self._find_changes()

    def causes_of(self, lead: int, must: bool) -> tuple[Cause, ...]:
        """Return what led to the incident with this lead, the most telling cause first; () where nothing in the file did."""
        if not self._found.grade[lead]:
            return ()
        self._first, self._end = self._found.own_source(lead)
        rules = {
            "trouble": self._trouble,
            "changed": self._changed,
            "opened": self._opened,
            "announced": self._announced,
            "prepared": self._prepared,
        }
        for name, rule in rules.items():
            found = [(event, word) for event, word in rule(lead, must) if came_before(self._sequence, event, lead)]
            if found:
                return tuple(Cause(event, name, word, LINKED) for event, word in found)
        return ()

    def _trouble(self, lead: int, _must: bool) -> list[tuple[int, str]]:
        grade = self._found.grade
        severe = [at for at in self._beside(lead) if grade[at]]
        best = (0, 0, "")
        for word in sorted({word for at in severe for word in self._words(at) if _is_identifier(word)}):
            places = self._places(word)
            troubled = places[grade[places] >= 1]
            stretch = int(places[-1] - places[0]) + 1
            if len(troubled) < _LEAST_TROUBLE or troubled[0] < self._begun() or len(places) > _DENSE * stretch:
                continue
            if len(troubled) < _MOSTLY * (places >= troubled[0]).sum():
                continue
            for earlier, must in self._earlier:
                if must and self._began(earlier, int(troubled[0]), lead, word):
                    between = int(((troubled >= troubled[0]) & (troubled < lead)).sum())
                    best = max(best, (between, earlier, word))
        return [(best[1], best[2])] if best[0] >= _LEAST_TROUBLE else []

    def _began(self, earlier: int, first: int, lead: int, word: str) -> bool:
        """Return whether an earlier incident is where an identifier's trouble began."""
        kind = self._found.kind
        if abs(earlier - first) > REACH or not REACH < lead - earlier <= _FAR or kind[earlier] == kind[lead]:
            return False
        return any(word in self._words(at) for at in self._beside(earlier))

    def _opened(self, lead: int, _must: bool) -> list[tuple[int, str]]:
        best: tuple[int, int, str] | None = None
        for word in sorted(self._words(lead)):
            places = self._places(word)
            first = int(places[0])
            if _is_identifier(word) and 2 <= len(places) <= _MOST_OF_SESSION and self._long_before(first, lead):
                best = min(best or (len(places), first, word), (len(places), first, word))
        return [(best[1], best[2])] if best else []

    def _long_before(self, first: int, lead: int) -> bool:
        if self._found.kind[first] == self._found.kind[lead]:
            return False
        began, now = self._events[first].time, self._events[lead].time
        if began is None or now is None:
            return lead - first >= _LEAST_LINES
        return _LEAST_SECONDS <= now - began <= _MOST_SECONDS

    def _within_a_day(self, event: int, lead: int) -> bool:
        began, now = self._events[event].time, self._events[lead].time
        return began is None or now is None or now - began <= _MOST_SECONDS

    def _find_changes(self) -> list[int]:
        """Return the events that say that something was changed, of kinds with few lines."""
        kind = self._found.kind[: len(self._events)]
        few = np.flatnonzero((np.bincount(kind)[kind] <= _MOST_CHANGES) & (self._found.grade == 0))
        return [place for place in few.tolist() if _CHANGE.search(self._events[place].message[:_CHARACTERS])]

    def _changed(self, lead: int, _must: bool) -> list[tuple[int, str]]:
        changes = [change for change in self._all_changes if self._begun() <= change < self._end]
        edges = [self._first, *(change for change in changes if change < lead)]
        if len(edges) == 1:
            return []
        after = next((change for change in changes if change > lead), self._end)
        severe = self._found.grade >= 1
        now, before = severe[edges[-1] : after], severe[edges[-2] : edges[-1]]
        often = now.mean() >= _TIMES_AS_FREQUENT * (before.sum() + 1) / (len(before) + 1)
        if now.sum() < _LEAST_AFTER or not often:
            return []
        found = _CHANGE.search(self._events[edges[-1]].message[:_CHARACTERS])
        return [(edges[-1], "" if found is None else found[0])]

    def _announced(self, lead: int, _must: bool) -> list[tuple[int, str]]:
        if self._found.grade[lead] < _FAULT:
            return []
        best: tuple[int, int, str] | None = None
        for word in sorted(self._words(lead)):
            places = self._places(word)
            before = places[places < lead - REACH]
            if len(before) != 1 or len(places) > _MOST_ANNOUNCED or any(char.isdigit() for char in word):
                continue
            event = int(before[0])
            once = (self._found.kind == self._found.kind[event]).sum() == 1
            if once and self._found.grade[event] < _FAULT and event >= self._begun() and self._within_a_day(event, lead):
                best = min(best or (len(places), event, word), (len(places), event, word))
        return [(best[1], best[2])] if best else []

    def _prepared(self, lead: int, must: bool) -> list[tuple[int, str]]:
        if not must or self._found.grade[lead] < _FAULT:
            return []
        told: dict[int, float] = defaultdict(float)
        shared: dict[int, tuple[int, int, str]] = {}  # the rarest word; of equally rare ones the longest says most
        for word in sorted(self._words(lead)):
            places = self._places(word)
            if len(places) > _RARE_LINES or word.isdigit() or word == self._events[lead].level:
                continue
            for event in places[(places >= lead - _FARTHEST) & (places <= lead - _NEAREST)].tolist():
                if self._found.kind[event] != self._found.kind[lead]:
                    told[event] += float(-np.log(len(places) / len(self._events)))
                    one = (len(places), -len(word), word)
                    shared[event] = min(shared.get(event, one), one)
        best = sorted(told, key=lambda event: (-told[event], event))[:_MOST_PREPARED]
        return [(event, shared[event][2]) for event in best]

    def _words(self, event: int) -> set[str]:
        return {word for run in self._lines.of(event) for word in _parts(run) if _says_something(word)}

    def _places(self, word: str) -> Codes:
        """Return the events of the incident's source that have a word."""
        places = self._all_places[word]
        return places[(places >= self._first) & (places < self._end)]

    def _begun(self) -> float:
        """Return from which event on the incident's source has begun."""
        return self._first + _BEGINNING * (self._end - self._first)

    def _beside(self, lead: int) -> range:
        return range(max(lead - _BESIDE, self._first), min(lead + _BESIDE + 1, self._end))


def _parts(run: str) -> list[str]:
    """Return the words between the signs of an address or a path."""
    return [part.strip(".!?-*") for part in _SIGNS.split(run)]


def _says_something(word: str) -> bool:
    return len(word) >= _LEAST_CHARACTERS and not _SMALL.fullmatch(word)


def _all_places(lines: Lines, wanted: set[str]) -> dict[str, Codes]:
    """Return the events that have each of the ``wanted`` words, ascending."""
    runs = [(number, word) for number, run in enumerate(lines.words) for word in wanted.intersection(_parts(run))]
    words, code = numbered(word for _, word in runs)
    count = np.bincount(np.array([number for number, _ in runs], np.int64), minlength=len(lines.words))
    place, event = lines.with_words(count > 0)
    run = lines.word[place]
    own = code[ranges((count.cumsum() - count)[run], count[run])]
    # Each event once, though it may have the word twice.
    own, event = np.divmod(distinct(own * len(lines) + np.repeat(event, count[run])), len(lines))
    return dict(zip(words, np.split(event, np.searchsorted(own, np.arange(1, len(words)))), strict=False))


def _is_identifier(word: str) -> bool:
    """Return whether a word has a digit, and is more than zeros, a short number or a date."""
    if word.isdigit():
        return len(word) >= _DIGITS and any(char != "0" for char in word)
    return any(char.isdigit() and char != "0" for char in word) and not _DATE.match(word)
