"""Benchmark of the edge runtime beside the full model: start, time, memory and size on one core, and whether both decide alike.

Each format of weights is exported and run in processes of its own that cannot import heavy libraries (``bare``).
Before anything is reported, every decision on the logs is compared with the full model's under the same weights: all pairs must
be the same, and probabilities must agree up to the last bits. A second comparison, with the weights before they were rounded,
shows what rounding changes: the share of pairs in common (of the pairs that either selects, and of the full model's), verdicts,
events that are flagged, event F1. Seconds are those of the clock and of the processor, from the interpreter's start to its end:
where others use the machine, the processor's seconds say more.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.edge import folder
from sparsemix.edge.exporter import export, stored_as
from sparsemix.edge.folder import StoredDecision
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Run
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.common.metrics import count, f1_of
from sparsemix.training.generated.corpus import LabelledLog
from sparsemix.training.generated.evaluation import fresh_log
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.support.sparsemix.edge import bare

STARTS = 5
# How far probabilities may lie apart: of sequences, and of events, which are stored in single precision.
_CLOSE = 1e-9
_SINGLE = 1e-6
# Seconds that a run of the runtime may take.
_LIMIT = 900


@dataclass(frozen=True, slots=True)
class EdgeSize:
    """Size of the benchmark: decisions are compared on ``logs`` logs of ``events`` lines; one log of ``long`` lines is
    timed."""

    logs: int = 20
    events: int = 2048
    long: int = 20_000
    seed: int = 0


def rows(model: SparseMixModel, formats: Sequence[str], size: EdgeSize, tell: Tell = lambda _text: None) -> list[Row]:
    """Return a row per format.

    Raises `BenchmarkRefused` when a runtime fails or decides otherwise than the full model.
    """
    features = model.config.features
    logs = [fresh_log(index, size.events, size.seed, features) for index in range(size.logs)]
    long = fresh_log(0, size.long, size.seed + 1, features)
    plain = [model.run_with_trace(log.sequence) for log in [*logs, long]]
    result = []
    for kind in formats:
        full = stored_as(model, kind)
        same = plain if full is model else [full.run_with_trace(log.sequence) for log in [*logs, long]]
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            export(model, place / "runtime", kind)
            measured = _times_and_sizes(place, [*logs, long])
            kept = [folder.read(path) for path in folder.folders(place / "out")]
        edge = [_compared(one, run, kind) for one, run in zip(kept, same, strict=True)]
        result.append(
            {"format": kind, **measured, **_compared_with_unrounded([*logs, long], edge, plain), "long_events": size.long}
        )
        tell(line(result[-1]))
    return result


def line(row: Row) -> str:
    """Return a row in words."""
    return (
        f"{row['format']}: start {row['start_seconds']:.2f} s, {row['long_events']:,} events in {row['long_seconds']:.1f} s "
        f"({row['long_cpu_seconds']:.1f} s of processor), "
        f"peak {row['peak_mb']:.0f} MB, installed {row['installed_mb']:.1f} MB, pairs {row['pairs_in_common']:.4%}, "
        f"verdicts {row['verdicts_same']}/{row['logs']}, event F1 {row['event_f1']:.4f} ({row['event_f1_points']:+.2f} points)"
    )


def _times_and_sizes(place: Path, logs: Sequence[LabelledLog]) -> Row:
    """Run the runtime on all logs, of which the last is timed alone; return seconds and megabytes."""
    script, peak, paths = place / "runtime" / "run.py", place / "peak", []
    for number, log in enumerate(logs):
        paths.append(place / f"log{number}.log")
        paths[-1].write_text("\n".join(log.log.lines), encoding="utf-8")
    starts = [_run(bare(script, "about", peak=peak)) for _ in range(STARTS)]
    start_peak = _megabytes(peak)
    short = _run(bare(script, "decide", *paths[:-1], "--out", place / "out"))
    long = _run(bare(script, "decide", paths[-1], "--out", place / "out", peak=peak))
    runtime = sum(path.stat().st_size for path in (place / "runtime").rglob("*") if path.is_file()) / 1e6
    return {
        "start_seconds": statistics.median(seconds for seconds, _ in starts),
        "start_cpu_seconds": statistics.median(cpu for _, cpu in starts),
        "start_peak_mb": start_peak,
        "seconds_a_log": short[0] / (len(logs) - 1),
        "long_seconds": long[0],
        "long_cpu_seconds": long[1],
        "peak_mb": _megabytes(peak),
        "runtime_mb": runtime,
        "installed_mb": runtime + _installed("numpy"),
    }


def _run(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds of the clock and of the processor."""
    started, before = time.perf_counter(), _cpu()
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT)
    if process.returncode:
        raise BenchmarkRefused(f"the runtime failed: {process.stderr.strip()[-500:]}")
    return time.perf_counter() - started, _cpu() - before


def _cpu() -> float:
    """Return the processor seconds of all child processes that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _megabytes(peak: Path) -> float:
    return int(peak.read_text()) * 1024 / 1e6


def _installed(package: str) -> float:
    """Return the megabytes that an installed package takes."""
    places = [Path(str(file.locate())) for file in files(package) or []]
    return sum(path.stat().st_size for path in places if path.is_file()) / 1e6


def _compared(kept: StoredDecision, run: Run, kind: str) -> tuple[SelectionTrace, float, NDArray[np.float32]]:
    """Return trace, probability and event probabilities of the edge.

    Raises `BenchmarkRefused` unless they are the full model's.
    """
    layers = len(run.trace.heads)
    trace = SelectionTrace.from_blobs([kept.parts[f"layer-{layer}.arrow"] for layer in range(layers)])
    said, events = kept.content["decision"], np.frombuffer(kept.parts[folder.EVENTS], "<f4")
    same = [_pairs(trace, layer) == _pairs(run.trace, layer) for layer in range(layers)]
    close = np.abs(events - run.decision.event_probability).max() <= _SINGLE
    close = close and abs(said["sequence_probability"] - run.decision.sequence_probability) <= _CLOSE
    if not all(same) or not close:
        raise BenchmarkRefused(f"with {kind} weights the runtime does not decide what the full model decides with them")
    return trace, float(said["sequence_probability"]), events


def _pairs(trace: SelectionTrace, layer: int) -> list[bytes]:
    return [head.query_ptr.tobytes() + head.key_index.tobytes() for head in trace.heads[layer]]


def _compared_with_unrounded(
    logs: Sequence[LabelledLog], edge: Sequence[tuple[SelectionTrace, float, NDArray[np.float32]]], plain: Sequence[Run]
) -> Row:
    """Return what rounding changed: the edge beside the full model with the weights before they were rounded."""
    common = either = whole = changed = verdicts = 0
    differences: list[float] = []
    tables: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]] = ([], [])
    for log, (trace, probability, events), run in zip(logs, edge, plain, strict=True):
        for (_, _, edge_head), (_, _, full_head) in zip(trace, run.trace, strict=True):
            mine, theirs = (head.query_index.astype(np.int64) * head.length + head.key_index for head in (edge_head, full_head))
            common += len(np.intersect1d(mine, theirs))
            either += len(np.union1d(mine, theirs))
            whole += len(theirs)
        decision, truth = run.decision, log.label > 0
        differences.append(abs(probability - decision.sequence_probability))
        cut = decision.sequence_threshold
        verdicts += int((probability >= cut) == (decision.sequence_probability >= cut))
        flagged, before = (values >= decision.event_threshold for values in (events, decision.event_probability))
        changed += int((flagged != before).sum())
        for table, predicted in zip(tables, (flagged, before), strict=True):
            counts = count(predicted, truth)
            table.append((counts.tp, counts.fp, counts.fn))
    own, full = (f1_of(np.array(table, np.float64)) for table in tables)
    return {
        "logs": len(logs),
        "pairs": either,
        "pairs_in_common": common / either,
        "full_pairs_selected": common / whole,
        "verdicts_same": verdicts,
        "largest_difference": max(differences),
        "flags_changed": changed,
        "event_f1": own,
        "full_event_f1": full,
        "event_f1_points": 100 * (own - full),
    }
