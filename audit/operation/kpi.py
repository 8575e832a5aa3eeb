"""Key performance indicators (KPI), measured from the record over chosen decisions: values with interval and number of items.

    measure(observations(connection, scope, now), costs, scope, now)[Kpi.ACCURACY].value

    accuracy       share of decisions whose verdict was right
    false_alarms   share of decisions called a fault among those without one (false positive rate)
    missed_faults  share of decisions not called a fault among those with one (false negative rate)
    missed_causes  share of correctly called faults whose cause reviewers missed in the evidence
    held           share of decisions that waited for a person
    review_load    reviewers' hours a day, from opening a decision to submitting
    waiting        hours within which nine of ten decisions that need reviews are settled; decisions that still wait count with
                   the time so far (Kaplan and Meier); trials count only when somebody reviewed them
    agreement      Krippendorff's alpha over approve or flag, of decisions with several independent reviews
    latency        seconds from the file to the recorded decision, 95th percentile
    memory         MB that the process took at most while it decided, 95th percentile
    kept_pairs     pairs selected a query and head, as a share of all keys; dense attention keeps all
    cost_hour      cost of an hour of operation: machine and reviewers, at the prices of `audit.operation.costs`

The first four are estimates for all decisions, not only the reviewed ones (`audit.operation.estimates`): held decisions are
all reviewed, of the others a random share, and each counts by one over its probability. They rest on the reviewers' verdicts.
Terms as in Fawcett 2006, "An introduction to ROC analysis".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.operation.costs import Costs
from audit.operation.estimates import (
    SampledItem,
    Stratum,
    TimeByLength,
    censored_quantile,
    mean,
    quantile,
    share,
    time_by_length,
)
from audit.operation.observations import Observation, Scope
from audit.records.clock import seconds_between
from audit.review.agreement import Statistic, krippendorff_alpha, wilson

_DAY = 86_400.0
_STRATA = ("held", "trial", "passed")


class Kpi(StrEnum):
    """Names of the indicators; the values are recorded and must never change."""

    ACCURACY = "accuracy"
    FALSE_ALARMS = "false_alarms"
    MISSED_FAULTS = "missed_faults"
    MISSED_CAUSES = "missed_causes"
    HELD = "held"
    REVIEW_LOAD = "review_load"
    WAITING = "waiting"
    AGREEMENT = "agreement"
    LATENCY = "latency"
    MEMORY = "memory"
    KEPT_PAIRS = "kept_pairs"
    COST_HOUR = "cost_hour"


HIGHER_IS_BETTER = frozenset({Kpi.ACCURACY, Kpi.AGREEMENT})


@dataclass(frozen=True, slots=True)
class KpiReport:
    """All KPI over some decisions, and how many of them were judged, were drawn at random, were both, wait, and are overdue.

    `first` and `last`: when the first and the last decision started; `days`: from the first to the end of the scope.
    `mean_seconds` and `mean_events` of a decision, `time_by_length` where lengths differ enough; `mean_review_seconds` of a
    review; `reasoned`: share of decisions held for their verdict or their weights, not for their source; `selected`: keys a
    query and head; `fault_share`: share of decisions with a fault.
    """

    decisions: int
    judged: int
    drawn: int
    drawn_judged: int
    waiting: int
    overdue: int
    first: str | None
    last: str | None
    days: float
    values: Mapping[Kpi, Statistic]
    fault_share: Statistic
    mean_seconds: Statistic
    mean_events: Statistic
    time_by_length: TimeByLength | None
    mean_review_seconds: Statistic
    reasoned: Statistic
    selected: Statistic


def report(observed: Sequence[Observation], costs: Costs, scope: Scope, now: str) -> KpiReport:
    """Return all KPI and counts over these decisions."""
    drawn = [decision for decision in observed if decision.stratum == "passed" and decision.probability is not None]
    work = [seconds for decision in observed for seconds in decision.work]
    return KpiReport(
        decisions=len(observed),
        judged=sum(decision.right is not None and decision.probability is not None for decision in observed),
        drawn=len(drawn),
        drawn_judged=sum(decision.right is not None for decision in drawn),
        waiting=sum(not decision.settled for decision in observed),
        overdue=sum(decision.overdue for decision in observed),
        first=observed[0].started_at if observed else None,
        last=observed[-1].started_at if observed else None,
        days=_days(observed, scope, now),
        values=measure(observed, costs, scope, now),
        fault_share=_share(observed, lambda d: d.right is not None, lambda d: d.fault is True),
        mean_seconds=mean([decision.seconds for decision in observed]),
        mean_events=mean([float(decision.events) for decision in observed]),
        time_by_length=time_by_length([decision.events for decision in observed], [decision.seconds for decision in observed]),
        mean_review_seconds=mean(work),
        selected=mean([decision.per_query for decision in observed if decision.per_query is not None]),
        reasoned=wilson(sum(decision.stratum == "held" for decision in observed), len(observed)),
    )


def measure(observed: Sequence[Observation], costs: Costs, scope: Scope, now: str) -> dict[Kpi, Statistic]:
    """Return every KPI over these decisions; undefined where no decision shows it."""
    days, work = _days(observed, scope, now), [seconds for decision in observed for seconds in decision.work]
    held = sum(decision.stratum != "passed" for decision in observed)
    # A trial without a review holds nobody up.
    reviewed = [decision for decision in observed if decision.work or not (decision.settled or decision.stratum == "trial")]
    memory = [decision.memory for decision in observed if decision.memory is not None]
    kept = [decision.per_query / decision.events for decision in observed if decision.per_query is not None and decision.events]
    several = [dict(decision.ratings) for decision in observed if decision.settled and len(decision.ratings) > 1]
    return {
        Kpi.ACCURACY: _share(observed, lambda d: d.right is not None, lambda d: d.right is True),
        # Every decision called a fault is held: among the passed ones there is no false alarm.
        Kpi.FALSE_ALARMS: _share(
            observed,
            lambda d: d.fault is False,
            lambda d: d.called_fault is True,
            only=("held", "trial"),
        ),
        Kpi.MISSED_FAULTS: _share(observed, lambda d: d.fault is True, lambda d: d.called_fault is False),
        Kpi.MISSED_CAUSES: _share(
            observed,
            lambda d: d.missed_cause is not None,
            lambda d: d.missed_cause is True,
            only=("held", "trial"),
        ),
        Kpi.HELD: wilson(held, len(observed)),
        Kpi.REVIEW_LOAD: _rate(work, 1 / 3_600 / days),
        Kpi.WAITING: censored_quantile([d.waited / 3_600 for d in reviewed], [d.settled for d in reviewed], 0.9),
        Kpi.AGREEMENT: krippendorff_alpha(several),
        Kpi.LATENCY: quantile([decision.seconds for decision in observed], 0.95),
        Kpi.MEMORY: quantile(memory, 0.95),
        Kpi.KEPT_PAIRS: mean(kept),
        Kpi.COST_HOUR: _cost(observed, work, costs, days),
    }


def _share(
    observed: Sequence[Observation],
    counts: Callable[[Observation], bool],
    hit: Callable[[Observation], bool],
    only: Sequence[str] = _STRATA,
) -> Statistic:
    """Estimate a share over all decisions from those that were drawn and judged; `only`: the strata that can hold a hit."""
    strata = []
    for name in _STRATA:
        part = [decision for decision in observed if decision.stratum == name]
        items = [
            SampledItem(decision.probability, counts(decision), counts(decision) and hit(decision))
            for decision in part
            if decision.probability and decision.right is not None
        ]
        strata.append(Stratum(len(part), items, hits=name in only))
    return share(strata)


def _days(observed: Sequence[Observation], scope: Scope, now: str) -> float:
    """Return the days from the first decision to the end of the scope, at least one: less says nothing about a day."""
    if not observed:
        return 1.0
    return max(1.0, seconds_between(observed[0].started_at, min(scope.before or now, now)) / _DAY)


def _rate(spans: Sequence[float], factor: float) -> Statistic:
    """Return the sum of the spans times `factor`; its interval takes the spans as independent (a compound Poisson sum)."""
    if not spans:
        return Statistic(None, None, None, 0)
    total = sum(spans)
    half = 1.96 * sum(span**2 for span in spans) ** 0.5
    return Statistic(total * factor, max(0.0, total - half) * factor, (total + half) * factor, len(spans))


def _cost(observed: Sequence[Observation], work: Sequence[float], costs: Costs, days: float) -> Statistic:
    """Return the cost of an hour of operation: the machine (dedicated, or by use) and the reviewers' time."""
    if not observed:
        return Statistic(None, None, None, 0)
    hours = days * costs.hours_day
    busy = sum(decision.seconds for decision in observed) / 3_600 / hours
    machine = costs.machine_hour * (max(1.0, busy) if costs.dedicated else busy)
    people = _rate(work, costs.reviewer_hour / 3_600 / hours)
    return Statistic(
        machine + (people.value or 0.0), machine + (people.low or 0.0), machine + (people.high or 0.0), len(observed)
    )
