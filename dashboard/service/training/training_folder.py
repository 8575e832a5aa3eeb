"""The folder that the app shares with the process that learns: its files, and why nothing can be learned from reviews."""

from __future__ import annotations

from sparsemix import SparseMixError

WEIGHTS, RESULT, PLAN, INITIAL, RIVAL = "out.safetensors", "out.json", "plan.json", "initial.safetensors", "rival.safetensors"
DATA, LABELS, PAIRS = "data", "labels", "out.pairs.json"
# The reviews with their logs, and a folder with logs without a review.
SAID, BESIDE = "said.zip", "beside"


class ReviewsRefused(SparseMixError):  # noqa: N818 - shown to the visitor, who then asks for more reviews
    """Raised when nothing can be learned from reviews. ``code``: "unmarked", "chance", or of the weights "dense" or
    "novelty"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
