"""Learning from one's own data: from labels, or without any, from what is normal.

    data = read_dataset(Path("lots.jsonl"))
    learned = learn(data, Plan(minutes=5))
    learned.model.save(Path("mine.safetensors"))

*With labels* (``task="label"``): a sequence's label is compared with the pooled logits of its events, a step's label with its
own logit. *Without labels* (``task="novelty"``): the network learns the normal course of events, that is, the next event of a
log or the next row of a sensor table. It needs no faulty data, and flags events that were not expected. Either way the result
is a SparseMixModel like any other: it selects, traces, explains.
"""

from sparsemix.training.own_data.learning import Learned, learn
from sparsemix.training.own_data.plan import Plan

__all__ = ["Learned", "Plan", "learn"]
