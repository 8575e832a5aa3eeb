"""SparseMix: attention that learns which pairs of events matter, and logs every pair that it selects.

from sparsemix import SparseMixModel, read_path
run = SparseMixModel.load(Path("sample_data/weights.safetensors")).run_with_trace(read_path(Path("line4.log")))
"""

import sparsemix.waiting  # noqa: F401 - before torch
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.sequence import Event, SkippedLine, TokenSequence
from sparsemix.errors import (
    ConfigError,
    ExplanationError,
    InputError,
    RunCancelled,
    SparseMixError,
    TraceError,
    TrainingCollapsed,
    WeightsError,
)
from sparsemix.explain.attribution import Attribution
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.model.model import SparseMixModel
from sparsemix.model.replay import replay
from sparsemix.model.run import Run
from sparsemix.readers import Limits, read_bytes, read_path
from sparsemix.trace.selection_trace import HeadSelection, Route, SelectionTrace

__all__ = [
    "Attribution",
    "ConfigError",
    "Decision",
    "Event",
    "ExplanationError",
    "HeadSelection",
    "InputError",
    "Limits",
    "Rerun",
    "Route",
    "Run",
    "RunCancelled",
    "SelectionTrace",
    "SkippedLine",
    "SparseMixConfig",
    "SparseMixError",
    "SparseMixModel",
    "TokenSequence",
    "TraceError",
    "TrainingCollapsed",
    "WeightsError",
    "integrated_gradients",
    "read_bytes",
    "read_path",
    "replay",
]
