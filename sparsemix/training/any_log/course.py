"""The normal course of a made-up system: sessions that run side by side, heartbeats, background, repeated lines, starts with
many lines that occur only then, rare harmless lines, and at times a change after which other kinds of lines come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparsemix.training.any_log.plants import Plant
from sparsemix.training.any_log.system import Kind, LogLine, MadeUpSystem

_PREFIXES = ("sess", "blk_", "req-", "tx", "", "job ", "0x", "#")


@dataclass(slots=True)
class _Session:
    flow: list[int]
    name: str
    step: int = 0


class Course:
    """Writes the normal course of one system; of a ``plant`` also the lines that set states, and those that are judged by them,
    where ``breaks`` says so with faults."""

    def __init__(self, rng: np.random.Generator, length: int, *, plant: bool = False, breaks: bool = False) -> None:
        self._rng = rng
        self.system = MadeUpSystem(rng)
        self._length = length
        kinds = self.system.kinds
        shares = 1.0 / np.arange(1, len(kinds) + 1) ** rng.uniform(0.6, 2.0)
        self._edges = shares.cumsum() / shares.sum()
        self._prefix = _PREFIXES[rng.integers(len(_PREFIXES))]
        self._digits = int(rng.integers(2, 9))
        self._number = int(rng.integers(10 ** (self._digits - 1), 10**self._digits))
        self._counts_up = bool(rng.random() < 0.5)
        self._workers = [f"{self._prefix}{number}" for number in range(int(rng.integers(2, 12)))] if rng.random() < 0.3 else []
        self._flows = [[self._flow_step() for _ in range(int(rng.integers(2, 9)))] for _ in range(int(rng.integers(1, 6)))]
        self._skip, self._again = rng.uniform(0, 0.15), rng.uniform(0, 0.3)
        self._at_once = int(rng.integers(1, 15))
        self._heartbeat = self._usual()
        self._rare = float(np.exp(rng.uniform(np.log(0.0005), np.log(0.1))))
        self._shares = rng.dirichlet([rng.uniform(0.2, 2.2), 1.0, 0.5, 0.3])
        if rng.random() < 0.2:
            self._shares = np.array([0.9, 0.08, 0.02, 0.0])
        self._start = [self.system.kind() for _ in range(int(rng.integers(0, 60)))] if rng.random() < 0.5 else []
        self._change = int(rng.integers(length)) if rng.random() < 0.3 else length
        self._active: list[_Session] = []
        self.lines: list[LogLine] = []
        self._plant = Plant(rng, self.system, length, breaks=breaks) if plant else None

    def write(self) -> list[LogLine]:
        """Return the lines of the normal course."""
        if self._rng.random() < 0.7:
            self._begin()
        while len(self.lines) < self._length:
            if len(self.lines) >= self._change:
                self._change_kinds()
            line = None if self._plant is None else self._plant.next(len(self.lines))
            if line is not None:
                self.lines.append(line)
            elif self._rng.random() < self._rare:
                self._write_rare()
            else:
                (self._go_on, self._write_usual, self._beat, self._repeat)[int(self._rng.choice(4, p=self._shares))]()
        return self.lines[: self._length]

    def _put(self, kind: Kind, session: str | None) -> None:
        self.lines.append(LogLine(self.system.line(kind, session), kind, session))

    def _usual(self) -> int:
        return min(int(np.searchsorted(self._edges, self._rng.random())), len(self.system.kinds) - 1)

    def _flow_step(self) -> int:
        return self._usual() if self._rng.random() < 0.4 else int(self._rng.integers(len(self.system.kinds)))

    def _new_name(self) -> str:
        if self._counts_up:
            self._number += int(self._rng.integers(1, 5))
        else:
            self._number = int(self._rng.integers(10 ** (self._digits - 1), 10**self._digits))
        return f"0x{self._number:x}" if self._prefix == "0x" else f"{self._prefix}{self._number}"

    def _begin(self) -> None:
        for kind in self._start:
            self._put(kind, None)

    def _change_kinds(self) -> None:
        kinds = self.system.kinds
        for place in self._rng.choice(len(kinds), max(1, len(kinds) // 4), replace=False):
            kinds[place] = self.system.kind()
        self._change = self._length
        if self._rng.random() < 0.5:
            self._begin()

    def _write_rare(self) -> None:
        kind = self.system.kind(int(self._rng.integers(2, 5)) if self._rng.random() < 0.25 else None)
        name = self._new_name() if self._rng.random() < 0.3 else None
        for _ in range(1 if self._rng.random() < 0.7 else int(self._rng.integers(2, 5))):
            self._put(kind, name)

    def _go_on(self) -> None:
        """Begin a session, or write the next lines of one."""
        rng = self._rng
        if not self._active or (len(self._active) < self._at_once and rng.random() < 0.3):
            flow = self._flows[min(int(rng.exponential(1.0)), len(self._flows) - 1)]
            name = self._workers[rng.integers(len(self._workers))] if self._workers else self._new_name()
            self._active.append(_Session(flow, name))
        session = self._active[rng.integers(len(self._active))]
        stays = rng.random() < 0.5
        while True:
            self._put(self.system.kinds[session.flow[session.step]], session.name)
            if rng.random() >= self._again:
                session.step += 2 if rng.random() < self._skip else 1
            if session.step >= len(session.flow):
                self._active.remove(session)
                return
            if not stays or rng.random() < 0.3 or len(self.lines) >= self._length:
                return

    def _write_usual(self) -> None:
        self._put(self.system.kinds[self._usual()], self._new_name() if self._rng.random() < 0.1 else None)

    def _beat(self) -> None:
        self._put(self.system.kinds[self._heartbeat], None)

    def _repeat(self) -> None:
        kind, name = self.system.kinds[self._usual()], self._new_name() if self._rng.random() < 0.5 else None
        equal = self._rng.random() < 0.15
        for number in range(int(self._rng.integers(2, 15))):
            if equal and number:
                self.lines.append(LogLine(self.lines[-1].text, kind, name))
            else:
                self._put(kind, name)
