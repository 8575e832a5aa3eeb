"""Repetition: events in a row that are equal or of one form, and how dense a kind is around an event.

Axis letters: N events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, counts_near, counts_of

_AROUND = 20
"""Events before and after an event that count as around it."""
_LEAST_RUN = 3


class Repetition(NamedTuple):
    """Columns [N]. Logarithms of the length of the run of equal texts, and of how much longer it is than the file's longest
    other; the same for forms, against the longest other run of the form; of the events of this kind around, against a steady
    rate; of the equal texts around; and the share of all equal texts that are around."""

    texts_in_a_row: Column
    longer_than_others: Column
    forms_in_a_row: Column
    longer_than_own: Column
    density: Column
    equal_around: Column
    share_around: Column


def repetition(lines: Lines) -> Repetition:
    """Return how every event is repeated."""
    _, text_runs = _runs(lines.text)
    texts = np.repeat(text_runs, text_runs)
    first, form_runs = _runs(lines.form)
    forms = np.repeat(form_runs, form_runs)
    around, equal = _around(lines.kind), _around(lines.text)
    steady = counts_of(lines.kind) / len(lines.kind) * (2 * _AROUND + 1)
    longest_other = _longest_others(np.zeros(len(text_runs), np.int64), text_runs)
    longest_own = _longest_others(lines.form[first], form_runs)
    return Repetition(
        np.log(texts),
        _longer(texts, np.repeat(longest_other, text_runs)),
        np.log(forms),
        _longer(forms, np.repeat(longest_own, form_runs)),
        np.log(around / np.maximum(steady, 1.0)),
        np.log(equal),
        equal / counts_of(lines.text),
    )


def _runs(codes: Codes) -> tuple[Codes, Codes]:
    """Return where runs of equal codes begin, and their lengths."""
    first = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    return first, np.diff(np.append(first, len(codes)))


def _longest_others(group: Codes, length: Codes) -> Codes:
    """Return, for every run, the length of the longest other run of its group; 1 where there is none."""
    order = np.lexsort((length, group))
    last = np.append(group[order][1:] != group[order][:-1], True)
    longest = np.zeros(group.max() + 1, np.int64)
    second = np.ones(group.max() + 1, np.int64)
    longest[group[order[last]]] = length[order[last]]
    before = order[:-1][last[1:] & ~last[:-1]]
    second[group[before]] = length[before]
    return np.where(length == longest[group], second[group], longest[group])


def _longer(length: Codes, other: Codes) -> Column:
    """Return the logarithm of how much longer runs are than others [N]; 0 for runs below three."""
    return np.where(length >= _LEAST_RUN, np.log(length / other), 0.0)


def _around(codes: Codes) -> Codes:
    """Return how many events of the same code are around every event, itself included [N]."""
    return counts_near(np.arange(len(codes)), codes, _AROUND)
