"""Small logs that were decided on and reviewed, in a record that a model can learn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit import Access, Judgement, PairReview, PairVerdict, ReviewPolicy, Verdict, utc_now
from dashboard.service.decide.pipeline import analyse, load
from sparsemix import SparseMixModel

Say = Callable[[int], PairVerdict | None]
"""The verdict on a decision's pair of this number; None: no mark."""


def some_of_each(number: int) -> PairVerdict | None:
    """Mark few pairs, with both verdicts."""
    return {0: PairVerdict.SPURIOUS, 1: PairVerdict.RELEVANT}.get(number)


def by_chance(seed: int) -> Say:
    """Return marks for every second pair, by the toss of a coin."""
    rng = np.random.default_rng(seed)
    words = (PairVerdict.SPURIOUS, PairVerdict.RELEVANT)
    return lambda number: words[int(rng.integers(2))] if number % 2 == 0 else None


def review(access: Access, model: SparseMixModel, say: Say, *, decisions: int = 2, events: int = 24) -> list[str]:
    """Decide on logs, and approve each with marks on its pairs of two different events; return the decisions' ids."""
    access.admin.set_policy(ReviewPolicy(sampling_share=1.0))
    ids = []
    for number in range(decisions):
        lines = [f"INFO ST0{step % 3} step {step} pressure={(step + number) % 7}.5" for step in range(events)]
        ids.append(analyse("\n".join(lines).encode(), f"line-{number}.log", model=model, access=access))
        claim = access.queue.claim_decision(ids[-1])
        shown = access.decision(ids[-1]).input_sha256, access.case(ids[-1]).entry_hash
        access.queue.submit(claim, Judgement(Verdict.APPROVE, utc_now(), *shown, pairs=tuple(_marks(access, ids[-1], say))))
    return ids


def _marks(access: Access, id: str, say: Say) -> list[PairReview]:
    found: dict[tuple[int, int], PairReview] = {}
    number = 0
    for layer, head, selection in load(access.store, id).trace:
        for query, key in zip(selection.query_index.tolist(), selection.key_index.tolist(), strict=True):
            if query == key or (query, key) in found:
                continue
            verdict, number = say(number), number + 1
            if verdict is not None:
                found[query, key] = PairReview(layer, head, query, key, verdict)
    return list(found.values())
