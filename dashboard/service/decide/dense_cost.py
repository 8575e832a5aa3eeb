"""Time that dense attention takes on this machine: the loaded model's own network with attention over every pair of events.

The rival is torch's scaled_dot_product_attention in single precision, without the distance bias and without keeping any pair.
Dense attention cannot be cheaper than this, so the comparison does not make SparseMix look better than it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

import torch
import torch.nn.functional as F

from dashboard.service.common.processor import processor_name
from dashboard.service.common.worker import Progress
from dashboard.service.decide.economics import fitted
from sample_data import PlantConfig, generate
from sparsemix import SparseMixModel, TokenSequence, read_bytes
from sparsemix.encoding.encoder import encode
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network

LENGTHS = (2_048, 8_192, 16_384)
_TIMES = 3
_SEED = 1


@dataclass(frozen=True, slots=True)
class DenseCost:
    """Microseconds an event and nanoseconds a pair of events; by length the seconds of the dense runs behind them and of
    SparseMix's decisions without explanations; and the machine with the date."""

    us_event: float
    ns_pair: float
    dense: dict[int, float]
    sparse: dict[int, float]
    machine: str


def measure(model: SparseMixModel, progress: Progress) -> DenseCost:
    """Run both on generated logs of LENGTHS and take the median of several runs. Raises whatever ``progress`` raises."""
    twin = Network(model.config)
    twin.load_state_dict(model.network.state_dict())
    twin = twin.float().eval()
    dense: dict[int, float] = {}
    sparse: dict[int, float] = {}
    for number, length in enumerate(LENGTHS):
        sequence = _sequence(length)
        for runs, times, call in (
            (_TIMES, dense, _dense_run(model, twin, sequence)),
            (1, sparse, _sparse_run(model, sequence)),
        ):
            progress((number + (times is sparse) / 2) / len(LENGTHS), "measure")
            call()  # the first run, which compiles and fills caches, does not count
            times[length] = median(_seconds(call) for _ in range(runs))
    us_event, ns_pair = (float(f"{value:.3g}") for value in fitted(list(dense), list(dense.values())))
    progress(1.0, "measure")
    return DenseCost(us_event, ns_pair, dense, sparse, _here())


def _here() -> str:
    return f"{processor_name()}, {torch.get_num_threads()} x, {datetime.now(UTC):%Y-%m-%d}"


def _sequence(events: int) -> TokenSequence:
    lines = generate(PlantConfig(events=events), _SEED).lines
    return read_bytes("\n".join(lines).encode(), "measured.log")


def _dense_run(model: SparseMixModel, twin: Network, sequence: TokenSequence) -> Callable[[], object]:
    def run() -> object:
        with torch.no_grad():
            batch = EventBatch.of([encode(sequence.events, model.config.features, model.reading)])
            x = twin.embed(batch)
            for layer in twin.stack:
                q, k, v = layer.attention.project(layer.norm(x))
                mixed = F.scaled_dot_product_attention(q, k, v, scale=1.0)
                x = layer.after_attention(x, layer.attention.out(mixed.transpose(1, 2).flatten(2)))
            return x

    return run


def _sparse_run(model: SparseMixModel, sequence: TokenSequence) -> Callable[[], object]:
    return lambda: model.run_with_trace(sequence)


def _seconds(call: Callable[[], object]) -> float:
    begin = perf_counter()
    call()
    return perf_counter() - begin
