"""Which kinds of alarms lead to which, beside counting, against a graph that experts drew.

The data: PCIC 2021 (MIT License), ``alarms/18V_55N_Wireless.tar.gz``: alarms of a radio network (``alarm_id, device_id,
start_timestamp, end_timestamp``) and ``DAG.npy``, whose [i, j] is 1 where kind i causes kind j. The measure is F1 of directed
edges between different kinds. Counting is told how many edges the truth has and names so many; ours decides for itself.

Intervals hold 95 % of the F1 over devices drawn anew (bootstrap).

Axis letters: N alarms, K kinds.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError
from sparsemix.graph.point_process import PointProcess, fit
from sparsemix.graph.timed_graph import TimedGraph, timed_graph
from sparsemix.readers import read_path
from sparsemix.readers.columns import Columns
from sparsemix.readers.options import ReadOptions
from tests.benchmarks.report import BenchmarkRefused, Row, Tell

ARCHIVE = Path("alarms") / "18V_55N_Wireless.tar.gz"
_ALARMS, _TRUTH = "Alarm.csv", "DAG.npy"
_COLUMNS = "time=start_timestamp,source=device_id,message=alarm_id,ignore=end_timestamp"
_WINDOWS = (5, 60, 300)  # seconds, as in the design of the comparison
_DRAWS = 100
_LEVEL = 0.95
_MOST_BYTES = 2**28
_NEAR = 1e-3
_CHECKED = 300
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Method = Callable[[NDArray[np.float64], Ints, Ints], Bools]
OURS = "graph --by-times"


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """Alarms in the order of their ``times`` (seconds) [N], their ``kinds`` and ``devices`` [N], the ``truth`` [K, K], and the
    ``graph`` that the product names from the file."""

    times: NDArray[np.float64]
    kinds: Ints
    devices: Ints
    truth: Bools
    graph: TimedGraph


def has_alarms(folder: Path) -> bool:
    """Return whether the data folder holds the alarms."""
    return (folder / ARCHIVE).is_file()


def alarm_rows(folder: Path, seed: int, tell: Tell) -> list[Row]:
    """Return the rows of all methods. Raises `ConfigError` when the data cannot be read, `BenchmarkRefused` when a check
    fails."""
    started = time.perf_counter()
    alarms = load(folder)
    seconds = time.perf_counter() - started
    size = len(alarms.truth)
    process = _fitted(alarms.times, alarms.kinds, alarms.devices, size)
    check_states(alarms, seed)
    texts = [kind.text for kind in alarms.graph.kinds]
    by_command = {(int(texts[edge.earlier]), int(texts[edge.later])) for edge in alarms.graph.edges}
    if set(map(tuple, np.argwhere(named(process, size)).tolist())) != by_command:
        raise BenchmarkRefused("the command names other edges than the fit; nothing is reported")
    tell(f"{len(alarms.times):,} alarms of {size} kinds; {alarms.graph.all_edges} edges named, {alarms.truth.sum()} true")
    methods: dict[str, Method] = {OURS: partial(_named_by_fit, size=size)}
    for every, name in ((False, "alarms"), (True, "pairs")):
        for window in _WINDOWS:
            count = partial(counted, window=window, every=every, truth=alarms.truth)
            methods[f"counting {name} within {window} s"] = count
    drawn = {name: np.empty(_DRAWS) for name in methods}
    rng = np.random.default_rng(seed)
    for draw in range(_DRAWS):
        times, kinds, devices = _redrawn(alarms, rng)
        for name, method in methods.items():
            drawn[name][draw] = f1(method(times, kinds, devices), alarms.truth)
    tell(f"{_DRAWS} draws of devices")
    edges = {name: method(alarms.times, alarms.kinds, alarms.devices) for name, method in methods.items()}
    values = {name: f1(one, alarms.truth) for name, one in edges.items()}
    rows = [
        _row(name, "F1", values[name], drawn[name], len(alarms.times), int(edges[name].sum()), seconds * (name == OURS) or None)
        for name in methods
    ]
    best = max((name for name in methods if name != OURS), key=lambda name: values[name])
    difference = (values[OURS] - values[best], drawn[OURS] - drawn[best])
    return [*rows, _row(OURS, f"difference to {best}", *difference, len(alarms.times), int(edges[OURS].sum()), None)]


def _row(
    method: str, metric: str, value: float, drawn: NDArray[np.float64], alarms: int, edges: int, seconds: float | None
) -> Row:
    low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).tolist()
    return {
        "set": "alarms",
        "method": method,
        "metric": metric,
        "value": value,
        "low": low,
        "high": high,
        "alarms": alarms,
        "edges": edges,
        "seconds": seconds,
    }


def load(folder: Path) -> Alarms:
    """Read the alarms as the command does. Raises `ConfigError` when they cannot be read."""
    path = folder / ARCHIVE
    with tempfile.TemporaryDirectory() as temporary:
        try:
            with tarfile.open(path) as archive:
                members = {Path(member.name).name: member for member in archive if member.isfile()}
                if sum(member.size for member in members.values()) > _MOST_BYTES:
                    raise ConfigError(f"{path} holds more than {_MOST_BYTES // 2**20:,} MiB")
                files = {name: archive.extractfile(members[name]) for name in (_ALARMS, _TRUTH)}
                content = {name: file.read() for name, file in files.items() if file is not None}
            truth = np.load(io.BytesIO(content[_TRUTH]), allow_pickle=False)
        except (OSError, EOFError, KeyError, ValueError, zlib.error, tarfile.TarError) as error:
            raise ConfigError(f"cannot read {_ALARMS} and {_TRUTH} in {path}") from error
        table = Path(temporary) / _ALARMS
        table.write_bytes(content[_ALARMS])
        sequence = read_path(table, options=ReadOptions(columns=Columns.parse(_COLUMNS)))
    graph = timed_graph([sequence], by_source=True)
    times = np.array([event.time for event in sequence.events], np.float64)
    kinds = np.array([int(event.message.split()[-1]) for event in sequence.events])
    devices = np.array([int(event.source or 0) for event in sequence.events])
    order = np.argsort(times, kind="stable")
    return Alarms(times[order], kinds[order], devices[order], truth > 0, graph)


def f1(edges: Bools, truth: Bools) -> float:
    """Return F1 of named edges [K, K]; the diagonal does not count."""
    different = ~np.eye(len(truth), dtype=np.bool_)
    hits = int((edges & truth & different).sum())
    return 2 * hits / max(1, int((edges & different).sum()) + int((truth & different).sum()))


def named(process: PointProcess, size: int) -> Bools:
    """Return the edges that a fit names, by the numbers of kinds [K, K]."""
    edges: Bools = np.zeros((size, size), np.bool_)
    for lead in process.leads():
        edges[int(process.names[lead.earlier]), int(process.names[lead.later])] = True
    return edges


def counted(times: NDArray[np.float64], kinds: Ints, devices: Ints, *, window: float, every: bool, truth: Bools) -> Bools:
    """Return as many edges as are true: those that are counted most often, and more often than the other way round. Counted is
    an alarm for every kind that came on its device within ``window`` seconds before it, with ``every`` for every such alarm."""
    size = len(truth)
    count = np.zeros((size, size))
    for device in np.unique(devices).tolist():
        of = devices == device
        own, kind = times[of], kinds[of]
        first = np.searchsorted(own, own - window)
        end = np.searchsorted(own, own)
        for place in range(len(own)):
            before = kind[first[place] : end[place]]
            np.add.at(count[:, kind[place]], before if every else np.unique(before), 1)
    count[(count <= count.T) | np.eye(size, dtype=np.bool_)] = -1.0
    edges: Bools = np.zeros(size * size, np.bool_)
    edges[np.argsort(-count.ravel(), kind="stable")[: int(truth.sum())]] = True
    return edges.reshape(size, size)


def check_states(alarms: Alarms, seed: int) -> None:
    """Raise `BenchmarkRefused` unless the fit of some alarms never gets less likely and explains each of them once."""
    first = int(np.random.default_rng(seed).integers(len(alarms.times) - _CHECKED))
    part = slice(first, first + _CHECKED)
    process = _fitted(alarms.times[part], alarms.kinds[part], alarms.devices[part], len(alarms.truth))
    explained = float(process.explained.sum()) + process.background * _CHECKED
    if np.diff(process.likelihood).min() < -_NEAR or abs(explained - _CHECKED) > 0.01 * _CHECKED:
        raise BenchmarkRefused("the fit gets less likely, or does not explain every alarm once; nothing is reported")


def _named_by_fit(times: NDArray[np.float64], kinds: Ints, devices: Ints, *, size: int) -> Bools:
    return named(_fitted(times, kinds, devices, size), size)


def _fitted(times: NDArray[np.float64], kinds: Ints, devices: Ints, size: int) -> PointProcess:
    return fit(times, kinds, devices, [str(kind) for kind in range(size)])


def _redrawn(alarms: Alarms, rng: np.random.Generator) -> tuple[NDArray[np.float64], Ints, Ints]:
    """Return the alarms of devices drawn anew; one that is drawn twice is two devices."""
    names = np.unique(alarms.devices)
    of = {int(name): np.flatnonzero(alarms.devices == name) for name in names}
    drawn = rng.choice(names, len(names)).tolist()
    rows = np.concatenate([of[device] for device in drawn])
    devices = np.repeat(np.arange(len(drawn)), [len(of[device]) for device in drawn])
    order = np.argsort(alarms.times[rows], kind="stable")
    return alarms.times[rows][order], alarms.kinds[rows][order], devices[order]
