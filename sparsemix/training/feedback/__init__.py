"""Learning from the reviews of decisions: ``python -m sparsemix learn --feedback F --weights W --out W2``.

    F.zip -> FeedbackSet (reading) -> the pairs that W selected, by their features (pair_judge)
          -> how probably each pair is relevant: the marks, and a judge that learned from all of them (pair_judge, targets)
          -> W2: spurious pairs below the threshold, relevant and missing pairs above it, the rest unchanged (fitting)
          -> what changed, pair by pair and on decisions that nothing was learned from (learning)

A mark is about two events, not about a head: a pair marked as spurious shall be selected by no head, a pair marked as relevant
or missing by at least one head. Marks are few and partly wrong. The judge transfers them to all pairs of the same kinds of
queries in the reviewed sequences, and averages errors away. Marks that do not differ from chance teach nothing: the judge tests
this on decisions that it did not learn from, and learning is then refused.
"""

from sparsemix.training.feedback.learning import LearnedFeedback, learn_feedback
from sparsemix.training.feedback.reading import FeedbackSet, Mark, ReviewedDecision, read_feedback

__all__ = ["FeedbackSet", "LearnedFeedback", "Mark", "ReviewedDecision", "learn_feedback", "read_feedback"]
