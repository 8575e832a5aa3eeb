"""Ways to judge a file: which lines each names, and its verdict.

| Name | What judges |
|---|---|
| ``by itself`` | the shipped weights, and the model for any log where they do not know the file's words |
| ``after learning`` | weights that learned from the normal files |
| ``before`` | the shipped weights alone |
| ``never seen`` | one rule: a line is named when no normal file has a line of its template |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sparsemix.dataset.reading import read_files
from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import find_incidents
from sparsemix.model.fallback import JudgedFile, run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.model.replay import replay
from sparsemix.training.own_data import Plan, learn
from tests.benchmarks.newcomer.truth import Folder, ReadFile, read
from tests.benchmarks.report import BenchmarkRefused

_MOST_DIFFERENCE = 1e-9


@dataclass(frozen=True, slots=True)
class Named:
    """What a method says of a file of N events: ``fault``, its verdict, and whether something must be ``seen``; ``flagged``,
    the events that it names; ``told``, its incidents in the order in which shell and app tell them, each as its lines to show
    first and the lines told as its causes; ``judged``, the run, None for a rule."""

    fault: bool
    seen: bool
    flagged: tuple[int, ...]
    told: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    judged: JudgedFile | None = None


Method = Callable[[TokenSequence], Named]


def by_model(model: SparseMixModel, *, falls_back: bool) -> Method:
    """Return the method of judging by a model; ``falls_back``: by the model for any log where the model does not know the
    words."""

    return lambda sequence: _named(sequence, run_or_fall_back(model, sequence, fall_back=falls_back, keep_layers=True))


def _named(sequence: TokenSequence, judged: JudgedFile) -> Named:
    decision = judged.run.decision
    incidents = find_incidents(Rerun(judged.model, sequence, judged.run.trace, layers=judged.run.layers))
    fault = decision.label == "fault"
    told = tuple((one.lead, tuple(cause.event for cause in one.causes)) for one in incidents)
    seen = any(one.must for one in incidents) if judged.fell_back else fault
    return Named(fault, seen, tuple(decision.flagged.tolist()), told, judged)


def after_learning(folder: Folder, name: str, plan: Plan) -> Method:
    """Learn from the normal files as ``train --data`` does, and return the method of judging by the new weights."""
    data = read_files([(file.name, file.data) for file in folder.normal], name)
    return by_model(learn(data, plan).model, falls_back=True)


def never_seen(folder: Folder) -> Method:
    """Return the rule, which needs the templates of the normal files."""
    known = {template(event.message) for file in folder.normal for event in read(file).sequence.events}
    return partial(_unseen, known)


def _unseen(known: set[str], sequence: TokenSequence) -> Named:
    new = tuple(place for place, event in enumerate(sequence.events) if template(event.message) not in known)
    return Named(bool(new), bool(new), new, tuple(((event,), ()) for event in new))


def check(named: Named, file: ReadFile) -> None:
    """Raise `BenchmarkRefused` unless every query of the run is certified, and a dense layer masked to the logged pairs gives
    the output of the run."""
    if named.judged is None:
        return
    trace = named.judged.run.trace
    certified = min(trace.certified_share(layer) for layer in range(len(trace.heads)))
    difference = max(replay(named.judged.model, file.sequence, trace))
    if certified < 1.0 or difference > _MOST_DIFFERENCE:
        raise BenchmarkRefused(
            f"{file.sequence.name}: the selection does not hold what it promises (certified {certified:.2%}, "
            f"difference {difference:.1e})"
        )
