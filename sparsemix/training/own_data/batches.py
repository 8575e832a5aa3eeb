"""The sequences of training, and the batches drawn from them: windows of sequences with their targets.

Axis letters: B windows of a batch, L events of a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit
from torch import Tensor

from sparsemix.dataset import Item
from sparsemix.encoding.encoder import EventReading, encode
from sparsemix.encoding.hashing import HashedEvents, concatenated
from sparsemix.encoding.matches import Matches, together
from sparsemix.encoding.sequence import Event
from sparsemix.judges.following import NOTHING, Following
from sparsemix.model.event_batch import EventBatch
from sparsemix.training.own_data.plan import Plan

SHORTEST = 64
# Events that are matched are at least so many, where the sequence has them.
_SHORTEST_SPAN = 1024
# Share of the windows that are drawn around a faulty event, where events are matched.
_AROUND = 0.5
_RAREST = 1e-4


@dataclass(frozen=True, slots=True)
class Source:
    """A sequence of N events with its labels: ``faulty`` (None: unknown), ``steps`` bool [N] or None; ``hashed``: its hashed
    events; ``following``: what followed the events, where the network learns that, or the priors; the ``fault`` of the sequence
    and the ``step_faults`` int64 [N] of its steps, as indices of the distinguished classes, -1 for none."""

    events: tuple[Event, ...]
    faulty: bool | None
    steps: NDArray[np.bool_] | None
    hashed: HashedEvents
    following: Following = NOTHING
    fault: int = -1
    step_faults: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def of(cls, item: Item, features: int, reading: EventReading, classes: Sequence[str] = ()) -> Source:
        """Encode a sequence once; windows are cut from the result."""
        events = item.sequence.events
        steps = None if item.steps is None else item.faulty_steps
        place = {name: number for number, name in enumerate(classes)}
        faults = None
        if classes and item.steps is not None:
            faults = np.array([place.get(step, -1) for step in item.steps], np.int64)
        hashed = encode(events, features, reading)
        return cls(events, item.faulty, steps, hashed, NOTHING, place.get(item.label or "", -1), faults)


def padded(windows: Sequence[HashedEvents]) -> tuple[list[HashedEvents], NDArray[np.bool_]]:
    """Return the windows padded to the longest with events without features, and a mask of the real events [B, L]."""
    longest = max(len(window) for window in windows)
    valid = np.arange(longest) < np.array([len(window) for window in windows])[:, None]
    filled = [replace(w, pointer=np.pad(w.pointer, (0, longest - len(w)), mode="edge")) for w in windows]
    return filled, valid


@dataclass(frozen=True, slots=True)
class Drawn:
    """A batch: ``valid`` bool [B, L]; targets ``event`` [B, L] where ``known``, ``sequence`` [B]; ``following`` [B, L]: what
    followed the events, in place of targets, or the priors beside the targets. Where faults are distinguished: ``fault`` int64
    [B] of the sequences and ``event_fault`` int64 [B, L] of the events, -1 where there is no fault or it is unknown. ``shift``:
    how much larger a logit has to be here than in the data, because faulty sequences are drawn more often than they occur
    (prior correction: King and Zeng 2001, "Logistic regression in rare events data"); ``fault_shift`` [up to K]: the same for
    every fault among faults; ``event_shift``: how much larger an event's logit has to be here, where windows are drawn around
    faulty events."""

    batch: EventBatch
    valid: Tensor
    event: Tensor
    known: Tensor
    sequence: Tensor
    following: Following
    fault: Tensor
    event_fault: Tensor
    shift: float
    fault_shift: Tensor
    event_shift: float = 0.0

    def part(self, share: slice) -> Drawn:
        """Return the ``share`` of the windows, still padded to the longest window of the whole batch."""
        named = ("valid", "event", "known", "sequence", "fault", "event_fault")
        parts = {name: getattr(self, name)[share] for name in named}
        return replace(self, batch=self.batch.part(share), following=self.following.part(share), **parts)


@dataclass(frozen=True, slots=True)
class _Window:
    """Hashed events, targets of the events and whether they are known [L], target of the window, what followed the events, and
    the fault of the window and of its events [L]; ``joined``: the pairs of its events with events of the sequence that share an
    identifier, and the events beside the window among them."""

    hashed: HashedEvents
    event: NDArray[np.float32]
    known: NDArray[np.bool_]
    sequence: float
    following: Following
    fault: int
    event_fault: NDArray[np.int64]
    joined: tuple[Matches, HashedEvents] | None = None


class Drawing:
    """Draws batches of about ``plan.events`` events. Windows grow in the first half of training: short windows teach faster,
    but the model has to judge long ones.

    Where events are matched by identifiers, a window is part of a longer one, of up to ``plan.span`` events, in which its
    events are matched: a file that is judged later may be short or long, and what happened before it began is not in it. Only
    the events that share an identifier with one of the window are read besides it, so a step costs the same at any span."""

    def __init__(self, sources: Sequence[Source], task: str, plan: Plan) -> None:
        self._sources, self._task, self._plan, self._span = sources, task, plan, plan.span or 0
        lengths = np.array([len(source) for source in sources], np.float64)
        self._longest = int(min(plan.longest, lengths.max()))
        self._chance = self._chances(lengths)
        # Faulty events of each sequence in which events are matched, and their share of all.
        steps = {id(s): s.steps for s in sources if s.hashed.entities is not None and s.steps is not None}
        self._around = {of: np.flatnonzero(marked) for of, marked in steps.items()}
        self._share = sum(map(len, self._around.values())) / max(sum(map(len, steps.values())), 1)

    def draw(self, share: float, rng: np.random.Generator) -> Drawn:
        """Draw a batch; ``share``: the share of training that is done."""
        shortest = min(SHORTEST, self._longest)
        most = shortest * (self._longest / shortest) ** min(1.0, 2.0 * share)
        length = round(shortest * (most / shortest) ** rng.random())
        size = max(2, self._plan.events // length)
        chosen = rng.choice(len(self._sources), size, p=self._chance)
        windows = [self._window(self._sources[place], length, rng) for place in chosen.tolist()]
        return _batch(windows, self._shift(), self._fault_shift(), self._event_shift(windows))

    def _event_shift(self, windows: Sequence[_Window]) -> float:
        """Return by how much windows around faulty events raise the odds that an event is faulty, in logits."""
        if not self._around:
            return 0.0
        known = np.concatenate([window.event[window.known] for window in windows])
        drawn = known.mean() if len(known) else self._share
        return float(logit(np.clip(drawn, _RAREST, 1 - _RAREST)) - logit(np.clip(self._share, _RAREST, 1 - _RAREST)))

    def _shift(self) -> float:
        """Return by how much drawing raises the odds of a fault, in logits."""
        faulty = np.array([source.faulty is True for source in self._sources])
        if faulty.all() or not faulty.any():
            return 0.0
        return float(logit(self._chance[faulty].sum()) - logit(faulty.mean()))

    def _fault_shift(self) -> Tensor:
        """Return by how much drawing raises the logarithm of every fault's share among the named faults [up to K]."""
        fault = np.array([source.fault for source in self._sources])
        named = fault >= 0
        drawn = np.bincount(fault[named], self._chance[named])
        occurrences = np.bincount(fault[named]).astype(np.float64)
        shift = np.zeros(len(occurrences))
        np.log(np.divide(drawn, occurrences, out=np.ones_like(occurrences), where=occurrences > 0), out=shift)
        return torch.from_numpy(shift - (shift[occurrences > 0].mean() if named.any() else 0.0)).float()

    def _chances(self, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of drawing each sequence, by its number of windows; both labelled classes get equal shares."""
        if self._task == "novelty":
            return np.asarray(lengths / lengths.sum())
        chance = np.maximum(lengths / self._longest, 1.0)
        faulty = np.array([source.faulty is True for source in self._sources])
        fault = np.array([source.fault for source in self._sources])
        groups = [~faulty, *(faulty & (fault == kind) for kind in np.unique(fault[faulty]).tolist())]
        for group in groups:
            chance[group] /= max(chance[group].sum(), 1e-9)
        return np.asarray(chance / chance.sum())

    def _window(self, source: Source, length: int, rng: np.random.Generator) -> _Window:
        length = min(length, len(source))
        start = int(rng.integers(0, len(source) - length + 1))
        faulty_events = self._around.get(id(source))
        if faulty_events is not None and len(faulty_events) and rng.random() < _AROUND:
            # Few events are faulty, and most windows would show none.
            about = int(rng.choice(faulty_events)) - int(rng.integers(length))
            start = min(max(about, 0), len(source) - length)
        stop = start + length
        hashed, no_target, known = source.hashed.window(start, stop), np.zeros(length, np.float32), np.ones(length, np.bool_)
        no_fault = np.full(length, -1, np.int64)
        joined = self._joined(source, start, stop, rng)
        following = source.following.at(np.arange(start, stop))
        if self._task == "novelty":
            return _Window(hashed, no_target, ~known, 0.0, following, -1, no_fault)
        if source.steps is not None:
            steps = source.steps[start:stop]
            faults = no_fault if source.step_faults is None else source.step_faults[start:stop]
            marked = steps.astype(np.float32)
            return _Window(hashed, marked, known, float(steps.any()), following, _most(faults), faults, joined)
        # Nobody knows whether a part of a faulty sequence holds the fault; most of the time the window is the whole sequence.
        faulty = float(bool(source.faulty))
        return _Window(hashed, no_target, ~known, faulty, following, source.fault, no_fault, joined)

    def _joined(self, source: Source, start: int, stop: int, rng: np.random.Generator) -> tuple[Matches, HashedEvents] | None:
        """Match the events of a window within a longer one that is drawn around it."""
        entities = source.hashed.entities
        if entities is None:
            return None
        shortest = max(stop - start, min(_SHORTEST_SPAN, self._span))
        span = min(round(shortest * (max(self._span, shortest) / shortest) ** rng.random()), len(source))
        low = int(rng.integers(max(0, stop - span), min(start, len(source) - span) + 1))
        events = np.arange(start, stop)
        matches, beside = entities.matches(events, low, low + span).part(events - start, events)
        return matches, source.hashed.at(beside)


def _most(faults: NDArray[np.int64]) -> int:
    """Return the most frequent fault of the steps; -1 where no step has a fault."""
    return int(np.bincount(faults[faults >= 0]).argmax()) if (faults >= 0).any() else -1


def _batch(windows: Sequence[_Window], shift: float, fault_shift: Tensor, event_shift: float) -> Drawn:
    hashed, valid = padded([window.hashed for window in windows])
    longest = valid.shape[1]
    batch = EventBatch.of(hashed)
    joined = [window.joined for window in windows if window.joined is not None]
    if joined:
        batch = replace(
            batch,
            matches=together([matches for matches, _ in joined], longest),
            beside=EventBatch.of([concatenated([beside for _, beside in joined])]),
        )

    def filled(rows: Sequence[NDArray[np.float32]] | Sequence[NDArray[np.bool_]]) -> Tensor:
        return torch.from_numpy(np.stack([np.pad(row, (0, longest - len(row))) for row in rows]))

    return Drawn(
        batch,
        torch.from_numpy(valid),
        filled([window.event for window in windows]),
        filled([window.known for window in windows]),
        torch.tensor([window.sequence for window in windows], dtype=torch.float32),
        windows[0].following.stacked([window.following for window in windows], longest),
        torch.tensor([window.fault for window in windows]),
        torch.from_numpy(
            np.stack(
                [np.pad(window.event_fault, (0, longest - len(window.event_fault)), constant_values=-1) for window in windows]
            )
        ),
        shift,
        fault_shift,
        event_shift,
    )
