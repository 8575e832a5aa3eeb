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

import numpy as np

from sparsemix.dataset.reading import read_files
from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.model.fallback import JudgedFile, run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.model.places import by_place
from sparsemix.model.replay import replay
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.own_data import Plan, learn
from tests.benchmarks.newcomer.truth import Folder, ReadFile, read
from tests.benchmarks.report import BenchmarkRefused

# As many flagged events, and highest ones where none is flagged, as a decision records.
_FLAGGED, _HIGHEST = 200, 5
_MOST_DIFFERENCE = 1e-9


@dataclass(frozen=True, slots=True)
class Named:
    """What a method says of a file of N events: ``fault``, its verdict; ``flagged``, the events that it names, most probable
    first; ``lines``, these events, or the highest where none is named, in the order in which the app shows them; ``judged``,
    the run, None for a rule."""

    fault: bool
    flagged: tuple[int, ...]
    lines: tuple[int, ...]
    judged: JudgedFile | None = None

    def keys(self, event: int, count: int) -> list[int]:
        """Return the events of the ``count`` strongest pairs of a named event; none for a rule."""
        if self.judged is None:
            return []
        # Where an event's logit describes what followed it, the event before the named one selected the pairs.
        return strongest_keys(self.judged.run.trace, event - self.judged.model.judge.later, count)


def strongest_keys(trace: SelectionTrace, query: int, count: int) -> list[int]:
    """Return the keys of the ``count`` strongest pairs of a query, by the weight of all layers and heads together, without the
    query itself."""
    total = np.zeros(trace.length)
    for _, _, head in trace:
        pairs = head.pairs_of(query)
        np.add.at(total, head.key_index[pairs], head.weight[pairs])
    total[query] = 0.0
    ranked = np.argsort(-total, kind="stable")[:count]
    return [int(key) for key in ranked if total[key] > 0.0]


Method = Callable[[TokenSequence], Named]


def by_model(model: SparseMixModel, *, falls_back: bool) -> Method:
    """Return the method of judging by a model; ``falls_back``: by the model for any log where the model does not know the
    words."""

    return lambda sequence: _named(run_or_fall_back(model, sequence, fall_back=falls_back))


def _named(judged: JudgedFile) -> Named:
    decision = judged.run.decision
    scores = judged.model.event_scores(decision.event_probability.astype(np.float64))
    order = np.argsort(-scores, kind="stable")
    flagged = tuple(order[scores[order] >= decision.event_threshold].tolist())
    lines = flagged[:_FLAGGED] or tuple(order[:_HIGHEST].tolist())
    shown = tuple(by_place(lines)) if judged.model.judge.by_itself else lines
    return Named(decision.label == "fault", flagged, shown, judged)


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
    return Named(bool(new), new, new)


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
