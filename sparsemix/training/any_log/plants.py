"""Made-up systems with states: lines set what holds for a subject, such as a machine or an account, and later lines of the same
subject are right or wrong by what was set last, however far back.

All is drawn anew for every system: how many subjects there are and how their names look, where in a line they stand, what can
be set, how often, how bad states are worded, how often they occur, and which later lines they make wrong. Neither the words nor
the figures are those of a simulator or a benchmark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from sparsemix.training.any_log.system import Kind, LogLine, MadeUpSystem, MessageSlot

_SUBJECTS, _VALUES = (2, 16), (3, 24)
# Lines between two that set the same thing for the same subject (of a log at most the share), and share of checks among lines.
_BETWEEN, _OF_LOG, _CHECKS = (25.0, 1500.0), 0.3, (0.03, 0.2)
# Checks of every rule at least, where that is at most such a share: of a few alone nobody could tell what is usual.
_LEAST_CHECKS, _MOST_CHECKS = 40, 0.5
# How often a state turns bad, or a value is wrong; how often a deviation is large, not so rarely that a single one would be
# normal; how often a wrong value is the one before.
_BAD, _LARGE, _PREVIOUS = (0.03, 0.55), (0.2, 0.6), (0.2, 0.95)
# Shares of states whose bad line is worded as the good one and more, differs in one word alone, has a higher level, and of
# those of which a bad one is always followed by a good one.
_MARKED, _ONE_WORD, _HIGHER, _RETURNS = 0.6, 0.4, 0.4, 0.4
# Shares of rules: a value, a state that makes large deviations wrong, one that makes an alarm a fault, and those that mean
# nothing: a state without consequences, a value that nothing sets.
_RULE_COUNT = (1, 9)
_RULES = ("value", "deviation", "alarm", "idle", "loose")
_RULE_SHARES = (0.26, 0.22, 0.22, 0.2, 0.1)
# Numbers of faults from here on are of this module.
_FIRST_FAULT = 1_000
_NEGATIONS = 3


@dataclass(slots=True)
class _Set:
    """What was set last: the line, whether it is bad, its value, and the one before."""

    line: LogLine
    bad: bool
    value: str = ""
    before: str = ""


@dataclass(slots=True)
class _Rule:
    """One thing that lines set and other lines are judged by. ``write_set`` and ``write_check`` write a line for a subject."""

    subjects: list[str]
    write_set: Callable[[str], LogLine]
    write_check: Callable[[str], LogLine] | None
    between: float
    due: dict[str, float] = field(default_factory=dict)


class Plant:
    """Writes the lines of a system that set states, and those that are judged by them; ``breaks``: whether there are faults."""

    def __init__(self, rng: np.random.Generator, system: MadeUpSystem, length: int, *, breaks: bool) -> None:
        self._rng, self._system, self._breaks = rng, system, breaks
        self._faults = _FIRST_FAULT
        self._negation = "".join(system.vocabulary.new()[:_NEGATIONS])
        groups = [self._names(int(np.exp(rng.uniform(*np.log(_SUBJECTS))))) for _ in range(int(rng.integers(1, 4)))]
        in_front = rng.random() < 0.6
        if in_front:
            system.places = groups[0]
        self._rules: list[_Rule] = []
        self._last_was_set = False
        for _ in range(int(rng.integers(*_RULE_COUNT))):
            group = int(rng.integers(len(groups)))
            between = float(np.exp(rng.uniform(np.log(_BETWEEN[0]), np.log(min(_BETWEEN[1], _OF_LOG * length)))))
            name = str(rng.choice(_RULES, p=_RULE_SHARES))
            draw = self._value_rule if name in ("value", "loose") else self._state_rule
            self._rules.append(draw(name, groups[group], between, in_front=in_front and group == 0))
        checked = sum(rule.write_check is not None for rule in self._rules)
        few, share = min(_MOST_CHECKS, _LEAST_CHECKS * checked / length), float(np.exp(rng.uniform(*np.log(_CHECKS))))
        self._check_share = max(share, few)
        for rule in self._rules:
            rule.due = {subject: float(rng.uniform(0, 0.3 * rule.between)) for subject in rule.subjects}

    def next(self, number: int) -> LogLine | None:
        """Return the line to write at this number of the log, None where it is none of these lines."""
        rng = self._rng
        late = [
            (due, place, subject)
            for place, rule in enumerate(self._rules)
            for subject, due in rule.due.items()
            if due <= number
        ]
        if late and not self._last_was_set:
            self._last_was_set = True
            _, place, subject = min(late)
            rule = self._rules[place]
            rule.due[subject] = number + rule.between * rng.uniform(0.5, 1.5)
            return rule.write_set(subject)
        self._last_was_set = False
        checks = [rule for rule in self._rules if rule.write_check is not None]
        if checks and rng.random() < self._check_share:
            rule = checks[rng.integers(len(checks))]
            if rule.write_check is not None:
                return rule.write_check(rule.subjects[rng.integers(len(rule.subjects))])
        return None

    def _names(self, count: int) -> list[str]:
        """Draw names of one look."""
        rng, vocabulary = self._rng, self._system.vocabulary
        look, count = rng.random(), max(2, count)
        if look < 0.25:
            return [vocabulary.new() for _ in range(count)]
        first, step, digits = int(rng.integers(1, 40)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
        numbers = [f"{first + step * number:0{digits}d}" for number in range(count)]
        if look < 0.35:
            return numbers
        joint = ("", "-", "_", ".", "#")[rng.integers(5)]
        begin = vocabulary.new()
        begin = begin[: int(rng.integers(1, 5))].upper() if rng.random() < 0.5 else begin
        stems = [begin] if rng.random() < 0.7 else [begin, vocabulary.new()]
        return [f"{stems[place % len(stems)]}{joint}{number}" for place, number in enumerate(numbers)]

    def _value_rule(self, name: str, subjects: list[str], between: float, *, in_front: bool) -> _Rule:
        """Lines set a value, and others use it; in a "loose" rule these have values of their own, and nothing is wrong."""
        rng = self._rng
        values = self._names(int(np.exp(rng.uniform(*np.log(_VALUES)))))
        bad, previous = self._bad(), rng.uniform(*_PREVIOUS)
        key = self._key()
        setting = self._writer(self._kind(), key, in_front=in_front)
        uses = [
            self._writer(self._kind(), key if rng.random() < 0.7 else self._key(), in_front=in_front)
            for _ in range(int(rng.integers(1, 3)))
        ]
        held: dict[str, _Set] = {}

        def write_set(subject: str) -> LogLine:
            last = held.get(subject)
            value = self._other(values, last.value if last else "")
            line = setting(subject, value)
            held[subject] = _Set(line, bad=False, value=value, before=last.value if last else "")
            return line

        def write_check(subject: str) -> LogLine:
            last, use = held.get(subject), uses[rng.integers(len(uses))]
            if name == "loose" or last is None:
                return use(subject, values[rng.integers(len(values))])
            if not (self._breaks and rng.random() < bad):
                return use(subject, last.value)
            again = last.before and rng.random() < previous
            return self._wrong(use(subject, last.before if again else self._other(values, last.value)), last.line)

        return _Rule(subjects, write_set, write_check, between)

    def _state_rule(self, name: str, subjects: list[str], between: float, *, in_front: bool) -> _Rule:
        """Lines set a good or a bad state; a bad one makes a large deviation wrong, or an alarm."""
        rng = self._rng
        bad, returns = self._bad(), rng.random() < _RETURNS
        good_line, bad_line = (self._writer(kind, in_front=in_front) for kind in self._good_and_bad())
        held: dict[str, _Set] = {}

        def write_set(subject: str) -> LogLine:
            last = held.get(subject)
            turns = rng.random() < bad and not (returns and last is not None and last.bad)
            line = (bad_line if turns else good_line)(subject)
            held[subject] = _Set(line, bad=bool(turns))
            return line

        if name == "idle":
            return _Rule(subjects, write_set, None, between)
        check = self._deviation(in_front=in_front) if name == "deviation" else self._alarm(in_front=in_front)

        def write_check(subject: str) -> LogLine:
            last = held.get(subject)
            doubtful = last is not None and last.bad
            line, wrong = check(subject, doubtful and not self._breaks)
            return self._wrong(line, last.line) if last is not None and last.bad and wrong else line

        return _Rule(subjects, write_set, write_check, between)

    def _deviation(self, *, in_front: bool) -> Callable[[str, bool], tuple[LogLine, bool]]:
        """Return what writes a measured value of a subject, "harmless" a small one; and whether its deviation is large."""
        rng = self._rng
        large_share = float(np.exp(rng.uniform(*np.log(_LARGE))))
        digits = int(rng.integers(0, 4))
        unit = 10.0**-digits
        small = unit * float(np.exp(rng.uniform(np.log(2), np.log(40))))
        far = small * float(np.exp(rng.uniform(np.log(2), np.log(15))))
        target = small * float(np.exp(rng.uniform(np.log(8), np.log(400)))) * (rng.random() < 0.8)
        signed, shows = rng.random() < 0.6, rng.random()
        keys = [self._key() for _ in range(1 if shows < 0.6 else 2)]
        letters = self._system.vocabulary.common()[:2] if rng.random() < 0.5 else ""
        write = self._writer(self._kind(), *keys, in_front=in_front)

        def check(subject: str, harmless: bool) -> tuple[LogLine, bool]:
            large = rng.random() < large_share and not harmless
            # At least one unit: a single 0 is no normal number.
            size = rng.uniform(far, 2.5 * far) if large else rng.uniform(unit, small)
            off = size * (rng.choice([-1, 1]) if signed else 1)
            reading, deviation = f"{target + off:.{digits}f}", f"{off:+.{digits}f}" if signed else f"{off:.{digits}f}"
            texts = [reading if shows < 0.3 else deviation] if len(keys) == 1 else [reading, deviation]
            return write(subject, *(f"{text}{' ' if letters else ''}{letters}" for text in texts)), bool(large)

        return check

    def _alarm(self, *, in_front: bool) -> Callable[[str, bool], tuple[LogLine, bool]]:
        """Return what writes an alarm of a subject, or "harmless" another line; an alarm is always wrong in a bad state."""
        rng = self._rng
        level = int(rng.integers(1, 5))
        write = self._writer(self._kind(level, fault_word=0.5 if rng.random() < 0.5 else 0.0), in_front=in_front)
        calm = self._writer(self._kind(), in_front=in_front)

        def check(subject: str, harmless: bool) -> tuple[LogLine, bool]:
            return (calm if harmless else write)(subject), not harmless

        return check

    def _good_and_bad(self) -> tuple[Kind, Kind]:
        """Draw two kinds that are worded alike."""
        rng, vocabulary = self._rng, self._system.vocabulary
        good = self._kind()
        pieces = list(good.pieces)
        words = [place for place, piece in enumerate(pieces) if isinstance(piece, str) and piece]
        place = words[rng.integers(len(words))]
        word = str(pieces[place])
        marked = rng.random() < _MARKED
        if marked and rng.random() < 0.5:
            pieces.insert(place, self._negation)
        elif marked:
            pieces[place] = f"{self._negation}{word}" if rng.random() < 0.7 else f"{word}{self._negation}"
        else:
            pieces[place] = vocabulary.new()
        if rng.random() >= _ONE_WORD:
            pieces += [vocabulary.new() for _ in range(int(rng.integers(1, 3)))] if rng.random() < 0.5 else []
            if rng.random() < 0.4:
                pieces.append(self._system.slot())
        level = min(4, good.level + int(rng.integers(1, 3))) if rng.random() < _HIGHER else good.level
        return good, Kind(tuple(pieces), level, good.part, names_session=False)

    def _kind(self, level: int = 1, fault_word: float = 0.0) -> Kind:
        """Draw a kind of a few words, and at times a slot."""
        rng, vocabulary = self._rng, self._system.vocabulary
        pieces: list[str | MessageSlot] = [
            vocabulary.new() if rng.random() < 0.6 else vocabulary.common() for _ in range(int(rng.integers(2, 6)))
        ]
        if rng.random() < fault_word:
            pieces.insert(0, vocabulary.of_fault())
        pieces += [self._system.slot() for _ in range(int(rng.integers(0, 3)))]
        return Kind(tuple(pieces), level, vocabulary.common(), names_session=False)

    def _key(self) -> str:
        rng = self._rng
        between = ("=", ":", ": ", " ", " = ")[rng.integers(5)]
        return f" {self._system.vocabulary.new()}{between}"

    def _writer(self, kind: Kind, *keys: str, in_front: bool) -> Callable[..., LogLine]:
        """Return what writes a line of a kind with a subject and further texts; ``keys``: the text before each further one;
        ``in_front``: whether the subject stands in front."""
        rng = self._rng
        subject_key = self._key() if rng.random() < 0.7 else " "
        fields, base = len(keys) + (not in_front), len(kind.pieces)
        order = list(rng.permutation(fields))
        whole = replace(kind, pieces=(*kind.pieces, *[""] * fields))

        def write(subject: str, *texts: str) -> LogLine:
            own = [f"{key}{text} " for key, text in zip(keys, texts, strict=True)]
            if not in_front:
                own.append(f"{subject_key}{subject} ")
            instead = {base + place: own[number] for place, number in enumerate(order)}
            return LogLine(self._system.line(whole, None, instead=instead, place=subject if in_front else None), whole)

        return write

    def _wrong(self, line: LogLine, cause: LogLine) -> LogLine:
        line.fault, line.cause = self._faults, cause
        self._faults += 1
        return line

    def _bad(self) -> float:
        return float(np.exp(self._rng.uniform(*np.log(_BAD))))

    def _other(self, values: list[str], than: str) -> str:
        others = [value for value in values if value != than]
        return others[self._rng.integers(len(others))]
