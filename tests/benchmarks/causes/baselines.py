"""Rules that anyone would try first: what changed last, what is rare, and what is named like the alarm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sparsemix.causes.event_table import EventTable

_FEW = 0.05
_STEM = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A rule: variables named like an alarm first (``alarms``: of the "latest" active alarm or of "any"; None: names do not
    count), among them those whose last state is the rarest in normal runs (``rarity``: by its "share" of runs, or whether
    "few" hold it, less than one in twenty), among them those that changed last ``before`` the "diagnosis", the "first" or the
    "latest" active alarm; variables named like an alarm, before that alarm."""

    before: str = "latest"
    alarms: str | None = None
    rarity: str | None = None


BASELINES = {
    "time recency, before the diagnosis": Baseline(before="diagnosis"),
    "time recency, before the first alarm": Baseline(before="first"),
    "time recency, before the latest alarm": Baseline(),
    "rarity of the state": Baseline(rarity="share"),
    "name of the latest alarm, recency": Baseline(alarms="latest"),
    "name of any alarm, recency": Baseline(alarms="any"),
    "name of the latest alarm, rarity": Baseline(alarms="latest", rarity="share"),
    "name of any alarm, rarity": Baseline(alarms="any", rarity="share"),
    "name of the latest alarm, few runs": Baseline(alarms="latest", rarity="few"),
    "name of any alarm, few runs": Baseline(alarms="any", rarity="few"),
}


@dataclass(frozen=True, slots=True)
class HeldStates:
    """In how many of the normal ``runs`` a state (variable, value) ever occurs."""

    runs: int
    count: Counter[tuple[str, str]]

    @classmethod
    def of(cls, normal: Iterable[EventTable]) -> HeldStates:
        """Count the states of normal runs."""
        states = [{(change.node, change.value) for change in run.changes} for run in normal]
        return cls(len(states), Counter(state for held in states for state in held))


def ranked(baseline: Baseline, run: EventTable, held: HeldStates) -> list[str]:
    """Return the variables of a run that is known until its diagnosis, the likeliest cause first."""
    active = run.active(run.end)
    before = {"diagnosis": run.end, "first": active[0][0], "latest": active[-1][0]}[baseline.before]
    alarms = {None: [], "latest": active[-1:], "any": active}[baseline.alarms]
    # Of several alarms with the same beginning, the latest.
    moments = {_stem(alarm): since for since, alarm in alarms}
    state: dict[str, str] = {}
    changed: dict[str, float] = {}
    for change in run.changes:
        if change.node not in run.alarms:
            if change.time <= moments.get(_stem(change.node), before) and state.get(change.node) != change.value:
                changed[change.node] = change.time
            state[change.node] = change.value

    def place(variable: str) -> tuple[bool, float, float, str]:
        share = held.count[variable, state[variable]] / held.runs
        rare = {None: 0.0, "share": share, "few": float(share > _FEW)}[baseline.rarity]
        return _stem(variable) not in moments, rare, -changed.get(variable, float("-inf")), variable

    return sorted(state, key=place)


def _stem(name: str) -> str:
    found = _STEM.search(name)
    return found[0].lower() if found else name.lower()
