"""Key performance indicators, measured from the record: values with interval and number, over chosen decisions.

    measure(observations(connection, scope, now), costs, scope, now)[Kpi.ACCURACY].value

    accuracy       share of decisions whose verdict was right
    false_alarms   share of decisions called a fault among those without one (false positive rate)
    missed_faults  share of decisions not called a fault among those with one (false negative rate)
    missed_causes  share of faults rightly called whose cause reviewers missed in the evidence
    held           share of decisions that waited for a person
    review_load    reviewers' hours a day, from opening a decision to submitting
    waiting        hours within which nine of ten decisions that need reviews are settled; of those that still wait it is known
                   how long they have (Kaplan and Meier); of trials only those that somebody reviewed
    agreement      Krippendorff's alpha over approve or flag, of decisions with several independent reviews
    latency        seconds from the file to the recorded decision, 95th percentile
    memory         MB that the process took at most while it decided, 95th percentile
    kept_pairs     pairs selected a query and head, as a share of all keys: what dense attention would keep all of
    cost_hour      cost of an hour of operation: machine and reviewers, at the prices of `audit.operation.costs`

The first four are estimates for all decisions, not only the reviewed ones (`audit.operation.estimates`): held decisions are
all reviewed, of the others a random share, and each counts by one over its probability. They rest on the reviewers' word.
Terms as in Fawcett 2006, "An introduction to ROC analysis".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.operation.costs import Costs
from audit.operation.durations import TimeByLength, time_by_length
from audit.operation.estimates import Item, Stratum, censored_quantile, mean, quantile, share
from audit.operation.observations import Observation, Scope
from audit.records.clock import seconds_between
from audit.review.agreement import Statistic, krippendorff_alpha, wilson

__all__ = ["HIGHER_IS_BETTER", "Kpi", "KpiReport", "measure", "report"]

_DAY = 86_400.0
_STRATA = ("held", "trial", "passed")


class Kpi(StrEnum):
    """What is measured; the values are recorded and must never change."""

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
    """All KPI over some decisions: how many there were, were reviewed and settled, were drawn at random and still wait.

    `mean_seconds` and `mean_events` of a decision, `time_by_length` where lengths differ enough; `mean_review_seconds` of a
    review; `reasoned`: share of decisions that were held for what they say or their weights, not for their source; `selected`:
    keys a query and head; `fault_share`: of decisions with a fault.
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


def report(found: Sequence[Observation], costs: Costs, scope: Scope, now: str) -> KpiReport:
    """Everything at once."""
    drawn = [one for one in found if one.stratum == "passed" and one.probability is not None]
    work = [seconds for one in found for seconds in one.work]
    return KpiReport(
        decisions=len(found),
        judged=sum(one.right is not None and one.probability is not None for one in found),
        drawn=len(drawn),
        drawn_judged=sum(one.right is not None for one in drawn),
        waiting=sum(not one.settled for one in found),
        overdue=sum(one.overdue for one in found),
        first=found[0].started_at if found else None,
        last=found[-1].started_at if found else None,
        days=_days(found, scope, now),
        values=measure(found, costs, scope, now),
        fault_share=_share(found, lambda one: one.right is not None, lambda one: one.fault is True),
        mean_seconds=mean([one.seconds for one in found]),
        mean_events=mean([float(one.events) for one in found]),
        time_by_length=time_by_length([one.events for one in found], [one.seconds for one in found]),
        mean_review_seconds=mean(work),
        selected=mean([one.per_query for one in found if one.per_query is not None]),
        reasoned=wilson(sum(one.stratum == "held" for one in found), len(found)),
    )


def measure(found: Sequence[Observation], costs: Costs, scope: Scope, now: str) -> dict[Kpi, Statistic]:
    """Every KPI over these decisions; without a value where there is nothing to measure it by."""
    days, work = _days(found, scope, now), [seconds for one in found for seconds in one.work]
    held = sum(one.stratum != "passed" for one in found)
    # A trial that nobody has looked at yet holds nobody up.
    reviewed = [one for one in found if one.work or not (one.settled or one.stratum == "trial")]
    memory = [one.memory for one in found if one.memory is not None]
    kept = [one.per_query / one.events for one in found if one.per_query is not None and one.events]
    several = [dict(one.ratings) for one in found if one.settled and len(one.ratings) > 1]
    return {
        Kpi.ACCURACY: _share(found, lambda one: one.right is not None, lambda one: one.right is True),
        # Whatever is called a fault is held: among the others there is no false alarm.
        Kpi.FALSE_ALARMS: _share(
            found, lambda one: one.fault is False, lambda one: one.called_fault is True, only=("held", "trial")
        ),
        Kpi.MISSED_FAULTS: _share(found, lambda one: one.fault is True, lambda one: one.called_fault is False),
        Kpi.MISSED_CAUSES: _share(
            found, lambda one: one.missed_cause is not None, lambda one: one.missed_cause is True, only=("held", "trial")
        ),
        Kpi.HELD: wilson(held, len(found)),
        Kpi.REVIEW_LOAD: _rate(work, 1 / 3_600 / days),
        Kpi.WAITING: censored_quantile([one.waited / 3_600 for one in reviewed], [one.settled for one in reviewed], 0.9),
        Kpi.AGREEMENT: krippendorff_alpha(several),
        Kpi.LATENCY: quantile([one.seconds for one in found], 0.95),
        Kpi.MEMORY: quantile(memory, 0.95),
        Kpi.KEPT_PAIRS: mean(kept),
        Kpi.COST_HOUR: _cost(found, work, costs, days),
    }


def _share(
    found: Sequence[Observation],
    counts: Callable[[Observation], bool],
    hit: Callable[[Observation], bool],
    only: Sequence[str] = _STRATA,
) -> Statistic:
    """A share over all decisions from those that were drawn and judged; `only` these strata can hold any hit."""
    strata = []
    for name in _STRATA:
        part = [one for one in found if one.stratum == name]
        items = [
            Item(one.probability, counts(one), counts(one) and hit(one))
            for one in part
            if one.probability and one.right is not None
        ]
        strata.append(Stratum(len(part), items, hits=name in only))
    return share(strata)


def _days(found: Sequence[Observation], scope: Scope, now: str) -> float:
    """From the first decision to the end of the time that was asked for, in days, at least one: of less, nothing can be said of
    a day."""
    if not found:
        return 1.0
    return max(1.0, seconds_between(found[0].started_at, min(scope.before or now, now)) / _DAY)


def _rate(spans: Sequence[float], factor: float) -> Statistic:
    """A sum of so many spans, scaled; its interval takes them as independent (a compound Poisson sum)."""
    if not spans:
        return Statistic(None, None, None, 0)
    total = sum(spans)
    half = 1.96 * sum(span**2 for span in spans) ** 0.5
    return Statistic(total * factor, max(0.0, total - half) * factor, (total + half) * factor, len(spans))


def _cost(found: Sequence[Observation], work: Sequence[float], costs: Costs, days: float) -> Statistic:
    """What an hour of operation cost: the machine, standing there or by use, and the reviewers' time."""
    if not found:
        return Statistic(None, None, None, 0)
    hours = days * costs.hours_day
    busy = sum(one.seconds for one in found) / 3_600 / hours
    machine = costs.machine_hour * (max(1.0, busy) if costs.dedicated else busy)
    people = _rate(work, costs.reviewer_hour / 3_600 / hours)
    return Statistic(machine + (people.value or 0.0), machine + (people.low or 0.0), machine + (people.high or 0.0), len(found))
