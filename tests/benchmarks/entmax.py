"""Benchmark of exact entmax over written-out logits on a CUDA device: python -m tests.benchmarks entmax --json FILE.

Beside matrix products, training on such a device spends its time on entmax. The kernel of ``adasplash`` stands beside plain
PyTorch, on logits of a training batch's size (the gradient is the same for both). Weights are compared with double precision
first; nothing is reported when one of the two differs by more than ``TOLERANCE``.
"""

from __future__ import annotations

import statistics
import time
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from sparsemix.attention.entmax import dense_entmax15, entmax_kernel, with_kernel
from sparsemix.errors import ConfigError
from sparsemix.training.common.world import CPU, device_of
from tests.benchmarks.report import BenchmarkRefused, Row, check_report, tell_on_stderr, write_report

TOLERANCE = 1e-4
LENGTHS = (256, 1024, 2048, 4096)
_EVENTS, _HEADS = 4096, 4
_REPEATS = 7

Entmax = Callable[[Tensor], Tensor]


def entmax_command(options: Namespace) -> None:
    """Run the benchmark ``entmax``: write the report, and print a line per measurement on standard error."""
    check_report(options.json)
    device, kernel = device_of("cuda"), entmax_kernel()
    if kernel is None:
        raise ConfigError("there is nothing to compare: install adasplash (requirements-gpu.txt, or the extra gpu)")
    measurements = rows({"PyTorch": dense_entmax15, "adasplash": lambda z: with_kernel(kernel, z)}, device, LENGTHS)
    for row in measurements:
        tell_on_stderr(f"{row['length']} events, {row['way']}: {row['seconds']:.4f} s")
    write_report(options.json, measurements, device=torch.cuda.get_device_name(device))


def rows(ways: Mapping[str, Entmax], device: torch.device, lengths: Sequence[int]) -> list[Row]:
    """Return the median seconds of each way, measured in turns, over about 4,096 events in windows of each length.

    Raises `BenchmarkRefused` when a way differs from double precision by more than ``TOLERANCE``.
    """
    result: list[Row] = []
    for length in lengths:
        torch.manual_seed(0)
        shape = (max(1, _EVENTS // length), _HEADS, length, length + 1)
        z = torch.randn(shape, device=device) * 3.0
        off = {name: _off(name, way, z[:1, :, :64]) for name, way in ways.items()}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for repeat in range(_REPEATS + 1):
            for name, way in ways.items():
                taken = _timed(way, z)
                if repeat:
                    seconds[name].append(taken)
        result += [
            {"length": length, "windows": shape[0], "way": name, "seconds": statistics.median(taken), "off": off[name]}
            for name, taken in seconds.items()
        ]
    return result


def _off(name: str, way: Entmax, z: Tensor) -> float:
    """Return the largest difference from double precision."""
    worst = float((way(z) - dense_entmax15(z.double())).abs().max())
    if not worst <= TOLERANCE:
        raise BenchmarkRefused(f"{name} is {worst:.1e} off double precision; nothing is reported")
    return worst


def _timed(way: Entmax, z: Tensor) -> float:
    _wait(z.device)
    started = time.perf_counter()
    way(z)
    _wait(z.device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    """Wait until a CUDA device has finished its work: calls return before it has."""
    if device != CPU:
        torch.cuda.synchronize(device)
