"""EdgeModel: weights that decide and trace with NumPy alone.

    model = EdgeModel.from_bytes(data)
    decision, selection = model.run(read_path(Path("line4.log")))

It decides as ``SparseMixModel`` does with the weights of the same identity; tests compare them. It cannot compute the evidence
of n-grams or columns, and refuses weights that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.config import SparseMixConfig
from sparsemix.edge import weights
from sparsemix.edge.network import EdgeNetwork, Matrix, sigmoid
from sparsemix.encoding.encoder import encode, known_share
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.model.decision import Decision, p_value_of
from sparsemix.priors import expectation
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.terms import Terms, unpacked_terms
from sparsemix.trace.head_selection import HeadSelection

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
    expectation: Expectation | None
    terms: Terms | None
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
            expected_columns, term_columns = (
                {name.removeprefix(part): arrays.pop(name) for name in list(arrays) if name.startswith(part)}
                for part in ("expectation.", "novelty.")
            )
            expected = expectation.unpack(expected_columns) if expected_columns else None
            terms = unpacked_terms(term_columns, config)
            vocabulary = arrays.pop("vocabulary").astype(np.uint32)
            scale, shift = arrays.pop("calibration").tolist()
            reference = arrays.pop("reference", np.zeros(0)).astype(np.float64)
        except (ConfigError, KeyError, ValueError, TypeError) as error:
            raise WeightsError(f"these are not weights of this version of SparseMix: {error}") from error
        if config.kinds != (0 if expected is None else len(expected.known)):
            raise WeightsError("the expectation does not fit the configuration")
        return cls(EdgeNetwork(config, arrays), vocabulary, (scale, shift), reference, expected, terms, weights_sha256)

    @property
    def config(self) -> SparseMixConfig:
        """Return the configuration of the network."""
        return self.network.config

    def run(self, sequence: TokenSequence) -> tuple[Decision, Selection]:
        """Decide on a sequence, and return the decision and every selected pair as a trace stores it."""
        hashed = encode(sequence.events, self.config.features, self.config.reading)
        x, selection = self.network.run(hashed)
        logits, novelty = self.network.event_logits(x, sequence.events, self.expectation, self.terms)
        pooled = self.network.pooled_with(logits, novelty, self.terms)
        return self._decision(sequence, logits, pooled, self._likeliest_fault(x)), selection

    def _decision(self, sequence: TokenSequence, logits: Matrix, pooled: Matrix, fault: tuple[str, float] | None) -> Decision:
        config = self.config
        probability = float(sigmoid(pooled * self.calibration[0] + self.calibration[1]))
        return Decision(
            label="fault" if probability >= config.sequence_threshold else "normal",
            event_probability=sigmoid(logits).astype(np.float32),
            event_threshold=config.event_threshold,
            sequence_probability=probability,
            sequence_threshold=config.sequence_threshold,
            known_share=known_share(sequence.events, self.vocabulary),
            familiarity_floor=config.familiarity_floor,
            input_sha256=sequence.sha256,
            weights_sha256=self.weights_sha256,
            config_sha256=config.sha256,
            p_value=p_value_of(self.reference, float(pooled)),
            fault=fault,
        )

    def _likeliest_fault(self, x: Matrix) -> tuple[str, float] | None:
        if not self.config.classes:
            return None
        logits = self.network.pooled(self.network.outputs(x).T)
        share = np.exp(logits - logits.max())
        share /= share.sum()
        place = int(share.argmax())
        return self.config.classes[place], float(share[place])


def refuse(config: SparseMixConfig) -> None:
    """Raise ``ConfigError`` when the edge cannot decide with weights of this configuration."""
    if config.attention != "entmax15":
        raise ConfigError("a dense softmax model selects every pair: there is no selection to trace")
    if config.of_file:
        raise ConfigError("weights that judge a file by itself need libraries that the edge runtime does not have")
    if config.evidence:
        raise ConfigError("these weights need the evidence of n-grams or columns, which the edge runtime cannot compute")
