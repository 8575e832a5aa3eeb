"""EdgeModel: weights that decide and trace with NumPy alone.

    model = EdgeModel.from_bytes(data)
    decision, selection = model.run(read_path(Path("line4.log")))

It decides as ``SparseMixModel`` does with the weights of the same identity; tests compare them. It cannot compute the evidence
of n-grams or columns, and refuses weights that need it.

``EdgeNetwork`` is the network's forward pass in NumPy, in double precision, with the surprise of weights that learned the
normal course. It computes what ``sparsemix.model.network`` and ``sparsemix.judges`` compute with torch; tests compare them.
Memory grows only with the events themselves: arrays that are wider than the model are computed some rows at a time.

Axis letters: N events, M model dimension, H heads, D head dimension, K kinds, C columns.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.attention.distance_bias import LEAST_BIAS, DistanceBias
from sparsemix.attention.head_pairs import head_selection
from sparsemix.config import SparseMixConfig
from sparsemix.edge import weights
from sparsemix.edge.attention import EdgeHead, attend, attend_matches, gates_of
from sparsemix.encoding.encoder import column_table, encode, known_share
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.encoding.scales import Scale, measure
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges.judge import QUANTILES, parts_of
from sparsemix.judges.normal_course import LEAST, NOW, STEEP, read_known
from sparsemix.judges.usual_selection import unlike_training
from sparsemix.model.decision import Decision, p_value_of
from sparsemix.priors.columns import wide_values_of
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms
from sparsemix.priors.table_terms import TableTerms
from sparsemix.priors.tails import Novelty
from sparsemix.trace.head_selection import HeadSelection

Matrix = NDArray[np.float64]
Outputs = Callable[[slice], Matrix]
"""The head's outputs for some events, computed when they are asked for: all at once may not fit into memory."""

# Rows of events whose surprise is computed at once: the outputs of all events may not fit into memory.
_SURPRISE_ROWS = 512
# Rows of events that are embedded or go through the feed-forward at once.
_ROWS = 2048
# What torch's RMSNorm adds in double precision where it is given no epsilon.
_EPSILON = np.finfo(np.float64).eps


def sigmoid(value: Matrix) -> Matrix:
    """Return 1 / (1 + exp(-value)), without overflow."""
    small = np.exp(-np.abs(value))
    return np.asarray(np.where(value >= 0, 1.0, small) / (1.0 + small))


def softplus(value: Matrix) -> Matrix:
    """Return log(1 + exp(value)), without overflow."""
    return np.asarray(np.maximum(value, 0.0) + np.log1p(np.exp(-np.abs(value))))


def logsumexp(value: Matrix) -> Matrix:
    """Return the log of the sum of exp over the last axis."""
    top = value.max(-1, keepdims=True)
    return np.asarray(np.log(np.exp(value - top).sum(-1)) + top[..., 0])


@dataclass(frozen=True, slots=True)
class EdgeNetwork:
    """A network of NumPy arrays; ``arrays``: parameters by their names in the full model's file, float32 or float64.

    Raises ``WeightsError`` when a parameter is missing, has another shape or is not finite.
    """

    config: SparseMixConfig
    arrays: dict[str, NDArray[Any]]

    def __post_init__(self) -> None:
        for name, shape in _shapes(self.config).items():
            array = self.arrays.get(name)
            if array is None or array.shape != shape:
                shown = None if array is None else array.shape
                raise WeightsError(f"{name} has shape {shown}, the configuration asks for {shape}")
            if not np.isfinite(array).all():
                raise WeightsError("the weights hold values that are not finite")

    def run(self, hashed: HashedEvents) -> tuple[Matrix, tuple[tuple[HeadSelection, ...], ...]]:
        """Return the events after the last layer [N, M], and the selection of every layer and head."""
        x = self._normed("embed_norm", self._embedded(hashed))
        matches = None if hashed.entities is None else hashed.entities.all_matches
        layers = []
        for layer in range(self.config.layers):
            x, heads = self._attended(x, f"layers.{layer}.", matches if layer == 0 else None)
            for start in range(0, len(x), _ROWS):
                rows = slice(start, start + _ROWS)
                x[rows] += self._fed_forward(x[rows], f"layers.{layer}.")
            layers.append(heads)
        return x, tuple(layers)

    def outputs(self, x: Matrix) -> Matrix:
        """Return the head's outputs of every event."""
        return self._normed("norm", x) @ self._matrix("head.weight").T + self._matrix("head.bias")

    def pooled(self, logits: Matrix) -> Matrix:
        """Pool event logits [..., N] to the sequence's logits [...] before calibration."""
        quantile = QUANTILES.get(self.config.judge.pooling)
        if quantile is not None:
            return np.asarray(np.quantile(logits, quantile, axis=-1))
        if self.config.judge.pooling != "soft":
            return np.asarray(logits.max(-1))
        sharpness = softplus(self._matrix("sharpness"))
        return np.asarray((logsumexp(sharpness * logits) - math.log(logits.shape[-1])) / sharpness)

    def _embedded(self, hashed: HashedEvents) -> Matrix:
        """Return the sums of feature embeddings [N, M]."""
        embedding = self.arrays["embedding"]
        embedded = np.zeros((len(hashed), self.config.d_model))
        for start in range(0, len(hashed), _ROWS):
            part = hashed.window(start, min(start + _ROWS, len(hashed)))
            filled = np.flatnonzero(np.diff(part.pointer))
            if len(filled):
                values = embedding[part.bucket].astype(np.float64) * part.value[:, None].astype(np.float64)
                embedded[start + filled] = np.add.reduceat(values, part.pointer[:-1][filled], axis=0)
        return embedded

    def _attended(self, x: Matrix, prefix: str, matches: Matches | None) -> tuple[Matrix, tuple[HeadSelection, ...]]:
        """Return ``x`` [N, M] with a layer's attention added, and its selection; one head at a time, to save memory.
        ``matches``: the pairs of a layer whose heads match identifiers."""
        attention = prefix + "attention."
        normed, mixed = self._normed(prefix + "norm", x), np.empty((len(x), self.config.heads * self.config.d_head))
        heads = []
        for head in range(self.config.heads):
            lanes = slice(head * self.config.d_head, (head + 1) * self.config.d_head)
            q, k, v = (normed @ self._matrix(f"{attention}{name}.weight")[lanes].T for name in "qkv")
            scale = np.exp(self._matrix(attention + "log_scale")[head])
            keys, values = (self._matrix(f"{attention}anchor_{name}")[head] for name in ("key", "value"))
            least = LEAST_BIAS if matches is None else 0.0
            inputs = EdgeHead(q * scale, k, v, keys, values, self._bias(attention, head, least))
            if matches is None:
                mixed[:, lanes], pairs = attend(inputs, self.config.near_misses)
            else:
                gates = gates_of(self._matrix(attention + "gate")[head])
                mixed[:, lanes], pairs = attend_matches(inputs, gates, matches, self.config.near_misses)
            heads.append(head_selection(pairs, self.config.local_window))
        return x + mixed @ self._matrix(attention + "out.weight").T, tuple(heads)

    def _bias(self, attention: str, head: int, least: float) -> DistanceBias:
        past, future = (softplus(self._matrix(f"{attention}{name}_raw")) for name in ("past", "future"))
        offset = self._matrix(attention + "future_offset")
        return DistanceBias(float(least + past[head]), float(least + future[head]), float(offset[head]))

    def _fed_forward(self, x: Matrix, prefix: str) -> Matrix:
        normed = self._normed(prefix + "ff_norm", x)
        gate = normed @ self._matrix(prefix + "ff.gate.weight").T
        up = normed @ self._matrix(prefix + "ff.up.weight").T
        # silu: where the exponential overflows, the quotient is exactly 0.
        with np.errstate(over="ignore"):
            gated = gate / (1.0 + np.exp(-gate)) * up
        return gated @ self._matrix(prefix + "ff.down.weight").T

    def _normed(self, name: str, x: Matrix) -> Matrix:
        return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + _EPSILON) * self._matrix(name + ".weight"))

    def _matrix(self, name: str) -> Matrix:
        return np.asarray(self.arrays[name], np.float64)


def _shapes(config: SparseMixConfig) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all parameters by name."""
    m, wide, heads = config.d_model, config.heads * config.d_head, config.heads
    shapes: dict[str, tuple[int, ...]] = {"embedding": (config.features, m), "embed_norm.weight": (m,), "norm.weight": (m,)}
    judge = config.judge
    shapes |= {"head.weight": (judge.outputs, m), "head.bias": (judge.outputs,)}
    shapes |= {name: () for name, there in (("usual", judge.later), ("sharpness", judge.pooling == "soft")) if there}
    if judge.entities:
        shapes["layers.0.attention.gate"] = (heads, len(judge.entities))
    for layer in range(config.layers):
        prefix = f"layers.{layer}."
        shapes |= {f"{prefix}{name}norm.weight": (m,) for name in ("", "ff_")}
        shapes |= {f"{prefix}attention.{name}.weight": (wide, m) for name in "qkv"}
        shapes |= {f"{prefix}attention.out.weight": (m, wide), f"{prefix}ff.down.weight": (m, config.d_ff)}
        shapes |= {f"{prefix}ff.{name}.weight": (config.d_ff, m) for name in ("gate", "up")}
        shapes |= {f"{prefix}attention.anchor_{name}": (heads, config.d_head) for name in ("key", "value")}
        shapes |= {f"{prefix}attention.{name}": (heads,) for name in ("log_scale", "past_raw", "future_raw", "future_offset")}
    return shapes


class Known:
    """What was learned beside the network; of this class: nothing, so that the network's outputs judge alone."""

    def judged(self, network: EdgeNetwork, x: Matrix, events: Sequence[Event]) -> tuple[Matrix, Matrix]:
        """Return the logits [N] of the events, of which ``x`` [N, M] comes after the last layer, and the sequence's."""
        logits = logsumexp(network.outputs(x))
        return logits, network.pooled(logits)


class Next(Known, ABC):
    """What expects what follows an event; ``terms`` of novelty."""

    terms: LogTerms | TableTerms | None

    @abstractmethod
    def surprise(self, events: Sequence[Event], out: Outputs, attended: float) -> Matrix:
        """Return the surprise at what followed every event [N], 0 at the last; ``out``: outputs of some events [n, K]."""

    @abstractmethod
    def novelty(self, events: Sequence[Event]) -> Novelty | None:
        """Return what the terms of novelty say; None without terms."""

    def judged(self, network: EdgeNetwork, x: Matrix, events: Sequence[Event]) -> tuple[Matrix, Matrix]:
        """Return logits as `Known.judged` does."""
        surprise = self.surprise(events, lambda rows: network.outputs(x[rows]), network.config.judge.attended)
        usual, terms, novelty = float(network.arrays["usual"]), self.terms, self.novelty(events)
        if terms is None or novelty is None:
            return surprise - usual, network.pooled(surprise - usual)
        judged, above = np.zeros(len(surprise)), np.append(novelty.above[1:], 0.0)
        judged[:-1] = np.logaddexp(math.log(terms.weight) + terms.surprise.of(surprise)[:-1], novelty.own[1:]) + above[:-1]
        top = (judged - usual - above).max() + usual - math.log(len(judged))
        return judged - usual, np.asarray(np.logaddexp(top + math.log(terms.highest), novelty.whole))


@dataclass(frozen=True)
class NextKind(Next):
    """Counts of ``known`` kinds."""

    known: Expectation
    terms: LogTerms | None

    def surprise(self, events: Sequence[Event], out: Outputs, attended: float) -> Matrix:
        """Return -log of the probability of the kind that followed, by attention and counts."""
        kind, expected = self.known.kinds_of(events)[1:], self.known.probability(events)[1:]
        surprise = np.zeros(len(events))
        for start in range(0, len(kind), _SURPRISE_ROWS):
            rows = slice(start, min(start + _SURPRISE_ROWS, len(kind)))
            logits = out(rows)
            share = attended * sigmoid(logits[:, -1])
            chosen = np.exp(logits[np.arange(len(logits)), kind[rows]] - logsumexp(logits[:, :-1]))
            surprise[rows] = -np.log(np.maximum(share * chosen + (1.0 - share) * expected[rows], LEAST))
        return surprise

    def novelty(self, events: Sequence[Event]) -> Novelty | None:
        """Return what the terms of a log say."""
        return None if self.terms is None else self.terms.of(events, self.known)


@dataclass(frozen=True)
class NextRow(Next):
    """Forecasts of columns that have ``scales``."""

    scales: tuple[Scale, ...]
    terms: TableTerms | None

    def surprise(self, events: Sequence[Event], out: Outputs, attended: float) -> Matrix:
        """Return how far off the row that followed was."""
        measured = measure(self.scales, column_table(events, self.scales))
        deviation, recent = np.nan_to_num(measured.deviation)[1:], (measured.recent**2).mean(1)[1:]
        surprise = np.zeros(len(events))
        for start in range(0, len(deviation), _SURPRISE_ROWS):
            rows = slice(start, min(start + _SURPRISE_ROWS, len(deviation)))
            missed = ((deviation[rows] - out(rows)) ** 2).mean(1)
            surprise[rows] = STEEP * np.log(NOW * missed + (1.0 - NOW) * recent[rows] + LEAST)
        return surprise

    def novelty(self, events: Sequence[Event]) -> Novelty | None:
        """Return what the terms of a table say."""
        return None if self.terms is None else self.terms.of(wide_values_of(events, self.scales))


Selection = tuple[tuple[HeadSelection, ...], ...]
"""[layer][head]"""


@dataclass(frozen=True, slots=True)
class EdgeModel:
    """A model that decides with NumPy alone. ``weights_sha256``: the identity of the full model that decides the same; all
    other fields as in ``SparseMixModel``."""

    network: EdgeNetwork
    vocabulary: NDArray[np.uint32]
    calibration: tuple[float, float]
    reference: Matrix
    known: Known
    weights_sha256: str

    @classmethod
    def from_bytes(cls, data: bytes, weights_sha256: str) -> EdgeModel:
        """Read weights in the format of ``weights.packed``.

        Raises ``WeightsError`` when they are damaged or need what the edge cannot compute.
        """
        packed, metadata = weights.read(data)
        arrays = weights.unpacked(packed)
        try:
            config = SparseMixConfig.from_json(metadata["config"])
            refuse(config)
            parts = parts_of(config.judge, arrays)
            known = read_known(config.judge, parts, NextKind, NextRow) if config.judge.later else Known()
            vocabulary = arrays.pop("vocabulary").astype(np.uint32)
            scale, shift = arrays.pop("calibration").tolist()
            reference = arrays.pop("reference", np.zeros(0)).astype(np.float64)
        except (ConfigError, KeyError, ValueError, TypeError) as error:
            raise WeightsError(f"these are not weights of this version of SparseMix: {error}") from error
        return cls(EdgeNetwork(config, arrays), vocabulary, (scale, shift), reference, known, weights_sha256)

    @property
    def config(self) -> SparseMixConfig:
        """Return the configuration of the network."""
        return self.network.config

    def run(self, sequence: TokenSequence) -> tuple[Decision, Selection]:
        """Decide on a sequence, and return the decision and every selected pair as a trace stores it."""
        hashed = encode(sequence.events, self.config.features, self.config.judge.reading)
        x, selection = self.network.run(hashed)
        logits, pooled = self.known.judged(self.network, x, sequence.events)
        return self._decision(sequence, logits, pooled, self._likeliest_fault(x), selection[0]), selection

    def _decision(
        self,
        sequence: TokenSequence,
        logits: Matrix,
        pooled: Matrix,
        fault: tuple[str, float] | None,
        heads: Sequence[HeadSelection],
    ) -> Decision:
        config = self.config
        probability = float(sigmoid(pooled * self.calibration[0] + self.calibration[1]))
        return Decision(
            label="fault" if probability >= config.sequence_threshold else "normal",
            event_probability=sigmoid(logits).astype(np.float32),
            event_threshold=config.event_threshold,
            sequence_probability=probability,
            sequence_threshold=config.sequence_threshold,
            known_share=known_share(sequence.events, self.vocabulary, config.judge.reading),
            familiarity_floor=config.familiarity_floor,
            input_sha256=sequence.sha256,
            weights_sha256=self.weights_sha256,
            config_sha256=config.sha256,
            p_value=p_value_of(self.reference, float(pooled)),
            fault=fault,
            unlike=unlike_training(config.judge.selected, [len(head.key_index) for head in heads], len(sequence)),
        )

    def _likeliest_fault(self, x: Matrix) -> tuple[str, float] | None:
        classes = self.config.judge.classes
        if not classes:
            return None
        logits = self.network.pooled(self.network.outputs(x).T)
        share = np.exp(logits - logits.max())
        share /= share.sum()
        place = int(share.argmax())
        return classes[place], float(share[place])


def refuse(config: SparseMixConfig) -> None:
    """Raise ``ConfigError`` when the edge cannot decide with weights of this configuration."""
    if config.attention != "entmax15":
        raise ConfigError("a dense softmax model selects every pair: there is no selection to trace")
    if config.judge.by_itself:
        raise ConfigError("weights that judge a file by itself need libraries that the edge runtime does not have")
    if config.judge.evidence:
        raise ConfigError("these weights need the evidence of n-grams or columns, which the edge runtime cannot compute")
