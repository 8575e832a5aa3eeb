"""The models of the benchmark: SparseMix, the same without what it is made of, and its dense twin.

| Name | What it is | Windows |
|---|---|---|
| ``sparsemix`` | the threshold is the best on the kept lines in windows of the same length, as for all others | all |
| ``sparsemix, own threshold`` | the same model with the event threshold that training chose, whatever the length | all |
| ``sparsemix, FORM`` | the first, with its threshold, where test lines name blocks in another form (``forms``) | the longest |
| ``sparsemix, ids renamed`` | every block has a random hexadecimal word for its name, in all lines | the longest |
| ``sparsemix, no matching`` | it matches no identifiers and reads them as words | all |
| ``dense twin`` | softmax over all lines (``twin``) | up to 16,384 lines |

What comes behind the first three is trained for the seconds that the first took, each seed beside the same seed.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sparsemix.errors import ConfigError
from sparsemix.training.own_data import Plan
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long.data import untold
from tests.benchmarks.long.forms import FORMS, HEX, renamed
from tests.benchmarks.long.model import Asked, asked, training_data
from tests.benchmarks.long.scores import Judged
from tests.benchmarks.long.selection import SelectionCount
from tests.benchmarks.long.twin import LONGEST_ASKED, longest_window, twin_plan
from tests.benchmarks.report import Row, Tell

OURS, OWN = "sparsemix", "sparsemix, own threshold"
RENAMED, UNMATCHED, TWIN = "sparsemix, ids renamed", "sparsemix, no matching", "dense twin"
BESIDE = {"renamed": RENAMED, "unmatched": UNMATCHED, "twin": TWIN}
"""Models beside the first, by the words of the command line."""
MINUTES = 4.0


@dataclass(frozen=True, slots=True)
class Trainings:
    """What is trained: for ``minutes`` or ``steps`` under each of the ``seeds``; and which models ``beside`` it, under the
    first ``beside_seeds`` of them; and in which other ``forms`` the test lines name blocks."""

    minutes: float = MINUTES
    steps: int | None = None
    beside: Sequence[str] = tuple(BESIDE)
    beside_seeds: int = 1
    forms: Sequence[str] = ()

    def __post_init__(self) -> None:
        if unknown := {*self.beside} - {*BESIDE}:
            raise ConfigError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BESIDE)}")
        if unknown := {*self.forms} - {*FORMS}:
            raise ConfigError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(FORMS)}")

    def plan(self, seed: int) -> Plan:
        """Return the plan of the first model."""
        return Plan(minutes=self.minutes, steps=self.steps, seed=seed)

    def judged(self, data: Hdfs, lengths: Sequence[int], seeds: Sequence[int], tell: Tell) -> Iterator[Judged]:
        """Train and ask all models, the first one under all seeds before the others, so that its peak memory is its own."""
        seconds = {}
        for seed in seeds:
            forms = {form: renamed(data, form, seed, data.cut) for form in self.forms}
            found = _asked(data, self.plan(seed), lengths, OURS, tell, forms)
            seconds[seed] = found.asked.learned.seconds
            yield found.judged(OURS, seed)
            yield found.with_own_threshold().judged(OWN, seed)
            yield from found.in_forms(seed, max(lengths))
        others: dict[str, Callable[[int], Judged]] = {
            "renamed": lambda seed: _renamed(data, self.plan(seed), max(lengths), tell),
            "unmatched": lambda seed: _unmatched(data, self.plan(seed), seconds[seed], lengths, tell),
        }
        for name, train in others.items():
            for seed in seeds[: self.beside_seeds] if name in self.beside else ():
                yield train(seed)
        if "twin" in self.beside and seeds:
            yield from self._twins(data, lengths, seeds[: self.beside_seeds], seconds, tell)

    def _twins(
        self, data: Hdfs, lengths: Sequence[int], seeds: Sequence[int], seconds: Mapping[int, float], tell: Tell
    ) -> Iterator[Judged]:
        shorter = [length for length in lengths if length <= LONGEST_ASKED]
        window = longest_window(training_data(data), self.plan(seeds[0]), seconds[seeds[0]] / 60.0, tell)
        for seed in seeds:
            plan = twin_plan(self.plan(seed), window, seconds[seed] / 60.0)
            yield _asked(data, plan, shorter, TWIN, tell, window=window).judged(TWIN, seed)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a model was asked, and figures by length."""

    asked: Asked
    figures: Mapping[int, Row]

    def judged(self, method: str, seed: int) -> Judged:
        return Judged(method, seed, self.asked.scored, self.figures)

    def in_forms(self, seed: int, length: int) -> Iterator[Judged]:
        for form, scored in self.asked.other.items():
            figures: Row = {"unfamiliar": self.asked.unfamiliar[form]}
            yield Judged(f"{OURS}, {form}", seed, {length: scored}, {length: figures})

    def with_own_threshold(self) -> _Found:
        own = self.asked.learned.model.config.event_threshold
        scored = {length: (scores, own) for length, (scores, _) in self.asked.scored.items()}
        return replace(self, asked=replace(self.asked, scored=scored))


def _asked(
    data: Hdfs,
    plan: Plan,
    lengths: Sequence[int],
    method: str,
    tell: Tell,
    forms: Mapping[str, Hdfs] | None = None,
    **more: int,
) -> _Found:
    """Train and ask a model, which sees no truth of the test lines; ``more``: figures to report with it."""
    counts = {length: SelectionCount(data) for length in lengths}
    found = asked(untold(data), plan, lengths, lambda length: counts[length].look, forms)
    trained = {"training_seconds": found.learned.seconds, "steps": found.learned.steps, **more}
    selects = plan.attention == "entmax15"
    figures: dict[int, Row] = {
        length: {
            **trained,
            "judging_seconds": found.seconds[length],
            "unfamiliar": found.unfamiliar[length],
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            **(counts[length].figures() if selects else {}),
        }
        for length in lengths
    }
    tell(f"{method}, seed {plan.seed}: {found.learned.steps} steps in {found.learned.seconds:.0f} s, asked")
    return _Found(found, figures)


def _renamed(data: Hdfs, plan: Plan, length: int, tell: Tell) -> Judged:
    return _asked(renamed(data, HEX, plan.seed), plan, [length], RENAMED, tell).judged(RENAMED, plan.seed)


def _unmatched(data: Hdfs, plan: Plan, seconds: float, lengths: Sequence[int], tell: Tell) -> Judged:
    changed = replace(plan, span=0, steps=None, minutes=seconds / 60.0)
    return _asked(data, changed, lengths, UNMATCHED, tell).judged(UNMATCHED, plan.seed)
