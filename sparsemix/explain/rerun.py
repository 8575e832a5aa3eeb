"""A decision run again under an intervention: exactly, and only where something changes.

A pair that was not selected has exactly no effect through its edge. So after an intervention a row of a layer is computed anew
only when it was intervened on, its own event changed, it had selected a changed event, or a changed event's new logit now
passes the row's threshold. These rows are computed again, in double precision; pairs that enter or leave the selection
therefore count, and the result equals the result of a whole run. Tests compare it with the dense reference over all pairs. The
strongest keys of a row are remembered, and where they suffice to tell what is selected, no key is looked at a second time: no
logit rises by more than the query moved, times the longest key.

Axis letters: N events, L layers, H heads, D head dimension, M model dimension, R rows computed anew, K embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.distinct import distinct
from sparsemix.encoding.encoder import scaled_numbers
from sparsemix.encoding.scales import Parts
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError, ExplanationError, TraceError
from sparsemix.explain.intervention import Intervention, Outcome
from sparsemix.explain.layer_state import LayerState, Nearest, output
from sparsemix.explain.passes import Pass
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Run, RunLayers
from sparsemix.trace.pair_file import check_fit
from sparsemix.trace.selection_trace import SelectionTrace

# Keys of a query of the run are remembered that lie within so many logits of the best: interventions seldom take away all that
# is nearer. Of so many queries, each with so many keys at most.
_STRONGEST, _REMEMBERED, _MANY_KEYS = 8.0, 1024, 2**14
# Interventions that are computed together.
_TOGETHER = 64

Step = Callable[[], None]


class Rerun:
    """The run of a trace, kept layer by layer, to be run again under interventions.

    ``logits`` float64 [N]: the logits of the run itself; ``layers``: the state of each layer. Memory: about 2 L N M doubles
    (50 MB a layer at 50,000 events, M = 64): what a layer reads, and the keys.
    """

    def __init__(
        self,
        model: SparseMixModel,
        sequence: TokenSequence,
        trace: SelectionTrace,
        step: Step = lambda: None,
        layers: RunLayers | None = None,
    ) -> None:
        """Compute the layers of the run from its trace, or take what they did from the run itself (``layers``), which differs
        by rounding at most.

        ``step`` is called before every piece of work and may raise to stop it. Raises ``TraceError`` when the trace does not
        fit the sequence or the model, ``ConfigError`` when the model is the dense softmax twin, ``ExplanationError`` when
        logits are not finite.
        """
        if model.config.attention != "entmax15":
            raise ConfigError("a dense softmax model selects every pair: there is no selection to intervene on")
        check_fit(sequence, trace)
        if len(trace.heads) != model.config.layers or any(len(heads) != model.config.heads for heads in trace.heads):
            raise TraceError("the trace has other layers or heads than the model: load the weights that made the trace")
        self.model, self.sequence, self.trace, self.step = model, sequence, trace, step
        self._strongest: dict[tuple[int, int], Nearest] = {}
        self._logits: dict[tuple[Intervention, int], float] = {}
        with torch.no_grad():
            self.matches = model.matches(sequence.events)
            self.following = model.knowledge.following(sequence.events)
            done = self._layers_done() if layers is None else layers
        self.logits = done.logits
        each = zip(model.network.stack, done.read, done.tau, strict=True)
        self.layers = [LayerState(layer, x, tau, self.matches) for layer, x, tau in each]
        if not np.isfinite(self.logits).all():
            raise ExplanationError("the run gives values that are not finite: these weights cannot be explained")

    def _layers_done(self) -> RunLayers:
        x, read, thresholds = self.model.embed(self.sequence.events), [], []
        for layer, heads in zip(self.model.network.stack, self.trace.heads, strict=True):
            self.step()
            read.append(x)
            x, tau = output(layer, x, heads, self.matches)
            thresholds.append(tau)
        return RunLayers(tuple(read), tuple(thresholds), self.model.network.event_logits(x[None], self.following)[0].numpy())

    def __call__(self, intervention: Intervention, target: int | None = None, watch: tuple[int, ...] = ()) -> Outcome:
        """Decide again under an intervention.

        With ``target``, the last layer computes only that event; ``watch``: queries whose selection is returned even where
        nearly everything changes. Raises ``ExplanationError`` when an event, layer or head does not exist.
        """
        return self._run([intervention], None if target is None else [target], watch)

    def _run(self, changes: Sequence[Intervention], targets: Sequence[int] | None, watch: tuple[int, ...] = ()) -> Outcome:
        for change in changes:
            change.check(self.trace)
        first = self.trace.length * np.arange(len(changes))
        neutral = np.array(
            [at + e for at, change in zip(first, changes, strict=True) for e in sorted(change.neutral)], np.int64
        )
        with torch.no_grad():
            return Pass(self, changes, targets, watch).run(neutral, self.model.neutral.expand(len(neutral), -1))

    def logits_under(self, asked: Iterable[tuple[Intervention, int]]) -> list[float]:
        """Return the logit of an event under an intervention, for each of those asked for: many together take little more time
        than one, and causes and effects ask for the same ones. Raises as a call."""
        asked = list(asked)
        new = [one for one in dict.fromkeys(asked) if one not in self._logits]
        # Without pairs alone, few rows change before the last of two layers.
        few = [one for one in new if len(self.layers) <= 2 and not (one[0].absent or one[0].neutral)]
        parts = [few[start : start + _TOGETHER] for start in range(0, len(few), _TOGETHER)]
        for part in parts + [[one] for one in new if one not in few]:
            logits = self._run([change for change, _ in part], [target for _, target in part]).logit
            self._logits.update(zip(part, logits.tolist(), strict=True))
        return [self._logits[one] for one in asked]

    def with_embedded(self, events: NDArray[np.int64], embedded: Tensor, target: int) -> Outcome:
        """Decide on ``target`` again, selection included, with other embeddings ``embedded`` [K, M] of the sorted ``events``
        [K]."""
        with torch.no_grad():
            return Pass(self, [Intervention()], [target]).run(events, embedded)

    def alone(self, event: int, embedded: Tensor) -> list[float]:
        """Return the logit of one event with each of other embeddings [K, M], while all other events stay as they were."""
        count = len(embedded)
        with torch.no_grad():
            runs = Pass(self, [Intervention()] * count, [event] * count, alone=True)
            return runs.run(np.arange(count) * self.trace.length + event, embedded).logit.tolist()  # type: ignore[no-any-return]

    @property
    def embedded(self) -> Tensor:
        """Return the embedded events [N, M]."""
        return self.layers[0].x

    @property
    def run(self) -> Run:
        """Return the run itself, decided again from its logits."""
        logits, heads = torch.from_numpy(self.logits), self.trace.heads[0]
        return Run(self.model.decide(self.sequence, logits, self.following, heads=heads), self.trace)

    def row_logits(self, layer: int, head: int, query: int) -> tuple[Tensor, float]:
        """Return the exact logits of all keys [N], and the anchor's, for one query of the run."""
        state, n = self.layers[layer], self.trace.length
        with torch.no_grad():
            q = state.q.at(torch.tensor([query]))[head, 0]
            gates = state.layer.attention.gate_rows(np.array([query]), state.matches)
            z = state.k.all[head] @ q + state.bias[head, torch.arange(n) - query + n] + gates[head, 0]
            return z, float(q @ state.layer.attention.anchor_key[head])

    def strongest(self, layer: int, queries: NDArray[np.int64]) -> list[Nearest]:
        """Return the strongest keys of some queries of the run, as `LayerState.nearest` does."""
        state = self.layers[layer]
        new = [query for query in distinct(queries).tolist() if (layer, query) not in self._strongest]
        events = np.array(new, np.int64)
        found = dict(zip(new, state.nearest(state.q.at(torch.from_numpy(events)), events, _STRONGEST), strict=True))
        for query, keys in found.items():
            if len(self._strongest) < _REMEMBERED and len(keys[0]) <= _MANY_KEYS:
                self._strongest[layer, query] = keys
        return [found[query] if query in found else self._strongest[layer, query] for query in queries.tolist()]

    def gate(self, layer: int, head: int, query: int, key: int) -> float:
        """Return what sharing an identifier adds to the logit of a pair: -inf where a head that matches identifiers finds none,
        0 in other heads."""
        with torch.no_grad():
            gates = self.layers[layer].layer.attention.gate_rows(np.array([query]), self.matches)[head, 0]
            return float(gates[key if len(gates) > 1 else 0])

    @cached_property
    def numbers(self) -> list[tuple[str, Parts]]:
        """Return the features of the events' scaled numbers, computed once for all explained pairs."""
        return scaled_numbers(self.sequence.events, self.model.reading)
