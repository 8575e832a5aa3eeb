"""A made-up system that writes a log: how its lines begin, what kinds of lines there are, and what stands in their slots."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from sparsemix.training.any_log.vocabulary import Vocabulary

_HEADS = (("level", 0.6), ("host", 0.4), ("part", 0.6), ("process", 0.3), ("session", 0.35))
"""What may stand in front of a message, with how many systems write it there."""
_SLOTS = ("number", "decimal", "of few", "counter", "address", "hex", "name", "host", "path", "words")
_SLOT_SHARES = (0.24, 0.09, 0.14, 0.1, 0.1, 0.08, 0.1, 0.06, 0.06, 0.03)
# Usual deviations of numbers' natural logarithms, least and largest.
_WIDTHS = (0.003, 0.8)
_SPREADS, _SPREAD_SHARES = ("normal", "exponential", "steps"), (0.5, 0.3, 0.2)
# Of a gauge's steps: their size as a share of its middle, and the deviation of its values in steps.
_STEP, _STEPS = 0.02, 1.2
NUMERIC = ("number", "decimal", "of few", "counter")
"""Slots with numbers that can be wrong."""


@dataclass(frozen=True, slots=True)
class MessageSlot:
    """Place in a message. ``key``: text in front; ``middle`` and ``width`` of a number's natural logarithm; how it is
    ``spread``: "normal" (its logarithm is), "exponential" (a duration: far beyond the usual now and then) or "steps" (a gauge
    that is read in coarse steps); ``few``: the values that it can have; ``unit`` behind it; ``digits`` of a hexadecimal
    number."""

    type: str
    key: str
    middle: float
    width: float
    spread: str
    few: tuple[int, ...]
    unit: str
    digits: int

    @property
    def narrow(self) -> float | None:
        """Return the usual deviation of the number as a natural logarithm, where it is a quantity around its middle."""
        if self.type not in ("number", "decimal") or self.spread == "exponential":
            return None
        return _STEP * _STEPS if self.spread == "steps" else self.width

    @property
    def usual(self) -> float:
        """Return the middle of the number, in units of its last digit."""
        return float(np.exp(self.middle)) if self.type == "number" else 100.0 * float(np.exp(self.middle / 2 - 2))


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of lines: the ``pieces`` of their message, their ``level`` 0 to 4, the ``part`` of the system that writes them, and
    whether they name the session that they belong to."""

    pieces: tuple[str | MessageSlot, ...]
    level: int
    part: str
    names_session: bool

    @property
    def numeric(self) -> dict[int, MessageSlot]:
        """Return the slots with numbers by their places."""
        return {
            place: piece for place, piece in enumerate(self.pieces) if isinstance(piece, MessageSlot) and piece.type in NUMERIC
        }


@dataclass(slots=True)
class LogLine:
    """Line of a log as written, its kind, its session, and what training shall learn of it: the number of the ``fault`` that it
    belongs to, -1 for a normal line, and the line that is its ``cause``."""

    text: str
    kind: Kind
    session: str | None = None
    fault: int = -1
    cause: LogLine | None = None

    @property
    def faulty(self) -> bool:
        """Return whether the line belongs to a fault."""
        return self.fault >= 0


class MadeUpSystem:
    """Draws everything about one system from ``rng``, and writes its lines. ``places``: names of which every line begins with
    one, where there are any."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.vocabulary = Vocabulary(rng)
        head = [name for name, share in _HEADS if rng.random() < share]
        self._head = [head[place] for place in rng.permutation(len(head))]
        self._style = int(rng.integers(3))
        self.places: list[str] = []
        self._session_in_front = bool(rng.random() < 0.5)
        self._names = [self.vocabulary.new() for _ in range(int(rng.integers(3, 40)))]
        joint = "-" if rng.random() < 0.5 else ""
        self._hosts = [f"{self.vocabulary.new()[:6]}{joint}{number}" for number in range(int(rng.integers(1, 60)))]
        self._addresses = [".".join(map(str, rng.integers(1, 255, 4))) for _ in range(int(rng.integers(2, 60)))]
        self._counter = int(rng.integers(1, 100_000))
        # Some systems write of errors and failures all the time, and mean nothing by it.
        self._fault_words = float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))
        self._severe = float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))
        self.kinds = [self.kind() for _ in range(int(np.exp(rng.uniform(np.log(6), np.log(140)))))]

    def kind(self, level: int | None = None, fault_word: float | None = None) -> Kind:
        """Draw a kind of lines; ``fault_word``: probability that its message has a word for a fault, by default the system's
        own."""
        rng = self._rng
        pieces: list[str | MessageSlot] = [self.vocabulary.new()] if rng.random() < 0.6 else []
        for _ in range(int(rng.integers(2, 11))):
            draw = rng.random()
            pieces.append(self.vocabulary.common() if draw < 0.68 else self.slot() if draw < 0.93 else self.vocabulary.new())
        if rng.random() < (self._fault_words if fault_word is None else fault_word):
            pieces.insert(int(rng.integers(len(pieces) + 1)), self.vocabulary.of_fault())
        usual = int(rng.choice(3, p=[0.2, 0.65, 0.15]))
        if rng.random() < self._severe:
            usual = int(rng.choice([3, 4], p=[0.85, 0.15]))
        return Kind(tuple(pieces), usual if level is None else level, self.vocabulary.common(), bool(rng.random() < 0.7))

    def slot(self) -> MessageSlot:
        """Draw a place in a message."""
        rng = self._rng
        draw = rng.random()
        between = "=" if draw < 0.25 else ":" if draw < 0.45 else " "
        key = self.vocabulary.common() + between if rng.random() < 0.6 else ""
        few = tuple(rng.integers(0, 600, int(rng.integers(1, 6))).tolist())
        unit = self.vocabulary.common()[:2] if rng.random() < 0.2 else ""
        type_ = _SLOTS[int(rng.choice(len(_SLOTS), p=_SLOT_SHARES))]
        spread = str(rng.choice(_SPREADS, p=_SPREAD_SHARES))
        width = float(np.exp(rng.uniform(np.log(_WIDTHS[0]), np.log(_WIDTHS[1]))))
        return MessageSlot(type_, key, rng.uniform(0, 11), width, spread, few, unit, int(rng.integers(6, 17)))

    def line(
        self,
        kind: Kind,
        session: str | None,
        times: dict[int, float] | None = None,
        instead: dict[int, str] | None = None,
        place: str | None = None,
    ) -> str:
        """Write a line of a kind; for some places of its message, ``times``: factors on numbers, ``instead``: texts; ``place``:
        what it begins with where lines begin with places, by default any of them."""
        texts = [
            piece if isinstance(piece, str) else piece.key + self._value(piece, (times or {}).get(number, 1.0))
            for number, piece in enumerate(kind.pieces)
        ]
        for number, text in (instead or {}).items():
            texts[number] = text
        message = self.vocabulary.between_words.join(texts)
        if session and kind.names_session and "session" not in self._head:
            message = f"{session} {message}" if self._session_in_front else f"{message} {session}"
        front = [self._in_front(name, kind, session) for name in self._head]
        if self.places:
            front.append(place or self.places[self._rng.integers(len(self.places))])
        return " ".join([*front, message])

    def _in_front(self, name: str, kind: Kind, session: str | None) -> str:
        if name == "level":
            level = self.vocabulary.levels[kind.level]
            return (level, f"[{level}]", f"{level}:")[self._style]
        if name == "part":
            return kind.part + (":", "", " -")[self._style]
        if name == "process":
            return f"[{1000 + crc32(kind.part.encode()) % 5000}]"
        if name == "host":
            return self._hosts[0]
        return session or "-"

    def _value(self, slot: MessageSlot, times: float) -> str:
        rng = self._rng
        if slot.type in NUMERIC:
            return self._number(slot, times)
        if slot.type == "hex":
            return "".join("0123456789abcdef"[digit] for digit in rng.integers(16, size=slot.digits))
        if slot.type == "path":
            return f"/{self.vocabulary.common()}/{self.vocabulary.common()}{rng.integers(1, 20)}"
        if slot.type == "words":
            return " ".join(self.vocabulary.common() for _ in range(int(rng.integers(1, 5))))
        if slot.type == "address":
            port = f":{rng.integers(1024, 65536)}" if rng.random() < 0.3 else ""
            return self._often_first(self._addresses) + port
        return self._often_first(self._names if slot.type == "name" else self._hosts)

    def _number(self, slot: MessageSlot, times: float) -> str:
        rng = self._rng
        if slot.type == "number":
            # From 1 on; 0 is wrong.
            return f"{int(self._drawn(slot, slot.middle) * times) + (times > 0)}{slot.unit}"
        if slot.type == "decimal":
            return f"{self._drawn(slot, slot.middle / 2 - 2) * times:.2f}{slot.unit}"
        if slot.type == "of few":
            return str(int(slot.few[rng.integers(len(slot.few))] * times))
        self._counter += int(rng.integers(1, 4))
        return str(int(self._counter * times))

    def _drawn(self, slot: MessageSlot, middle: float) -> float:
        rng = self._rng
        if slot.spread == "exponential":
            return float(np.exp(middle) * rng.exponential())
        if slot.spread == "steps":
            return float(np.exp(middle) * (1.0 + _STEP * round(rng.normal(0, _STEPS))))
        return float(np.exp(rng.normal(middle, slot.width)))

    def _often_first(self, values: list[str]) -> str:
        return values[min(int(self._rng.exponential(len(values) / 4)), len(values) - 1)]
