"""Transfer: weights of one plant, and a few labelled logs of its sister, against a fresh network with ten times as many.

The sister plant has the same machines and all else of its own (``sample_data.lines``). The fresh network is trained as long as
the shipped weights are tuned, and again four times as long; the better one is the baseline. ``bench transfer`` measures more
numbers of logs, and a line of other machines.
"""

from __future__ import annotations

from pathlib import Path

from sparsemix.bench.real.rows import Row, Settings, Tell
from sparsemix.bench.transfer import FACTORS, Scale, labelled_logs, measured
from sparsemix.errors import BenchmarkRefused
from sparsemix.model.model import SparseMixModel

SET = "transfer"
FEW = 2
TIMES = 10
_STEPS = 400
_LOGS = 20


def rows(weights: Path, settings: Settings, tell: Tell) -> list[Row]:
    """F1 of faulty lines on fresh logs of the sister plant."""
    model = SparseMixModel.load(weights)
    found = []
    for seed in settings.seeds:
        scale = Scale(
            steps=max(4, round(_STEPS * settings.scale)), logs=max(1, round(_LOGS * min(1.0, settings.scale))), line="sister"
        )
        logs = labelled_logs(model, TIMES * FEW, seed, scale)
        untouched = measured(model, [], "transferred", 1, seed, scale)
        tell(f"transfer, seed {seed}: weights as they are, F1 {untouched['event_f1']:.3f}")
        tuned = measured(model, logs[:FEW], "transferred", 1, seed, scale)
        tell(f"transfer, seed {seed}: {FEW} logs, F1 {tuned['event_f1']:.3f}")
        fresh = [measured(model, logs, "scratch", factor, seed, scale) for factor in FACTORS]
        tell(f"transfer, seed {seed}: {len(logs)} logs from scratch, F1 {[one['event_f1'] for one in fresh]}")
        rival = max(_number(one["event_f1"]) for one in fresh)
        for protocol, one in ((f"{FEW} labelled logs against {len(logs)} from scratch", tuned), ("no labelled log", untouched)):
            found.append(_row(protocol, one, rival, seed))
    return found


def _row(protocol: str, one: Row, rival: float, seed: int) -> Row:
    more = {name: one[name] for name in ("event_f1_low", "event_f1_high", "logs")}
    plain: Row = {"set": SET, "protocol": protocol, "metric": "F1 of faulty lines", "value": one["event_f1"], "baseline": rival}
    return plain | {"dense_twin": None, "seconds": one["seconds"], "seed": seed} | more


def _number(value: object) -> float:
    if not isinstance(value, float):
        raise BenchmarkRefused(f"a figure is missing: {value!r}")
    return value
