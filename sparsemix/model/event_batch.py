"""EventBatch: hashed events of several sequences, as a network embeds them.

Axis letters: B sequences, N events, K some events.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Hashed events of B sequences of N events each, row after row, ready for ``embedding_bag``.

    Where events are matched by identifiers: ``matches`` of the B * N events, whose keys are places among these and the events
    ``beside`` them."""

    bucket: Tensor
    offset: Tensor
    value: Tensor
    shape: tuple[int, int]
    matches: Matches | None = None
    beside: EventBatch | None = None

    @classmethod
    def of(cls, windows: list[HashedEvents]) -> EventBatch:
        """Return the batch of ``windows``, which must all have the same number of events."""
        bucket = torch.cat([torch.from_numpy(w.bucket) for w in windows])
        value = torch.cat([torch.from_numpy(w.value) for w in windows])
        counts = torch.cat([torch.from_numpy(w.pointer[1:] - w.pointer[:-1]) for w in windows])
        offset = counts.cumsum(0) - counts
        entities = windows[0].entities
        if entities is not None and len(windows) > 1:
            raise ConfigError("events of one sequence at a time are matched by identifiers")
        matches = None if entities is None else entities.all_matches
        return cls(bucket, offset, value, (len(windows), len(windows[0])), matches)

    def part(self, share: slice) -> EventBatch:
        """Return the batch of some of the sequences. The other events go beside them, where events are matched."""
        b, n = self.shape
        chosen = torch.zeros(b, dtype=torch.bool)
        chosen[share] = True
        if bool(chosen.all()):
            return self
        own = torch.arange(b * n).view(b, n)[share].flatten()
        events = self.at(own)
        part = EventBatch(events.bucket, events.offset, events.value, (len(own) // n, n))
        if self.matches is None:
            return part
        matches, place = self.matches.part(own.numpy(), own.numpy())
        return replace(part, matches=matches, beside=self._joined().at(torch.from_numpy(place)))

    @property
    def features(self) -> int:
        """Return how many features the events and those beside them have."""
        return len(self.value) + (0 if self.beside is None else len(self.beside.value))

    def scaled(self, factor: Tensor) -> EventBatch:
        """Return the batch with its features, and those of the events beside, multiplied by ``factor`` [features]."""
        own, further = factor[: len(self.value)], factor[len(self.value) :]
        beside = None if self.beside is None else replace(self.beside, value=self.beside.value * further)
        return replace(self, value=self.value * own, beside=beside)

    def at(self, events: Tensor) -> EventBatch:
        """Return some events [K] as one sequence."""
        edges = torch.cat([self.offset, self.offset.new_tensor([len(self.bucket)])])
        counts = edges.diff()[events]
        first = counts.cumsum(0) - counts
        place = torch.arange(int(counts.sum())) + (edges[events] - first).repeat_interleave(counts)
        return EventBatch(self.bucket[place], first, self.value[place], (1, len(events)))

    def _joined(self) -> EventBatch:
        """Return the events and those beside them as one sequence."""
        if self.beside is None:
            return replace(self, shape=(1, len(self.offset)))
        bucket, value = (torch.cat([getattr(part, name) for part in (self, self.beside)]) for name in ("bucket", "value"))
        offset = torch.cat([self.offset, self.beside.offset + len(self.bucket)])
        return EventBatch(bucket, offset, value, (1, len(offset)))
