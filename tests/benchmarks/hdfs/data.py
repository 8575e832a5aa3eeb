"""HDFS log lines with the blocks they belong to, as labelled windows.

The data: LogHub's HDFS (Xu et al. 2009, "Detecting Large-Scale System Problems by Mining Console Logs"; Zhu et al. 2023, arXiv
2008.06448), a sample of its blocks with all their raw lines: a folder with ``hdfs_events_2percent.parquet`` (one row a line:
``date``, ``time``, ``id``, ``level``, ``component``, ``m_message``, ``seq_id``) and ``hdfs_seqs_2percent.parquet`` (one row a
block: ``seq_id``, ``anomaly``). Exact repetitions of a row are dropped.

The split is chronological: of the blocks in the order of their first lines, the first 60 % are for training, the others are
held out. Training sees no line that was logged after the first line of the first held-out block.

Axis letters: N lines, K blocks, W lines of a window.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sample_data.plant import GeneratedLog
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.errors import ConfigError
from sparsemix.readers import read_bytes
from sparsemix.training.generated.corpus import LabelledLog

EVENTS, BLOCKS = "hdfs_events_2percent.parquet", "hdfs_seqs_2percent.parquet"
_LINE = ("date", "time", "id", "level", "component", "m_message")
_NAME = re.compile(r"blk_-?\d+")
_TRAINING_SHARE = 0.6
# Shares of the blocks that a training window may keep.
_KEPT = (0.1, 0.25, 0.5, 1.0)
# A template counts as abnormal when more than this share of its training lines belongs to anomalous blocks.
_ABNORMAL = 0.5
_ADVICE = f"--data-dir must lead to a folder with {EVENTS} and {BLOCKS} (a sample of LogHub's HDFS)"


@dataclass(frozen=True, slots=True)
class LineWindow:
    """Some lines in order: their places ``rows`` int64 [W] in the data, and the sequence that a reader returns for them."""

    rows: NDArray[np.int64]
    sequence: TokenSequence


@dataclass(frozen=True)
class Hdfs:
    """``lines`` [N] in order of time; ``block`` int64 [N]: the number of each line's block, in the order of their first lines;
    ``names`` [K] and ``anomalous`` bool [K] of the blocks; ``dropped``: how many repetitions were left out."""

    lines: tuple[str, ...]
    block: NDArray[np.int64]
    names: tuple[str, ...]
    anomalous: NDArray[np.bool_]
    dropped: int

    @cached_property
    def split(self) -> int:
        """Number of the first held-out block."""
        return max(1, int(_TRAINING_SHARE * len(self.names)))

    @cached_property
    def cut(self) -> int:
        """Place of the first held-out line, the first one of the first held-out block."""
        return int(np.argmax(self.block == self.split))

    @cached_property
    def label(self) -> NDArray[np.bool_]:
        """Whether each line belongs to an anomalous block [N]."""
        return self.anomalous[self.block]

    @cached_property
    def template(self) -> NDArray[np.int64]:
        """Number of each line's template [N]: its words without time, numbers and identifiers."""
        # Behind date, time and thread.
        texts = [template(line.split(" ", 3)[3]) for line in self.lines]
        return np.unique(np.array(texts), return_inverse=True)[1].astype(np.int64)

    @cached_property
    def abnormal(self) -> NDArray[np.bool_]:
        """Whether the template of each line occurs mostly in anomalous blocks, judged by the training lines [N]."""
        seen, label = self.template[: self.cut], self.label[: self.cut]
        total = np.bincount(seen, minlength=int(self.template.max()) + 1)
        bad = np.bincount(seen[label], minlength=len(total))
        return (bad > _ABNORMAL * total)[self.template]

    def window(self, rows: NDArray[np.int64], rename: np.random.Generator | None = None) -> LineWindow:
        """Read the lines ``rows`` as a log; ``rename`` draws the names that replace those of the blocks."""
        lines = [self.lines[row] for row in rows.tolist()]
        if rename is not None:
            other = {block: _drawn(rename) for block in np.unique(self.block[rows]).tolist()}
            blocks = self.block[rows].tolist()
            lines = [line.replace(self.names[b], other[b]) for line, b in zip(lines, blocks, strict=True)]
        sequence = read_bytes("\n".join(lines).encode(), "hdfs.log")
        if len(sequence) != len(rows):
            raise ConfigError(f"{len(rows)} lines were read as {len(sequence)} events; {_ADVICE}, unchanged")
        return LineWindow(rows, sequence)

    def labelled(self, window: LineWindow, features: int, rng: np.random.Generator) -> LabelledLog:
        """Return a window with labels, to learn from.

        A line of an anomalous block is decided by the block's first abnormal line in the window. That line itself, a line of an
        anomalous block without one, and a line of a normal block are decided by another line of their block, drawn at random;
        -1 where the window has no other.
        """
        block, abnormal = self.block[window.rows], self.abnormal[window.rows]
        decided_by = np.full(len(block), -1, dtype=np.int64)
        for number in np.unique(block).tolist():
            members = np.flatnonzero(block == number)
            if len(members) < 2:
                continue
            # A random shift by at least one leads from every line to another one.
            shift = rng.integers(1, len(members), len(members))
            decided_by[members] = members[(np.arange(len(members)) + shift) % len(members)]
            first = members[abnormal[members]][:1]
            if self.anomalous[number] and len(first):
                decided_by[members[members != first[0]]] = first[0]
        label = self.label[window.rows].astype(np.float32)
        lines = tuple(event.text for event in window.sequence.events)
        faults = (None,) * len(lines)
        log = GeneratedLog(lines, tuple(label.astype(int).tolist()), faults, tuple(decided_by.tolist()), "en", 0)
        return LabelledLog(log, window.sequence, encode(window.sequence.events, features), label, decided_by)

    def training_windows(self, count: int, length: int, end: int, features: int, rng: np.random.Generator) -> list[LabelledLog]:
        """Draw ``count`` windows of ``length`` lines from before ``end``, to learn from.

        A window keeps all lines of a random share of the blocks, so that it spans more or less time. Every second window lies
        around a line of an anomalous block. Blocks get other numbers in every window: there are few anomalous blocks, and the
        model would learn their numbers by heart. Raises `ConfigError` when the lines do not fill a window.
        """
        if end < length:
            raise ConfigError(f"there are {end} training lines, too few for a window of {length}")
        bad = np.flatnonzero(self.label[:end])
        if not len(bad):
            raise ConfigError(f"no training line belongs to an anomalous block; {_ADVICE}, unchanged")
        windows = []
        for number in range(count):
            about = int(rng.choice(bad)) if number % 2 else int(rng.integers(end))
            share = _KEPT[int(rng.integers(len(_KEPT)))]
            chosen = rng.random(len(self.names)) < share
            chosen[self.block[about]] = True
            rows = np.flatnonzero(chosen[self.block[:end]])
            if len(rows) < length:
                rows = np.arange(end)
            place = int(np.searchsorted(rows, about)) - int(rng.integers(length))
            start = min(max(place, 0), len(rows) - length)
            windows.append(self.labelled(self.window(rows[start : start + length], rng), features, rng))
        return windows


def _drawn(rng: np.random.Generator) -> str:
    return f"blk_{int(rng.integers(-(2**63), 2**63 - 1))}"


def load(folder: Path) -> Hdfs:
    """Read both files. Raises `ConfigError` that names the file and what to do about it."""
    events = _columns(folder / EVENTS, (*_LINE, "seq_id"), str)
    (names,), (anomalies,) = (_columns(folder / BLOCKS, (name,), kind) for name, kind in (("seq_id", str), ("anomaly", bool)))
    truth = dict(zip(names, anomalies, strict=True))
    if len(truth) != len(names):
        raise ConfigError(f"{folder / BLOCKS} names a block twice; {_ADVICE}, unchanged")
    # A dict keeps the first of each, in order.
    rows = list(dict.fromkeys(zip(*events, strict=True)))
    rows.sort(key=lambda row: row[:2])
    number: dict[str, int] = {}
    for row in rows:
        name = row[-1]
        if name not in truth or not _NAME.fullmatch(name):
            raise ConfigError(f"{folder / EVENTS}: {name!r} is not a block of {BLOCKS}; {_ADVICE}, unchanged")
        number.setdefault(name, len(number))
    if len(number) < 4:
        raise ConfigError(f"{folder / EVENTS} holds too few blocks to be split; {_ADVICE}")
    return Hdfs(
        tuple(" ".join(row[:-1]) for row in rows),
        np.array([number[row[-1]] for row in rows], dtype=np.int64),
        tuple(number),
        np.array([truth[name] for name in number], dtype=np.bool_),
        len(events[0]) - len(rows),
    )


def _columns(path: Path, names: Sequence[str], kind: type) -> list[list[str]]:
    if not path.is_file():
        raise ConfigError(f"there is no file {path}; {_ADVICE}")
    try:
        table = pq.read_table(path, columns=list(names))
        columns = [table.column(name).to_pylist() for name in names]
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}; {_ADVICE}") from error
    except (pa.ArrowException, KeyError) as error:
        raise ConfigError(f"{path} is not a parquet file with the columns {', '.join(names)}; {_ADVICE}") from error
    if not all(isinstance(value, kind) for column in columns for value in column):
        raise ConfigError(f"{path}: {', '.join(names)} must be {kind.__name__} everywhere; {_ADVICE}, unchanged")
    return columns
