"""Learning from one's own data: from labels, or without any, from what is normal.

    data = read_dataset(Path("lots.jsonl"))
    learned = learn(data, Plan(minutes=5))
    learned.model.save(Path("mine.safetensors"))

*With labels* (``task="label"``): a sequence's label is compared with what its events' logits pool to, a step's label with its
own logit. *Without* (``task="novelty"``): events are put out of place in normal sequences, and the network learns to point at
them (``corruption``); nothing faulty is needed, and what is flagged then is what is less usual than normal data. Either way the
result is a SparseMixModel like any other: it selects, traces, explains.
"""

from sparsemix.learn.learning import Learned, learn
from sparsemix.learn.plan import Plan

__all__ = ["Learned", "Plan", "learn"]
