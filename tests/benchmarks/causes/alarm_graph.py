"""Which kinds of alarms lead to which, beside counting, against a graph that experts drew.

The data: PCIC 2021 (MIT License), ``alarms/18V_55N_Wireless.tar.gz``: alarms of a radio network (``alarm_id, device_id,
start_timestamp, end_timestamp``) and ``DAG.npy``, whose [i, j] is 1 where kind i causes kind j. The measure is F1 of directed
edges between different kinds. All methods are told how many edges the truth has, and name so many.

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

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError
from sparsemix.graph.counts import followers_of
from sparsemix.graph.leads import leads
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
_CHECKED = 300
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Method = Callable[[NDArray[np.float64], Ints, Ints], Bools]
OURS = "graph --by-times --by-source"
_WITHIN = 60.0  # seconds, as the command


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """Alarms in the order of their ``times`` (seconds) [N], their ``kinds`` and ``devices`` [N], the ``truth`` [K, K], and the
    edges that the command names, read from the file."""

    times: NDArray[np.float64]
    kinds: Ints
    devices: Ints
    truth: Bools
    by_command: Bools


def has_alarms(folder: Path) -> bool:
    """Return whether the data folder holds the alarms."""
    return (folder / ARCHIVE).is_file()


def alarm_rows(folder: Path, seed: int, tell: Tell) -> list[Row]:
    """Return the rows of all methods. Raises `ConfigError` when the data cannot be read, `BenchmarkRefused` when a check
    fails."""
    alarms = load(folder)
    check_counts(alarms, seed)
    arrays = alarms.times, alarms.kinds, alarms.devices
    started = time.perf_counter()
    if not np.array_equal(followed(*arrays, truth=alarms.truth), alarms.by_command):
        raise BenchmarkRefused("the command names other edges than the alarms; nothing is reported")
    seconds = time.perf_counter() - started
    tell(f"{len(alarms.times):,} alarms of {len(alarms.truth)} kinds; {alarms.truth.sum()} edges are true")
    methods: dict[str, Method] = {OURS: partial(followed, truth=alarms.truth)}
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
    edges = {name: method(*arrays) for name, method in methods.items()}
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
    times = np.array([event.time for event in sequence.events], np.float64)
    kinds = np.array([int(event.message.split()[-1]) for event in sequence.events])
    devices = np.array([int(event.source or 0) for event in sequence.events])
    order = np.argsort(times, kind="stable")
    return Alarms(times[order], kinds[order], devices[order], truth > 0, _most_counted(sequence, truth > 0))


def f1(edges: Bools, truth: Bools) -> float:
    """Return F1 of named edges [K, K]; the diagonal does not count."""
    different = ~np.eye(len(truth), dtype=np.bool_)
    hits = int((edges & truth & different).sum())
    return 2 * hits / max(1, int((edges & different).sum()) + int((truth & different).sum()))


def followed(times: NDArray[np.float64], kinds: Ints, devices: Ints, *, truth: Bools) -> Bools:
    """Return as many edges as are true: the first that ``graph --by-times --by-source`` names."""
    return _most_counted(_sequence(times, kinds, devices), truth)


def _most_counted(sequence: TokenSequence, truth: Bools) -> Bools:
    graph = leads([followers_of(sequence, _WITHIN, by_source=True)], int(truth.sum()))
    edges: Bools = np.zeros(truth.shape, np.bool_)
    for edge in graph.edges:
        edges[int(graph.kinds[edge.earlier].text), int(graph.kinds[edge.later].text)] = True
    return edges


def _sequence(times: NDArray[np.float64], kinds: Ints, devices: Ints) -> TokenSequence:
    alarms = zip(times.tolist(), kinds.tolist(), devices.tolist(), strict=True)
    events = [Event("", f"{device} {kind}", at, str(device), None, line) for line, (at, kind, device) in enumerate(alarms, 1)]
    return TokenSequence("alarms", tuple(events), "events", "utf-8", (), {}, ())


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


def check_counts(alarms: Alarms, seed: int) -> None:
    """Raise `BenchmarkRefused` unless a plain loop over some alarms counts what the product counts."""
    first = int(np.random.default_rng(seed).integers(max(1, len(alarms.times) - _CHECKED)))
    part = slice(first, first + _CHECKED)
    sequence = _sequence(alarms.times[part], alarms.kinds[part], alarms.devices[part])
    plain: dict[tuple[str, str], int] = {}
    for place, later in enumerate(sequence.events):
        before = [
            event.message.split()[-1]
            for event in sequence.events[:place]
            if event.source == later.source and (later.time or 0.0) - (event.time or 0.0) <= _WITHIN
        ]
        kind = later.message.split()[-1]
        for earlier in set(before) - {kind}:
            plain[earlier, kind] = plain.get((earlier, kind), 0) + 1
    rows = followers_of(sequence, _WITHIN, by_source=True).edges.to_pylist()
    if {(row["from"], row["to"]): row["support"] for row in rows} != plain:
        raise BenchmarkRefused("the product counts otherwise than a plain loop; nothing is reported")


def _redrawn(alarms: Alarms, rng: np.random.Generator) -> tuple[NDArray[np.float64], Ints, Ints]:
    """Return the alarms of devices drawn anew; one that is drawn twice is two devices."""
    names = np.unique(alarms.devices)
    of = {int(name): np.flatnonzero(alarms.devices == name) for name in names}
    drawn = rng.choice(names, len(names)).tolist()
    rows = np.concatenate([of[device] for device in drawn])
    devices = np.repeat(np.arange(len(drawn)), [len(of[device]) for device in drawn])
    order = np.argsort(alarms.times[rows], kind="stable")
    return alarms.times[rows][order], alarms.kinds[rows][order], devices[order]
