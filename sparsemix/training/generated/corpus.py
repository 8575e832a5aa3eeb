"""Training and evaluation data: generated logs, read and hashed exactly as an upload is.

A window of a longer log is a training sample. A *check* is a line that an earlier line decides (``sample_data.plant``). A check
whose deciding line lies before the window cannot be judged from the window, so the loss leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sample_data.plant import LANGUAGES, GeneratedLog, PlantConfig, generate
from sparsemix.attention.pairs import WatchedPairs
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.event_batch import EventBatch
from sparsemix.readers import read_bytes

FAULT_RATES = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class LabelledLog:
    """A hashed log with its truth: ``label`` float32 [N], ``decided_by`` int64 [N] (-1: no check)."""

    log: GeneratedLog
    sequence: TokenSequence
    hashed: HashedEvents
    label: NDArray[np.float32]
    decided_by: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A batch with its targets: ``label`` float32 [B, N], ``known`` bool [B, N]; ``deciding``: the known checks [W] with the
    line that decides each."""

    batch: EventBatch
    label: Tensor
    known: Tensor
    deciding: WatchedPairs

    @property
    def checks(self) -> int:
        """Return the number of known checks in the batch, at least 1."""
        return max(len(self.deciding.query), 1)

    def part(self, share: slice) -> Sample:
        """Return the ``share`` of the windows, with their checks renumbered."""
        rows = torch.arange(len(self.label))[share]
        place = torch.full((len(self.label),), -1)
        place[rows] = torch.arange(len(rows))
        kept = place[self.deciding.item] >= 0
        item, query, key = (column[kept] for column in (self.deciding.item, self.deciding.query, self.deciding.key))
        return Sample(self.batch.part(share), self.label[share], self.known[share], WatchedPairs(place[item], query, key))


def labelled(config: PlantConfig, seed: int, features: int) -> LabelledLog:
    """Generate one log, read it as an upload is read, and hash it."""
    log = generate(config, seed)
    sequence = read_bytes("\n".join(log.lines).encode(), f"seed{seed}.log")
    return LabelledLog(
        log,
        sequence,
        encode(sequence.events, features),
        np.array(log.labels, np.float32),
        np.array(log.decided_by, np.int64),
    )


def in_turn(index: int, events: int, **settings: Any) -> PlantConfig:
    """Return the configuration of log number ``index``: fault rates and languages take turns; further ``settings`` as in
    ``PlantConfig``."""
    language = LANGUAGES[(index // len(FAULT_RATES)) % len(LANGUAGES)]
    return PlantConfig(events, FAULT_RATES[index % len(FAULT_RATES)], language=language, **settings)


def corpus(
    count: int, events: int, seed: int, features: int, *, pace: float = 1.0, check_rate: float = 0.08, line: str = "assembly"
) -> list[LabelledLog]:
    """Generate ``count`` logs of one line with seeds seed, seed + 1, ...; fault rates and languages take turns.

    ``pace``, ``check_rate`` and ``line`` as in ``PlantConfig``.
    """
    configs = [in_turn(index, events, pace=pace, check_rate=check_rate, line=line) for index in range(count)]
    return [labelled(config, seed + index, features) for index, config in enumerate(configs)]


def draw(logs: list[LabelledLog], size: int, length: int, rng: np.random.Generator) -> Sample:
    """Draw a batch of ``size`` random windows of ``length`` events."""
    windows = []
    for _ in range(size):
        log = logs[int(rng.integers(len(logs)))]
        windows.append((log, int(rng.integers(0, len(log.label) - length + 1))))
    return _sample(windows, length)


def whole(log: LabelledLog, length: int) -> Sample:
    """Return all windows of a log, one after another, without a rest shorter than ``length``."""
    return _sample([(log, start) for start in range(0, len(log.label) - length + 1, length)], length)


def _sample(windows: list[tuple[LabelledLog, int]], length: int) -> Sample:
    hashed, labels, known, deciding = [], [], [], []
    for log, start in windows:
        stop = start + length
        decided_by = log.decided_by[start:stop]
        inside = decided_by >= start
        hashed.append(log.hashed.window(start, stop))
        labels.append(log.label[start:stop])
        known.append((decided_by < 0) | inside)
        deciding.append(np.where(inside, decided_by - start, -1))
    table = torch.from_numpy(np.stack(deciding))
    item, query = (table >= 0).nonzero(as_tuple=True)
    return Sample(
        EventBatch.of(hashed),
        torch.from_numpy(np.stack(labels)),
        torch.from_numpy(np.stack(known)),
        WatchedPairs(item, query, table[item, query]),
    )
