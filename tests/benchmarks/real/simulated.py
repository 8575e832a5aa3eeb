"""What the benchmark ``real`` measures on the simulated plant: false alarms, and transfer to a sister plant.

*False alarms*: 1 % is requested, and counted on fresh normal logs that neither training nor the threshold has seen. The
threshold is conformal, so the share should be near the requested one whatever the network learned; ``smallest`` is the smallest
rate that as many held-out logs can support. One split of a hundred held-out logs says little, since the share hangs on one of
them. So the mean over many random *splits* is measured as well.

*Transfer*: weights of one plant, and a few labelled logs of its sister, against a fresh network with ten times as many. The
sister plant has the same machines and all else of its own (``sample_data.lines``). The fresh network is trained as long as the
shipped weights are tuned, and again four times as long; the better one is the baseline. The benchmark ``transfer`` measures
more numbers of logs, and a line of other machines.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sample_data.plant import PlantConfig, generate
from sparsemix.dataset import DataSet, Item
from sparsemix.model.model import SparseMixModel
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan
from tests.benchmarks.real.rows import RealSettings, judged, row
from tests.benchmarks.report import BenchmarkRefused, Row, Tell
from tests.benchmarks.transfer import FACTORS, TransferScale, labelled_logs, measured

FALSE_ALARM_PLAN = Plan(task="novelty", longest=64, steps=200, held_out=0.5)
SPLITS_PLAN = replace(FALSE_ALARM_PLAN, steps=20)
_SPLITS, _SPLIT_LOGS, _SPLIT_FRESH = 50, 200, 1200
_LINES = 48
_TRAINING_LOGS, _FRESH_LOGS = 4000, 4000
# Far from the seeds of every training.
_SEED = 7_000_000
_FEW = 2
_TIMES = 10
_STEPS = 400
_TRANSFER_LOGS = 20


def false_alarm_rows(settings: RealSettings, tell: Tell, plan: Plan = FALSE_ALARM_PLAN) -> list[Row]:
    """Return the share of fresh normal logs that are flagged, a row per seed."""
    result = []
    part = min(1.0, settings.scale)
    given, fresh = max(40, round(_TRAINING_LOGS * part)), max(40, round(_FRESH_LOGS * part))
    for seed in settings.seeds:
        logs = [normal_log(_SEED + 100_000 * seed + number) for number in range(given + fresh)]
        seeded = settings.plan(plan, seed)
        sparse = judged(DataSet("normal plant logs", tuple(logs[:given])), seeded, logs[given:], tell)
        flagged = sum(prediction.label != "normal" for prediction in sparse.predictions) / fresh
        more: Row = {
            "asked": FALSE_ALARM_PLAN.false_alarms,
            "fresh": fresh,
            "smallest": 1.0 / (len(sparse.model.reference) + 1),
        }
        result.append(row("false-alarms", "fresh normal logs", "share flagged, 1 % asked", flagged, seed, sparse, **more))
    return result


def split_rows(settings: RealSettings, tell: Tell, plan: Plan = SPLITS_PLAN) -> list[Row]:
    """Return the mean share of fresh normal logs that are flagged over random splits, a row per seed."""
    part = min(1.0, settings.scale)
    splits, given, fresh = (max(2, round(_SPLITS * part)), _SPLIT_LOGS, max(40, round(_SPLIT_FRESH * part)))
    rows = []
    for seed in settings.seeds:
        logs = [normal_log(_SEED + 100_000 * seed + number) for number in range(given + fresh)]
        shares, seconds = [], 0.0
        for split in range(splits):
            order = np.random.default_rng([seed, split]).permutation(len(logs))
            own, other = ([logs[place] for place in some] for some in (order[:given], order[given:]))
            sparse = judged(DataSet("normal plant logs", tuple(own)), replace(plan, seed=split), other, tell)
            shares.append(sum(prediction.label != "normal" for prediction in sparse.predictions) / fresh)
            seconds += sparse.seconds
        more: Row = {"asked": plan.false_alarms, "fresh": fresh, "splits": splits, "held_out": len(sparse.model.reference)}
        more |= {"standard_error": float(np.std(shares, ddof=1) / splits**0.5)}
        mean = float(np.mean(shares))
        metric = "mean share flagged, 1 % asked"
        rows.append(row("false-alarms", "random splits", metric, mean, seed, replace(sparse, seconds=seconds), **more))
    return rows


def normal_log(seed: int) -> Item:
    """Generate a short log without faults."""
    log = generate(PlantConfig(events=_LINES, fault_rate=0.0), seed)
    return Item(f"log{seed}", event_sequence(log.lines, f"log{seed}", Limits(min_events=1)), None)


def transfer_rows(weights: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    """Return the F1 of faulty lines on fresh logs of the sister plant, two rows per seed."""
    model = SparseMixModel.load(weights)
    result = []
    for seed in settings.seeds:
        scale = TransferScale(
            steps=max(4, round(_STEPS * settings.scale)),
            logs=max(1, round(_TRANSFER_LOGS * min(1.0, settings.scale))),
            line="sister",
        )
        logs = labelled_logs(model, _TIMES * _FEW, seed, scale)
        untouched = measured(model, [], "transferred", 1, seed, scale)
        tell(f"transfer, seed {seed}: weights as they are, F1 {untouched['event_f1']:.3f}")
        tuned = measured(model, logs[:_FEW], "transferred", 1, seed, scale)
        tell(f"transfer, seed {seed}: {_FEW} logs, F1 {tuned['event_f1']:.3f}")
        fresh = [measured(model, logs, "scratch", factor, seed, scale) for factor in FACTORS]
        tell(f"transfer, seed {seed}: {len(logs)} logs from scratch, F1 {[scratch['event_f1'] for scratch in fresh]}")
        rival = max(_number(scratch["event_f1"]) for scratch in fresh)
        few = f"{_FEW} labelled logs against {len(logs)} from scratch"
        result += [_transfer_row(few, tuned, rival, seed), _transfer_row("no labelled log", untouched, rival, seed)]
    return result


def _transfer_row(protocol: str, measurement: Row, rival: float, seed: int) -> Row:
    more = {name: measurement[name] for name in ("event_f1_low", "event_f1_high", "logs")}
    plain: Row = {"set": "transfer", "protocol": protocol, "metric": "F1 of faulty lines", "value": measurement["event_f1"]}
    return plain | {"baseline": rival, "dense_twin": None, "seconds": measurement["seconds"], "seed": seed} | more


def _number(value: object) -> float:
    if not isinstance(value, float):
        raise BenchmarkRefused(f"a figure is missing: {value!r}")
    return value
