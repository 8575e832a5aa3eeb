"""From a log's bytes to the decision, and the trace on disk, stage by stage: python -m tests.benchmarks pipeline --json FILE.

| Log | Lines |
|---|---|
| ``known words`` | of the simulated plant, whose words the weights know |
| ``any log`` | of a web server, or the first of a file of one's own (``--log``): the model for any log judges it by itself |

A log passes through the product's own functions, in a process of its own in which a short log has passed before. A row a stage:
``seconds``, the median of the repeats; ``first_s``, of the first; ``peak_bytes``, the most memory that the process had from the
first passage's begin to the stage's end. Rivals take turns with the passages: drain3 and scikit-learn's HashingVectorizer with
default settings, on the same lines as they are.

Before that, a short log of each kind is checked: its lines are all read, attention is that over all pairs, two passages give
the same bits, and the trace is read from the disk as it was.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import fields
from hashlib import sha256
from itertools import starmap
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from dashboard.service.common.memory import Peak
from sample_data.access_log import LEAST_REQUESTS, AccessLogConfig, generate_access_log
from sample_data.plant import PlantConfig, generate
from sparsemix.__main__ import whole_number
from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError
from sparsemix.model import fallback
from sparsemix.model.fallback import JudgedFile, run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Run
from sparsemix.readers import Limits, ReadOptions, read_file
from sparsemix.trace.selection_trace import SelectionTrace
from tests.benchmarks.brute_force import check_attention
from tests.benchmarks.options import names, numbers
from tests.benchmarks.report import BenchmarkRefused, Row, Tell, check_report, timed_tell, write_report

Found = dict[str, Any]
KINDS = {"known": "known words", "any": "any log"}
STAGES = ("read", "known words", "encode", "network", "attention", "decision", "trace", "whole")
"""``network``: whatever of a run is in no other stage."""
RIVALS = {"read": "drain3", "encode": "HashingVectorizer", "whole": "drain3"}
# Lines of the short log: above 2,048 the search has an index.
CHECKED = 2_304
# What a run calls, and the stages that these are.
_INSIDE: tuple[tuple[Any, str, str], ...] = (
    (fallback, "known_share", "known words"),
    (SparseMixModel, "embed_known", "encode"),
    (AdaptiveSparseAttention, "select", "attention"),
    (EntityAttention, "select", "attention"),
    (SparseMixModel, "decide", "decision"),
)


def passage(model: SparseMixModel, data: bytes, folder: Path) -> tuple[TokenSequence, JudgedFile, Found]:
    """Read a log, decide on it, and write its trace to a folder; return also seconds and peaks by stage, and a hash of the
    decision and the trace."""
    peak, seconds, peaks = Peak(), dict.fromkeys(STAGES, 0.0), dict[str, float | None]()
    # None of the product's bounds: a log has fewer lines than bytes.
    limits = Limits(max_bytes=len(data), max_unpacked=len(data), max_lines=len(data), max_events=len(data))

    def timed(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            result = work(*given, **named)
            seconds[stage] += time.perf_counter() - started
            peaks[stage] = peak.megabytes()
            return result

        return call

    def whole() -> tuple[TokenSequence, JudgedFile, list[bytes]]:
        sequence = timed("read", read_file)(data, "pipeline.log", limits, ReadOptions()).sequence
        judged = timed("network", run_or_fall_back)(model, sequence, keep_layers=True)
        return sequence, judged, timed("trace", _write)(judged.run, folder)

    with ExitStack() as stages:
        for owner, name, stage in _INSIDE:
            stages.enter_context(patch.object(owner, name, timed(stage, getattr(owner, name))))
        sequence, judged, blobs = timed("whole", whole)()
    seconds["network"] -= sum(seconds[stage] for stage in {stage for _, _, stage in _INSIDE})
    decision = judged.run.decision
    said = repr((decision.label, decision.sequence_probability, decision.known_share, decision.input_sha256)).encode()
    bits = sha256(b"".join([*blobs, decision.event_probability.tobytes(), said])).hexdigest()
    found = {"events": len(sequence), "by_itself": judged.fell_back, "bits": bits, "seconds": seconds, "peaks": peaks}
    return sequence, judged, found


def _write(run: Run, folder: Path) -> list[bytes]:
    """Write a trace as the command ``trace`` does."""
    blobs = run.blobs()
    for layer, blob in enumerate(blobs):
        _file(folder, layer).write_bytes(blob)
    return blobs


def _file(folder: Path, layer: int) -> Path:
    return folder / f"layer-{layer}.arrow"


def check(model: SparseMixModel, lines: Sequence[str], kind: str, folder: Path) -> None:
    """Let a log of this kind pass twice. Raises `BenchmarkRefused` where anything about it is wrong."""
    text = "\n".join(lines)
    (sequence, judged, one), (_, _, other) = (passage(model, text.encode(), folder) for _ in range(2))
    trace, model = judged.run.trace, judged.model
    read = SelectionTrace.from_blobs([_file(folder, layer).read_bytes() for layer in range(len(trace.heads))])
    columns = ([getattr(head, field.name) for _, _, head in some for field in fields(head)] for some in (trace, read))
    wrong = {
        "the events are not the lines": "\n".join(event.text for event in sequence.events) != text,
        "it is not judged as such a log is": judged.fell_back != (kind == "any"),
        "two passages differ": one["bits"] != other["bits"],
        "the trace on disk differs": not all(starmap(np.array_equal, zip(*columns, strict=True))),
    }
    for what in (what for what, found in wrong.items() if found):
        raise BenchmarkRefused(f"{KINDS[kind]}: {what}; nothing is reported")
    check_attention(model, encode(sequence.events, model.config.features, model.reading), KINDS[kind])


def lines_of(kind: str, events: int, seed: int, log: Path | None) -> Sequence[str]:
    """Return the lines of a log of this kind. Raises `ConfigError` where ``log``, a file of one's own, has fewer."""
    if kind == "known":
        return generate(PlantConfig(events=events), seed).lines
    if log is None:
        return generate_access_log(AccessLogConfig(requests=events, delay=40, burst=40), seed).lines
    with log.open(encoding="utf-8", errors="replace") as file:
        lines = [line.rstrip() for line, _ in zip(file, range(events), strict=False)]
    if len(lines) < events or not all(lines):
        raise ConfigError(f"{log} must have {events:,} lines, none of which is blank")
    return lines


def rows(weights: Path, sizes: Sequence[int], repeats: int, logs: dict[str, Path | None], seed: int, tell: Tell) -> list[Row]:
    """Return a row for every kind of ``logs``, length and stage. Raises `BenchmarkRefused` where a log is not judged as such a
    log is, its repeats differ, or a stage is not seen."""
    model, result = SparseMixModel.load(weights), list[Row]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, log in logs.items():
            short = lines_of(kind, CHECKED, seed, log)
            check(model, short, kind, folder)
            (folder / "short.log").write_text("\n".join(short), encoding="utf-8")
            for size in sizes:
                (folder / "long.log").write_text("\n".join(lines_of(kind, size, seed + 1, log)), encoding="utf-8")
                passages = _in_a_process(weights, folder, repeats)
                first = passages[0]
                unseen = [stage for stage in STAGES if min(one["seconds"][stage] for one in passages) <= 0.0]
                if unseen or first["by_itself"] != (kind == "any") or len({one["bits"] for one in passages}) > 1:
                    raise BenchmarkRefused(f"{size:,} lines are not judged alike as {KINDS[kind]}, or {unseen} not seen")
                result += [_row(kind, stage, passages) for stage in STAGES]
                tell(f"{KINDS[kind]}, {size:,} lines: {result[-1]['seconds']:.2f} s")
    return result


def _row(kind: str, stage: str, passages: Sequence[Found]) -> Row:
    seconds, peak, rival = [one["seconds"][stage] for one in passages], passages[0]["peaks"][stage], RIVALS.get(stage)
    return {
        "log": KINDS[kind],
        "events": passages[0]["events"],
        "stage": stage,
        "seconds": statistics.median(seconds),
        "first_s": seconds[0],
        "events_per_s": passages[0]["events"] / statistics.median(seconds),
        "peak_bytes": peak and int(peak * 1e6),
        "rival": rival,
        "rival_s": rival and statistics.median(one[rival] for one in passages),
    }


def _in_a_process(weights: Path, folder: Path, repeats: int) -> list[Found]:
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(passages_of, weights, folder, repeats).result()
    except BrokenProcessPool as error:
        raise BenchmarkRefused("the process of a log was ended, perhaps because memory ran out; nothing is reported") from error


def passages_of(weights: Path, folder: Path, repeats: int) -> list[Found]:
    """Let ``long.log`` of a folder pass, after ``short.log`` did once; return what was found each time."""
    model, result = SparseMixModel.load(weights), list[Found]()
    passage(model, (folder / "short.log").read_bytes(), folder)
    data = (folder / "long.log").read_bytes()
    for _ in range(repeats):
        # Nothing else of a passage is kept: it would take memory beside the next.
        result.append(passage(model, data, folder)[-1] | _rivals(data))
    return result


def _rivals(data: bytes) -> dict[str, float]:
    """Return the seconds of the rivals."""
    # Imported after the first passage: their memory is not the product's.
    from drain3 import TemplateMiner  # noqa: PLC0415
    from drain3.template_miner_config import TemplateMinerConfig  # noqa: PLC0415
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415

    miner, vectorizer = TemplateMiner(config=TemplateMinerConfig()), HashingVectorizer()
    started = time.perf_counter()
    lines = data.decode().split("\n")
    for line in lines:
        miner.add_log_message(line)
    mined = time.perf_counter()
    vectorizer.transform(lines)
    return {"drain3": mined - started, "HashingVectorizer": time.perf_counter() - mined}


def table(rows: Sequence[Row]) -> str:
    """Return rows as lines of text: the growth is the power of the events with which seconds grow from the shortest log to the
    longest; events a second, peak and speed beside the rival are those of the longest."""
    lines = [f"{'log':12} {'stage':12} {'seconds':21} growth  events/s  peak MB  beside the rival"]
    for log, stage in dict.fromkeys((row["log"], row["stage"]) for row in rows):
        some: list[Any] = [row for row in rows if (row["log"], row["stage"]) == (log, stage)]
        short, long = some[0], some[-1]
        times = long["events"] / short["events"]
        growth = f"{math.log(long['seconds'] / short['seconds'], times):6.2f}" if times > 1 else "     -"
        peak = f"{long['peak_bytes'] / 1e6:7.0f}" if long["peak_bytes"] else "      -"
        rival = f"{long['rival_s'] / long['seconds']:.2f} x {long['rival']}" if long["rival"] else "-"
        seconds = " ".join(f"{row['seconds']:.3f}" for row in some)
        lines.append(f"{log:12} {stage:12} {seconds:21} {growth}  {long['events_per_s']:8.0f}  {peak}  {rival}")
    return "\n".join(lines)


def add_pipeline_options(parser: ArgumentParser) -> None:
    """Add the options of the benchmark ``pipeline``."""
    parser.add_argument("--events", type=numbers, default=(50_000, 200_000), help="lines a log; default: 50000,200000")
    parser.add_argument("--repeats", type=int, default=5, help="passages, of which the median counts; default: %(default)s")
    parser.add_argument("--kinds", type=names, default=tuple(KINDS), help=f"of {','.join(KINDS)}; default: all")
    parser.add_argument("--log", type=Path, metavar="FILE", help="any log is the first lines of this file; default: generated")
    parser.add_argument("--seed", type=whole_number, default=0, help="of the generated logs; default: %(default)s")


def pipeline_command(options: Namespace) -> None:
    """Run the benchmark ``pipeline``: write the report, and print a table on standard output."""
    check_report(options.json)
    if unknown := {*options.kinds} - {*KINDS}:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    if min(options.events) < LEAST_REQUESTS or options.repeats < 1:
        raise ConfigError(f"at least {LEAST_REQUESTS} lines and one passage are needed")
    logs = {kind: options.log if kind == "any" else None for kind in options.kinds}
    found = rows(options.weights, sorted({*options.events}), options.repeats, logs, options.seed, timed_tell())
    write_report(options.json, found, weights_sha256=SparseMixModel.load(options.weights).weights_sha256)
    print(table(found))
