"""Whether the full model decides and selects what an edge device did: what is to be found before the record takes it in."""

from __future__ import annotations

import numpy as np

from sparsemix import Decision, Run, SelectionTrace
from sparsemix.edge import folder
from sparsemix.edge.folder import Kept
from sparsemix.edge.runtime import facts

# Probabilities and what the trace's grid rounds may differ by the last bits of other machines.
_CLOSE, _GRID = 1e-6, 2.5e-3


class RefusedError(Exception):
    """A decision that does not fit, with the reason."""


def refuse_other(kept: Kept, run: Run) -> None:
    """Raises RefusedError when the full model decides or selects otherwise than the edge."""
    names = sorted(name for name in kept.parts if name.startswith("layer-"))
    if names != sorted(f"layer-{layer}.arrow" for layer in range(len(run.trace.heads))):
        raise RefusedError("it has another number of layers than the weights")
    trace = SelectionTrace.from_blobs([kept.parts[f"layer-{layer}.arrow"] for layer in range(len(names))])
    if kept.said["sequence_sha256"] != run.decision.input_sha256:
        raise RefusedError("its input gives other events than were decided on")
    if kept.said["config_sha256"] != run.decision.config_sha256:
        raise RefusedError("it was decided under another configuration")
    _check_trace(trace, run.trace)
    _check_decision(kept, run.decision)


def _check_trace(edge: SelectionTrace, here: SelectionTrace) -> None:
    if edge.length != here.length or [len(heads) for heads in edge.heads] != [len(heads) for heads in here.heads]:
        raise RefusedError("its selection belongs to other events or to another model")
    for (layer, head, one), (_, _, other) in zip(edge, here, strict=True):
        exact = ("query_ptr", "key_index", "route", "certified", "near_ptr", "near_index")
        if not all(np.array_equal(getattr(one, name), getattr(other, name)) for name in exact):
            raise RefusedError(f"the full model selects other pairs in layer {layer + 1}, head {head + 1}")
        close = ("weight", "threshold", "anchor_weight", "logit", "near_logit")
        if not all(np.allclose(getattr(one, name), getattr(other, name), rtol=0, atol=2 * _GRID) for name in close):
            raise RefusedError(f"the full model gives other weights in layer {layer + 1}, head {head + 1}")


def _check_decision(kept: Kept, here: Decision) -> None:
    said = kept.said["decision"]
    data = kept.parts.get(folder.EVENTS, b"")
    if len(data) != 4 * len(here.event_probability):
        raise RefusedError("it has not one probability an event")
    events = np.frombuffer(data, "<f4").astype(np.float32)
    found = facts(here)
    if set(said) != set(found) or {name for name, value in found.items() if not _agree(said[name], value)}:
        raise RefusedError("the full model decides otherwise")
    if not np.allclose(events, here.event_probability, rtol=0, atol=_CLOSE):
        raise RefusedError("the full model gives its events other probabilities")


def _agree(one: object, other: object) -> bool:
    """Whether two facts are the same, numbers up to the last bits."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _CLOSE
    return type(one) is type(other) and one == other
