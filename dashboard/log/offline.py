"""What the log page's component carries where no server answers it: in a file that was taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from dashboard.log.given import incidents
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.blocks import BLOCK, overview, text_block
from dashboard.service.log.effects import pair_changes
from dashboard.service.log.index import LogIndex
from dashboard.service.log.line import line_with_pairs
from dashboard.texts import PlainTexts
from sparsemix import Rerun

MOST_TEXT = 20_000
"""Lines whose text is carried: all of a log that has no more."""
MOST_LINES, MOST_CHANGES = 200, 10
"""Lines whose pairs are carried, and those for which it is computed what each pair changes."""
_AROUND = 40  # lines before and after one that is carried with its pairs

Changes = Mapping[int, Mapping[str, object]]
"""By event: what its pairs change, as `pair_changes` says it."""


def carried(loaded: LoadedDecision, target: int, changes: Changes) -> dict[str, object]:
    """Return what the component shows without a server. ``target``: the event that comes before all others."""
    index, n = LogIndex.of(loaded.sequence), len(loaded.sequence)
    lines = list(islice(_first(loaded, target), MOST_LINES))
    whole = n <= MOST_TEXT
    blocks = range(-(-n // BLOCK)) if whole else sorted(islice(_around(lines, n), MOST_TEXT // BLOCK))
    return {
        "whole": whole,
        "blocks": {str(block): text_block(loaded.sequence, index, block) for block in blocks},
        "overview": overview(loaded.sequence, index, details_of(loaded.summary.decision).flagged),
        "lines": {str(event): line_with_pairs(loaded, index, event) for event in lines},
        "why": {str(event): changed for event, changed in changes.items()},
    }


def changes_of(loaded: LoadedDecision, rerun: Rerun, target: int) -> dict[int, dict[str, object]]:
    """Return what the pairs change of the lines that come first. It takes a while in a long log."""
    return {event: pair_changes(rerun, event) for event in islice(_first(loaded, target), MOST_CHANGES)}


def _first(loaded: LoadedDecision, target: int) -> Iterator[int]:
    """Yield events once each: the target, where incidents begin, what led to them, and what is flagged, the surest first."""
    told = incidents(loaded, PlainTexts("en"))
    causes = [cause for one in told for cause in one["causes"]]
    flagged = sorted(details_of(loaded.summary.decision).flagged, key=lambda one: -one[2])
    events = [target, *(one["event"] for one in [*told, *causes]), *(event for event, *_ in flagged)]
    return _once(events, len(loaded.sequence))


def _around(lines: Iterable[int], n: int) -> Iterator[int]:
    return _once((event // BLOCK for line in lines for event in (line, line - _AROUND, line + _AROUND) if 0 <= event < n), n)


def _once(numbers: Iterable[int], below: int) -> Iterator[int]:
    return (number for number in dict.fromkeys(numbers) if 0 <= number < below)
