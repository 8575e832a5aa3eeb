"""What judges a file that the weights in use do not know: the model for any log, which reads nothing but the file itself.

    judged = run_or_fall_back(model, sequence)
    judged.run.decision

The decision names the weights that made it. It stays unfamiliar, so it is held wherever unfamiliar decisions are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.encoding.encoder import known_share
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import WeightsError
from sparsemix.model.kept_events import KeptEvents
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Progress, Run, unheard

ANY_LOG_WEIGHTS = Path(__file__).resolve().parents[2] / "sample_data" / "weights-any-log.safetensors"
_KNOWS_NO_WORD = 0.0
# From how many events on a file is looked at through some of them first, through how many at most, and the share of the
# familiarity floor below which these suffice.
_LONG, _SPREAD, _CLEARLY = 4_000, 2_000, 0.5
LEAST_EVENTS = 50
"""A file with fewer events says too little about itself."""


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """A ``run``, the ``model`` that made it, and the share of the file's words in [0, 1] that the weights asked for know."""

    run: Run
    model: SparseMixModel
    known_share: float

    @property
    def fell_back(self) -> bool:
        """Return whether the file was judged by itself."""
        return self.model.judge.by_itself


def run_or_fall_back(
    model: SparseMixModel,
    sequence: TokenSequence,
    progress: Progress | None = None,
    search: IndexSearch | None = None,
    *,
    fall_back: bool = True,
    keep_layers: bool = False,
    kept: KeptEvents | None = None,
) -> JudgedFile:
    """Decide on a sequence by ``model`` where it knows the events' words, reads none itself, the events are fewer than 50, or
    ``fall_back`` is False; else by the model for any log. ``kept``: what the last window of the same log left. Other arguments
    as for `SparseMixModel.run_with_trace`.

    Raises `WeightsError` when the model for any log is needed and not installed.
    """
    if not fall_back or model.judge.by_itself or len(sequence) < LEAST_EVENTS:
        run = model.run_with_trace(sequence, progress, search, keep_layers=keep_layers)
        return JudgedFile(run, model, run.decision.known_share)
    known, embedded = _known(model, sequence.events, progress, kept)
    if known >= model.config.familiarity_floor:
        # Popped, so that the run can free them after its first layer.
        run = model.run_with_trace(sequence, progress, search, known, keep_layers, embedded.pop() if embedded else None)
        return JudgedFile(run, model, known)
    instead = any_log_model()
    run = instead.run_with_trace(sequence, progress, search, known=_KNOWS_NO_WORD, keep_layers=keep_layers)
    return JudgedFile(run, instead, known)


def _known(
    model: SparseMixModel, events: tuple[Event, ...], progress: Progress | None, kept: KeptEvents | None
) -> tuple[float, list[Tensor]]:
    """Return the known share; of a long file that is clearly unfamiliar, that of events spread over the file. Where these are
    familiar, the words are read once, and the embedded events come with the share."""
    spread = known_share(events[:: -(-len(events) // _SPREAD)], model.vocabulary)
    if spread >= model.config.familiarity_floor:
        x, known = model.embed_known(events, lambda _share: (progress or unheard)(0.0, "encode"), kept)
        if known is not None:
            return known, [x]
    if len(events) > _LONG and spread < _CLEARLY * model.config.familiarity_floor:
        return spread, []
    return known_share(events, model.vocabulary, model.reading), []


@cache
def any_log_model() -> SparseMixModel:
    """Return the shipped model for any log. Raises `WeightsError` when it is missing or damaged."""
    model = SparseMixModel.load(ANY_LOG_WEIGHTS)
    if not model.judge.by_itself:
        raise WeightsError(f"{ANY_LOG_WEIGHTS} holds weights that do not judge a file by itself")
    return model
