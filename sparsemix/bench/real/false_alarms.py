"""False alarms: 1 % is asked for, and counted on fresh normal logs of the simulated plant that neither training nor the
threshold has seen. The threshold is conformal, so the share is to lie near what was asked for whatever the network learned;
``smallest`` is the smallest rate that as many held-out logs can vouch for."""

from __future__ import annotations

from sample_data.plant import PlantConfig, generate
from sparsemix.bench.real.rows import Row, Settings, Tell, judged, row
from sparsemix.dataset import DataSet, Item
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan

SET = "false-alarms"
PLAN = Plan(task="novelty", longest=64, steps=200, held_out=0.5)
ASKED = PLAN.false_alarms
_LINES = 48
_GIVEN, _FRESH = 4000, 4000
# Far from the seeds of every training.
_SEED = 7_000_000


def rows(settings: Settings, tell: Tell, plan: Plan = PLAN) -> list[Row]:
    """Share of fresh normal logs that are flagged."""
    found = []
    part = min(1.0, settings.scale)
    given, fresh = max(40, round(_GIVEN * part)), max(40, round(_FRESH * part))
    for seed in settings.seeds:
        logs = [normal_log(_SEED + 100_000 * seed + number) for number in range(given + fresh)]
        seeded = settings.plan(plan, seed)
        sparse = judged(DataSet("normal plant logs", tuple(logs[:given])), seeded, logs[given:], tell)
        flagged = sum(one.label != "normal" for one in sparse.found) / fresh
        more: Row = {"asked": ASKED, "fresh": fresh, "smallest": 1.0 / (len(sparse.model.reference) + 1)}
        found.append(row(SET, "fresh normal logs", "share flagged, 1 % asked", flagged, seed, sparse, **more))
    return found


def normal_log(seed: int) -> Item:
    """A short healthy log."""
    log = generate(PlantConfig(events=_LINES, fault_rate=0.0), seed)
    return Item(f"log{seed}", event_sequence(log.lines, f"log{seed}", Limits(min_events=1)), None)
