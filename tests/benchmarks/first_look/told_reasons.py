"""Whether the reason told first is the one that was put in: over logs with one fault each
(`tests.benchmarks.zero.injection`), where the fault is among the first ten incidents.

GROUPS was written down before anything was scored with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import find_incidents
from sparsemix.model.model import SparseMixModel
from tests.benchmarks.report import Row, Tell
from tests.benchmarks.zero.injection import KINDS, broken
from tests.benchmarks.zero.logs import SystemLog
from tests.benchmarks.zero.scores import read_lines

GROUPS: Mapping[str, tuple[str, ...]] = {
    "left_out": ("order", "sessions"),
    "swapped": ("order", "sessions"),
    "burst": ("repetition",),
    "number": ("numbers",),
    "identifier": ("entities", "sessions"),
    "foreign": ("rarity",),
    "order": ("order", "sessions"),
}
"""The reasons that say what was done to a line, by the kind of the fault."""
OURS = "ours"


def reason_rows(logs: Mapping[str, SystemLog], model: SparseMixModel, seeds: Sequence[int], tell: Tell) -> list[Row]:
    """Return the share of faults among the first ten incidents whose first reason is one of GROUPS, of all kinds and of each,
    and that of the reason that is told most often."""
    told: list[tuple[str, str]] = []
    faults = 0
    for name, log in logs.items():
        for kind in KINDS:
            for seed in seeds:
                one = broken(kind, seed, log, logs)
                if one is None:
                    continue
                faults += 1
                sequence = read_lines(one.lines)
                run = model.run_with_trace(sequence, keep_layers=True)
                rerun = Rerun(model, sequence, run.trace, layers=run.layers)
                true = set((np.flatnonzero(one.true) + 1).tolist())
                met = next((i for i in find_incidents(rerun) if sequence.events[i.lead[0]].line in true), None)
                if met is not None:
                    told.append((kind, met.reasons[0].term))
        tell(f"reasons, {name}: {len(told):,} of {faults:,} faults are among the first ten incidents")
    most = Counter(term for _, term in told).most_common(1)[0][0] if told else ""
    rows = []
    for kinds, label in [(tuple(GROUPS), "all"), *(((kind,), kind) for kind in GROUPS)]:
        own = [(kind, term) for kind, term in told if kind in kinds]
        if own:
            rows.append(
                _row(label, OURS, "share of first reasons that were put in", [term in GROUPS[kind] for kind, term in own])
            )
            rows.append(
                _row(
                    label,
                    f"always {most}",
                    "share of first reasons that were put in",
                    [most in GROUPS[kind] for kind, _ in own],
                )
            )
            rows.append(_row(label, OURS, "faults among the first ten incidents", [True] * len(own), total=True))
    return rows


def _row(label: str, method: str, metric: str, right: Sequence[bool], *, total: bool = False) -> Row:
    values = np.array(right, np.float64)
    drawn = np.random.default_rng(0).integers(len(values), size=(1000, len(values)))
    low, high = np.quantile(values[drawn].mean(1), [0.025, 0.975]).tolist()
    value = float(len(values)) if total else float(values.mean())
    return {
        "set": f"reasons, {label}",
        "method": method,
        "metric": metric,
        "value": value,
        "low": value if total else low,
        "high": value if total else high,
    }
