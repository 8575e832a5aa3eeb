"""Learning from what people said of decisions: ``python -m sparsemix learn --feedback F --weights W --out W2``.

    F.zip -> FeedbackSet (reading) -> which pairs W selected, by what they look like (pair_table)
          -> how probably each is relevant: what people said, and a judge that learned from all of it (judge)
          -> W2: spurious pairs below the threshold, relevant and missing ones above it, the rest as before (fitting)
          -> what changed, pair by pair and on decisions that nothing was learned from (report)

A mark is about two events, not about a head: where it says spurious no head shall select the pair, where it says relevant
or missing at least one shall. What people marked is little and partly wrong; the judge carries it over to all pairs of the
same kinds of queries in the reviewed sequences, and averages errors away. Marks that cannot be told from chance teach nothing:
the judge finds that out on decisions that it did not learn from, and learning is refused.
"""

from sparsemix.training.feedback.learning import LearnedFeedback, learn_feedback
from sparsemix.training.feedback.reading import FeedbackSet, Mark, ReviewedDecision, read_feedback

__all__ = ["FeedbackSet", "LearnedFeedback", "Mark", "ReviewedDecision", "learn_feedback", "read_feedback"]
