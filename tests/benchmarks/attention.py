"""Speed of one attention layer beside named rivals, on a trained model's own queries and keys and on random ones.

A row is one layer (or random input) at one length against one rival: medians of at least five runs of both, in the same
process. A rival's time does not depend on the values, so it is measured once for inputs of the same shape. Before anything is
timed, the output is compared with dense entmax attention: all of it and its gradients at a short length, and sampled queries at
every length. Where they differ, nothing is reported (``BenchmarkRefused``).

"Forward" is what a run of the app does: index, search, weights, values, and the trace, quantised, ready to be written.

"Scored" is the number of keys of which a logit was computed, by the number that dense attention scores: what "Certified top-k"
(arXiv 2512.07647) counts. Bounds of groups and cells are not in it; a block counts as sixteen keys.

Axis letters: H heads, N events, D head dimension.
"""

from __future__ import annotations

import copy
import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.head_pairs import HeadPairs, head_selection
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.trace.selection_trace import SelectionTrace
from tests.benchmarks.attention_inputs import SEED, Input, inputs
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.benchmarks.rivals import RIVALS, Rival

LENGTHS = (4096, 16384, 65536)
REPEATS = 5
_CHECKED_QUERIES = 64
_TOLERANCE = 1e-4
_CHECKED_LENGTH = 1024
_CHECKED_GRADIENTS = 512
_LOCAL_WINDOW = 32


def rows(
    model: SparseMixModel,
    lengths: Sequence[int] = LENGTHS,
    *,
    near_misses: int = 3,
    budget: int | None = None,
    repeats: int = REPEATS,
    passes: Sequence[str] = ("forward", "train"),
    data: Sequence[str] = ("trained", "random"),
    rivals: Sequence[str] = tuple(RIVALS),
    head_sizes: Sequence[int] = (),
    tell: Tell = lambda _text: None,
) -> list[Row]:
    """Measure every layer at every length against every rival; ``budget`` as for ``IndexSearch``; ``head_sizes``: random input
    of heads of these sizes, besides the weights' own. A rival without the units that it needs is told and left out.

    Raises `ConfigError` for lengths below 2 or when nothing can be measured, `BenchmarkRefused` when a checked output is wrong.
    """
    search = IndexSearch(budget)
    if min(lengths, default=0) < 2:
        raise ConfigError("lengths must be at least 2 events")
    for rival in rivals:
        if RIVALS[rival].units() is None:
            tell(f"{rival}: left out, the processor has no instructions for it")
    rivals = [rival for rival in rivals if RIVALS[rival].units() is not None]
    if not any(RIVALS[rival].fits(length, name) for rival in rivals for length in lengths for name in passes):
        raise ConfigError("none of these rivals can be measured at any of these lengths")
    for given in inputs(model, _CHECKED_LENGTH, data, head_sizes):
        _check_all(given, search)
        _check_gradients(given)
    result: list[Row] = []
    # Seconds by shape and, for rivals that choose keys, by how many they choose.
    known: dict[tuple[object, ...], float] = {}
    for length in lengths:
        for given in inputs(model, length, data, head_sizes):
            _check_some(given, search)
            for name in passes:
                ours = _Ours(given, search, near_misses, name)
                measured = ours.measure(repeats)
                for rival in rivals:
                    if not RIVALS[rival].fits(length, name):
                        continue
                    row: Row = {"length": length, "data": given.data, "layer": given.layer, "pass": name, "rival": rival}
                    row |= {"head_size": given.q.shape[2], "units": RIVALS[rival].units()}
                    per_query = ours.per_query
                    case = (rival, given.q.shape, name, per_query)
                    if case not in known:
                        known[case] = _rival_seconds(RIVALS[rival], given, per_query, name, repeats)
                    row |= measured | {"rival_s": known[case], "rival_covers": RIVALS[rival].covers(ours.pairs, per_query)}
                    row["speedup"] = float(row["rival_s"]) / float(row["sparse_s"])  # type: ignore[arg-type]
                    result.append(row)
                    tell(_line(row))
    return result


def _check_all(given: Input, search: IndexSearch) -> None:
    """Compare the whole output with dense entmax attention where it is certified."""
    mixed, heads = given.attention.select(given.q, given.k, given.v, 0, search)
    sure = torch.from_numpy(np.stack([pairs.certified for pairs in heads]))
    with torch.no_grad():
        p = dense_entmax15(given.attention.double().dense_logits(given.q[None].double(), given.k[None].double()))[0]
        expected = p[..., :-1] @ given.v.double() + p[..., -1:] * given.attention.anchor_value[:, None]
        given.attention.float()
    worst = float((mixed - expected)[sure].abs().max()) if bool(sure.any()) else 0.0
    if not worst < _TOLERANCE:
        raise BenchmarkRefused(
            f"{given.data}, layer {given.layer}: certified queries differ from dense entmax attention by {worst:.1e}"
        )


def _check_gradients(given: Input) -> None:
    """Compare the gradients of queries, keys and values with dense entmax attention's, in double precision, by way of the
    index."""
    attention = copy.deepcopy(given.attention).double()
    ours = [t[None, :, :_CHECKED_GRADIENTS].double().requires_grad_() for t in (given.q, given.k, given.v)]
    theirs = [t.detach().requires_grad_() for t in ours]
    direction = torch.randn(ours[0].shape, generator=torch.Generator().manual_seed(SEED), dtype=torch.float64)
    _backward(attention.mix(ours[0], ours[1], ours[2], IndexSearch(scan_up_to=0)), direction)
    p = dense_entmax15(attention.dense_logits(theirs[0], theirs[1]))
    mixed = p[..., :-1] @ theirs[2] + p[..., -1:] * attention.anchor_value[:, None]
    _backward(mixed, direction)
    for name, a, b in zip(("queries", "keys", "values"), ours, theirs, strict=True):
        worst = float((torch.as_tensor(a.grad) - torch.as_tensor(b.grad)).abs().max())
        if not worst < _TOLERANCE:
            raise BenchmarkRefused(f"{given.data}, layer {given.layer}: the gradient of the {name} differs by {worst:.1e}")


def _backward(mixed: Tensor, direction: Tensor) -> None:
    mixed.backward(direction)  # type: ignore[no-untyped-call]


def _check_some(given: Input, search: IndexSearch) -> None:
    """Compare a few certified queries with dense entmax attention over every key."""
    mixed, heads = given.attention.select(given.q, given.k, given.v, 0, search)
    n = given.q.shape[1]
    some = torch.from_numpy(np.random.default_rng(n).choice(n, min(n, _CHECKED_QUERIES), replace=False))
    offset = torch.arange(n) - some[:, None]
    for head, pairs in enumerate(heads):
        table = torch.from_numpy(given.attention.bias(head).table(n, np.float64))
        q, k, v = (t[head].double() for t in (given.q, given.k, given.v))
        anchor = q[some] @ given.attention.anchor_key[head].detach().double()
        p = dense_entmax15(torch.cat([q[some] @ k.T + table[offset + n], anchor[:, None]], 1))
        expected = p[:, :-1] @ v + p[:, -1:] * given.attention.anchor_value[head].detach().double()
        sure = torch.from_numpy(pairs.certified[some.numpy()])
        worst = float((mixed[head, some] - expected)[sure].abs().max()) if bool(sure.any()) else 0.0
        if not worst < _TOLERANCE:
            raise BenchmarkRefused(f"{given.data}, layer {given.layer}, {n} events: certified queries differ by {worst:.1e}")


@dataclass(slots=True)
class _Ours:
    """The sparse attention on one input; ``name``: the pass that is timed, "forward" or "train"."""

    given: Input
    search: IndexSearch
    near_misses: int
    name: str
    pairs: list[HeadPairs] = field(default_factory=list)

    @property
    def per_query(self) -> int:
        """The mean number of selected keys per query, at least 1."""
        return max(1, round(sum(len(p.key) for p in self.pairs) / max(1, sum(len(p.threshold) for p in self.pairs))))

    def measure(self, repeats: int) -> Row:
        given = self.given
        _, heads = given.attention.select(given.q, given.k, given.v, self.near_misses, self.search)
        self.pairs = heads
        count, n = sum(len(pairs.key) for pairs in heads), given.q.shape[1]
        row: Row = {
            "certified": float(np.mean([pairs.certified.mean() for pairs in heads])),
            "certified_least": float(min(pairs.certified.mean() for pairs in heads)),
            # Of the keys that dense attention scores; above 1 where bounds were tried in vain.
            "scored": float(np.mean([pairs.scored.mean() for pairs in heads])) / n,
            "scanned": float(np.mean([(pairs.scored >= n).mean() for pairs in heads])),
            "pairs": count,
            "budget": self.search.budget,
        }
        if self.name == "train":
            row["sparse_s"] = median_of(self._train, repeats)
            row["peak_bytes"] = peak_bytes(self._train)
            row["trace_share"] = row["bytes_per_pair"] = row["encode_s"] = None
            return row
        traced, bare = medians_of([self._traced, self._bare], repeats)
        trace = SelectionTrace((tuple(head_selection(pairs, _LOCAL_WINDOW) for pairs in heads),))
        row["sparse_s"] = traced
        row["trace_share"] = max(0.0, 1.0 - bare / traced)
        row["encode_s"] = median_of(lambda: trace.layer_blob(0), repeats)
        row["bytes_per_pair"] = len(trace.layer_blob(0)) / max(count, 1)
        row["peak_bytes"] = peak_bytes(self._traced)
        return row

    def _traced(self) -> None:
        given = self.given
        _, heads = given.attention.select(given.q, given.k, given.v, self.near_misses, self.search)
        for pairs in heads:
            head_selection(pairs, _LOCAL_WINDOW)

    def _bare(self) -> None:
        self.given.attention.select(self.given.q, self.given.k, self.given.v, 0, self.search)

    def _train(self) -> None:
        mixed = self.given.attention.mix(*_leaves(self.given.q[None], self.given.k[None], self.given.v[None]), self.search)
        mixed.backward(torch.ones_like(mixed))  # type: ignore[no-untyped-call]


def _leaves(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the tensors as what a backward pass is asked for."""
    return q.detach().requires_grad_(), k.detach().requires_grad_(), v.detach().requires_grad_()


def _rival_seconds(rival: Rival, given: Input, per_query: int, name: str, repeats: int) -> float:
    q, k, v = (t.to(rival.dtype) for t in (given.q, given.k, given.v))

    def forward() -> None:
        with torch.no_grad():
            rival.attend(given.attention, q, k, v, per_query)

    def train() -> None:
        mixed = rival.attend(given.attention, *_leaves(q, k, v), per_query)
        mixed.backward(torch.ones_like(mixed))  # type: ignore[no-untyped-call]

    return median_of(forward if name == "forward" else train, repeats)


def median_of(work: Callable[[], object], repeats: int) -> float:
    """Return the median seconds of ``repeats`` runs, after one run that is not counted."""
    return medians_of([work], repeats)[0]


def medians_of(works: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Return `median_of` for several works that take turns, so that other load on the machine disturbs all of them alike."""
    seconds: list[list[float]] = [[] for _ in works]
    for run in range(repeats + 1):
        for work, durations in zip(works, seconds, strict=True):
            started = time.perf_counter()
            work()
            if run:
                durations.append(time.perf_counter() - started)
    return [float(np.median(durations)) for durations in seconds]


def peak_bytes(work: Callable[[], object]) -> int | None:
    """Return the bytes that the work needed on top of what was in use before, as the kernel counts them; None where the kernel
    does not tell."""
    try:
        # Memory that the allocator kept from before would hide the new need.
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = _memory("VmRSS")
        work()
        return max(0, _memory("VmHWM") - before)
    except (OSError, AttributeError):
        return None


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(name))


def _line(row: Row) -> str:
    return (
        f"{row['length']} {row['data']} layer {row['layer']}, heads of {row['head_size']}, {row['pass']}: "
        f"{row['sparse_s']:.4f} s, {row['rival']} ({row['units']}) {row['rival_s']:.4f} s, {row['speedup']:.2f} x, "
        f"certified {row['certified']:.4f}, {row['scored']:.1%} of the keys scored"
    )
