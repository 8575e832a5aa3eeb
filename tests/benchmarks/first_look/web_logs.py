"""Made-up web logs with a burst of errors some hundred requests after a deployment (`sample_data.access_log`): whether the
burst is among the first three incidents, and whether its deployment is told as the cause, and not the one that went well."""

from __future__ import annotations

import numpy as np

from sample_data.access_log import AccessLogConfig, generate_access_log
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import find_incidents
from sparsemix.model.model import SparseMixModel
from tests.benchmarks.report import Row
from tests.benchmarks.zero.scores import read_lines

SEEDS = tuple(range(100, 120))
_FIRST = 3


def web_rows(model: SparseMixModel) -> list[Row]:
    """Return of how many logs the burst is among the first three incidents, and its deployment told as the cause of one of
    these."""
    met, told = [], []
    for seed in SEEDS:
        log = generate_access_log(AccessLogConfig(), seed)
        sequence = read_lines(log.lines)
        effects, causes = ({pair[side] for pair in log.pairs} for side in (0, 1))
        line = [event.line for event in sequence.events]
        first = find_incidents(Rerun(model, sequence, model.run_with_trace(sequence).trace))[:_FIRST]
        bursts = [one for one in first if any(line[event] in effects for event in one.events)]
        met.append(bool(bursts))
        told.append(any(line[cause.event] in causes for one in bursts for cause in one.causes))
    return [
        {
            "set": "web logs",
            "method": "ours",
            "metric": metric,
            "value": float(np.sum(right)),
            "low": 0.0,
            "high": float(len(right)),
        }
        for metric, right in (
            (f"bursts among the first three, of {len(SEEDS)}", met),
            (f"deployments told, of {len(SEEDS)}", told),
        )
    ]
