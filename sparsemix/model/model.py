"""SparseMixModel: a network with its weights' identity, and run_with_trace().

    model = SparseMixModel.load(Path("sample_data/weights.safetensors"))
    run = model.run_with_trace(read_path(Path("line4.log")))
    run.decision.label, run.trace.heads[0][1].pairs_of(1842)

The model's identity is the SHA-256 of its weights file (``weights_file``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.atomic_files import replacing
from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.encoder import PLAIN, EventReading, encoding_parts, entities_in, known_share, mean_share, parts_beside
from sparsemix.encoding.hashing import Part, Shares
from sparsemix.encoding.matches import Matches
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges import Judges
from sparsemix.judges.following import NOTHING, Following, Knowledge
from sparsemix.judges.usual_selection import unlike_training
from sparsemix.kernels import parallel
from sparsemix.kernels.garbage import uncollected
from sparsemix.model import weights_file
from sparsemix.model.decision import Decision, p_value_of
from sparsemix.model.kept_events import KeptEvents
from sparsemix.model.layer_run import run_layer
from sparsemix.model.learned_lines import NONE_KNOWN, Hashes, share_learned
from sparsemix.model.mapped import rows
from sparsemix.model.network import Network
from sparsemix.model.run import Progress, Run, RunLayers, unheard
from sparsemix.model.weights_file import Learned
from sparsemix.priors.ngram_evidence import LogitParts
from sparsemix.trace.selection_trace import HeadSelection, SelectionTrace

_MAX_WEIGHTS_BYTES = 512 * 2**20
_NO_REFERENCE = np.zeros(0)
_MOSTLY = 0.5


class SparseMixModel:
    """Network together with the known words, neutral event, calibration and prior knowledge that training learned."""

    def __init__(
        self,
        network: Network,
        vocabulary: NDArray[np.uint32],
        neutral: Tensor,
        calibration: tuple[float, float] = (1.0, 0.0),
        reference: NDArray[np.float64] = _NO_REFERENCE,
        knowledge: Knowledge = Knowledge(),  # noqa: B008 - it has no state
        lines: Hashes = NONE_KNOWN,
    ) -> None:
        """Take the parts of a model.

        ``vocabulary``: sorted CRC-32 of the training logs' words; ``neutral`` [M]: mean event embedding of these logs
        (never 0: the layers' norms are not continuous there);
        ``calibration`` (a, b): sequence logit = a * pooled event logits + b; ``reference`` ascending: pooled event logits of
        normal sequences that training did not see, for p-values (Vovk, Gammerman, Shafer 2005, "Algorithmic learning in a
        random world", chapter 2); ``knowledge``: what was learned beside the network; ``lines`` learned
        from (`learned_lines`)."""
        # Weights are single precision. Runs compute in double, so that a replay agrees much more closely than required, and the
        # logged bits do not depend on the order of a sum.
        self.network = network.double().eval()
        self.vocabulary = vocabulary
        self.neutral = neutral.double()
        self.calibration = calibration
        self.reference = reference
        self.knowledge = knowledge
        self.lines = lines
        self.weights_sha256 = sha256(self.to_bytes()).hexdigest()

    @property
    def config(self) -> SparseMixConfig:
        """Return the configuration of the network."""
        return self.network.config

    @property
    def judge(self) -> Judges:
        """Return what events are judged by."""
        return self.config.judge

    @property
    def learned(self) -> Learned:
        """Return reference, knowledge and lines: what another network of the same data can be given."""
        return self.reference, self.knowledge, self.lines

    @property
    def reading(self) -> EventReading:
        """Return how events are read before they are hashed."""
        return self.judge.reading

    @property
    def event_cut(self) -> float:
        """Return the logit of the event threshold, from which an event is flagged; infinite when no event or every event is."""
        threshold = self.config.event_threshold
        return math.inf if threshold >= 1.0 else math.log(threshold / (1.0 - threshold)) if threshold > 0.0 else -math.inf

    def run_with_trace(
        self,
        sequence: TokenSequence,
        progress: Progress | None = None,
        search: IndexSearch | None = None,
        known: float | None = None,
        keep_layers: bool = False,
        embedded: Tensor | None = None,
    ) -> Run:
        """Decide on a sequence and log every selected pair; ``search``: how to find the pairs (by default the index; its own
        ``step`` is not called, ``progress`` is); ``known``: the known share, where it was computed before; ``keep_layers``:
        keep what the layers did, for a caller that explains the run at once: half a kilobyte an event and layer; ``embedded``:
        the embedded events, where they were computed before.

        Raises `ConfigError` for the softmax twin, which selects no pairs, and whatever ``progress`` raises.
        """
        if self.config.attention != "entmax15":
            raise ConfigError("a dense softmax model selects every pair: there is no selection to trace")
        report = progress or unheard
        report(0.0, "encode")
        with torch.no_grad():
            if embedded is None:
                embedded, share = self.embed_known(sequence.events, lambda _share: report(0.0, "encode"))
                known = share if known is None else known
            x, matches, embedded = embedded, self.matches(sequence.events), None
            layers, read, thresholds = [], list[Tensor](), list[Tensor]()
            mixed = x.new_empty(self.config.heads, len(x), self.config.d_head)
            for index, layer in enumerate(self.network.stack):
                read += [x] if keep_layers else []
                told = partial(_of_layer, report, index, self.config.layers)
                x, heads, tau = run_layer(self.config, layer, x, mixed, search or IndexSearch(), matches, told)
                layers.append(heads)
                thresholds.append(tau)
            del mixed
            following = self.knowledge.following(sequence.events)
            logits = self.network.event_logits(x[None], following)[0]
            fault = self.likeliest_fault(x[None], following)
        report(1.0, "done")
        decision = self.decide(sequence, logits, following, fault, known, layers[0])
        kept = RunLayers(tuple(read), tuple(thresholds), logits.numpy()) if keep_layers else None
        return Run(decision, SelectionTrace(tuple(layers)), kept)

    def embed(self, events: Sequence[Event]) -> Tensor:
        """Return the embedded events [N, M]."""
        return self.embed_known(events)[0]

    @uncollected()
    def embed_known(
        self, events: Sequence[Event], step: Callable[[float], None] | None = None, kept: KeptEvents | None = None
    ) -> tuple[Tensor, float | None]:
        """Return the embedded events [N, M], and what `known_share` returns, None where the model reads files by themselves;
        ``step`` as for `parallel.run`; ``kept``: what the last window of the same log left, which saves time and changes
        nothing."""

        x = rows(len(events), self.config.d_model)

        @torch.no_grad()
        def embed(part: Part) -> Shares | None:
            # The features of events take ten times the memory of what they are embedded to.
            rows = part.rows()
            x[part.some] = self.network.embed_rows(rows)
            return rows.known

        # Features of other readings follow from the whole file.
        kept = kept if self.reading == PLAIN else None
        shared = None if kept is None else kept.shared(events)
        beside = None if shared is None else parts_beside(events, shared[0], self.config.features, self.vocabulary)
        before, behind = beside or (encoding_parts(events, self.config.features, self.reading, self.vocabulary, step), [])
        known = parallel.run([partial(embed, part) for part in before + behind], step)
        if shared is not None and beside is not None:
            x[shared[0]], old = shared[1]
            known.insert(len(before), old)
        if kept is not None:
            kept.keep(events, x, known)
        return x, None if self.judge.by_itself else mean_share(known)

    def matches(self, events: Sequence[Event]) -> Matches | None:
        """Return the pairs of events that share an identifier; None where the model matches no identifiers."""
        entities = entities_in(events, self.reading)
        return None if entities is None else entities.matches(np.arange(len(entities)), 0, len(entities), parallel.run)

    def pooled(self, logits: Tensor, following: Following = NOTHING) -> Tensor:
        """Return a sequence's logit before calibration, pooled from event logits [N] and prior knowledge (``following``)."""
        with torch.no_grad():
            return self.network.pooled(logits, following=following)

    def event_scores(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return event logits [N], each at the event that it describes. Where logits describe what followed, they move one
        event on, and the first event, which none describes, gets the lowest logit."""
        return np.append(logits.min(), logits[:-1]) if self.judge.later else logits

    def verdict(self, logits: Tensor, following: Following = NOTHING) -> tuple[str, float]:
        """Return label and calibrated probability of a sequence from its event ``logits`` [N] and prior knowledge."""
        scale, shift = self.calibration
        probability = float(torch.sigmoid(self.pooled(logits, following) * scale + shift))
        return "fault" if probability >= self.config.sequence_threshold else "normal", probability

    def likeliest_fault(self, x: Tensor, following: Following = NOTHING) -> tuple[str, float] | None:
        """Return the likeliest fault with its probability, given that there is any fault; None where faults are not told apart.

        ``x`` [1, N, M] after the last layer.
        """
        if not self.judge.classes:
            return None
        with torch.no_grad():
            share = self.network.pooled_classes(self.network.class_logits(x), None, following)[0].softmax(-1)
        place = int(share.argmax())
        return self.judge.classes[place], float(share[place])

    def p_value(self, logits: Tensor, following: Following = NOTHING) -> float | None:
        """Return the share of normal sequences that are at least as unusual as the sequence with the event ``logits`` [N]. The
        sequence itself counts as one of them. None without a reference."""
        return p_value_of(self.reference, float(self.pooled(logits, following))) if len(self.reference) else None

    @property
    def supported_rate(self) -> float | None:
        """Return the false-alarm rate that the normal sequences of the reference support: the one that was asked for, or where
        they are too few, that of a sequence at the threshold: one and as many as lie above it, in as many as they are and one
        more. None where no rate was asked for."""
        asked, (scale, shift) = self.judge.false_alarms, self.calibration
        logits = torch.from_numpy(self.reference * scale + shift)
        above = int((logits.sigmoid() >= self.config.sequence_threshold).sum())
        return max(asked, (1 + above) / (1 + len(self.reference))) if asked > 0.0 else None

    def learned_from(self, events: Sequence[Event]) -> bool:
        """Return whether at least half of the events are known to be among those that the model learned from."""
        return share_learned(self.lines, events) >= _MOSTLY

    def decide(
        self,
        sequence: TokenSequence,
        logits: Tensor,
        following: Following = NOTHING,
        fault: tuple[str, float] | None = None,
        known: float | None = None,
        heads: Sequence[HeadSelection] = (),
    ) -> Decision:
        """Return the decision on a sequence from its event ``logits`` [N], prior knowledge and likeliest ``fault``; ``known``:
        the share of known words, where it was computed before; ``heads``: what those of the first layer selected."""
        config = self.config
        label, probability = self.verdict(logits, following)
        return Decision(
            label=label,
            event_probability=logits.sigmoid().float().numpy(),
            event_threshold=config.event_threshold,
            sequence_probability=probability,
            sequence_threshold=config.sequence_threshold,
            known_share=self.known_share(sequence.events) if known is None else known,
            familiarity_floor=config.familiarity_floor,
            input_sha256=sequence.sha256,
            weights_sha256=self.weights_sha256,
            config_sha256=config.sha256,
            p_value=self.p_value(logits, following),
            fault=fault,
            weighed=self.weighed(logits, following),
            unlike=unlike_training(self.judge.selected, [len(head.key_index) for head in heads], len(sequence)),
        )

    def known_share(self, events: Sequence[Event]) -> float:
        """Return the mean share of the events' words that training has seen; in [0, 1]."""
        return known_share(events, self.vocabulary, self.reading)

    def weighed(self, logits: Tensor, following: Following) -> LogitParts | None:
        """Return the parts of the logit pooled from event logits [N]; None where it has no parts."""
        return following.weighed(float(self.pooled(logits, following)), self.judge.scales)

    def to_bytes(self) -> bytes:
        """Return the weights file. The same model gives the same bytes."""
        return weights_file.write(self.network, self.vocabulary, self.neutral, self.calibration, self.learned)

    @classmethod
    def from_bytes(cls, data: bytes) -> SparseMixModel:
        """Read what ``to_bytes`` wrote. Raises `WeightsError` for anything else."""
        network, vocabulary, neutral, calibration, learned = weights_file.read(data)
        return cls(network, vocabulary, neutral, calibration, *learned)

    @classmethod
    def load(cls, path: Path) -> SparseMixModel:
        """Load weights from a file. Raises `WeightsError` when it is missing, too large or no weights file."""
        try:
            if path.stat().st_size > _MAX_WEIGHTS_BYTES:
                raise WeightsError(f"{path} is larger than {_MAX_WEIGHTS_BYTES // 2**20} MiB")
            return cls.from_bytes(path.read_bytes())
        except OSError as error:
            raise WeightsError(f"cannot read the weights {path}: {error.strerror}") from error

    def save(self, path: Path) -> None:
        """Write the weights file, replacing ``path`` only when it is complete."""
        with replacing(path) as partial:
            partial.write_bytes(self.to_bytes())

    def with_config(self, **changes: float) -> SparseMixModel:
        """Return the same weights under another policy, e.g. another ``event_threshold``. Both models share the network and its
        configuration, so this model must not be used any more."""
        self.network.config = replace(self.config, **changes)  # type: ignore[arg-type]
        return SparseMixModel(self.network, self.vocabulary, self.neutral, self.calibration, *self.learned)


def _of_layer(report: Progress, index: int, layers: int, share: float) -> None:
    report((index + share) / layers, f"layer {index + 1}")
