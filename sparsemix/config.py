"""What a model is made of, checked when built."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from sparsemix.errors import ConfigError

ATTENTION_KINDS = ("entmax15", "softmax")


@dataclass(frozen=True, slots=True)
class SparseMixConfig:
    """Shape and policy of a model.

    ``features`` hash buckets of the encoder; ``d_model``, ``layers``, ``heads``, ``d_head``, ``d_ff`` as usual;
    ``attention`` "entmax15" (sparse) or "softmax" (its dense twin); ``local_window`` events: pairs at most this far apart are
    routed "local"; ``near_misses`` logged per query; ``event_threshold`` and ``sequence_threshold`` probabilities from which
    an event, a sequence counts as faulty; ``familiarity_floor``: share of known words below which an input is unfamiliar.
    """

    features: int = 4096
    d_model: int = 64
    layers: int = 2
    heads: int = 4
    d_head: int = 16
    d_ff: int = 128
    attention: str = "entmax15"
    local_window: int = 32
    near_misses: int = 3
    event_threshold: float = 0.5
    sequence_threshold: float = 0.5
    familiarity_floor: float = 0.9

    def __post_init__(self) -> None:
        for name in ("features", "d_model", "layers", "heads", "d_head", "d_ff"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1")
        if self.attention not in ATTENTION_KINDS:
            raise ConfigError(f"attention must be one of {', '.join(ATTENTION_KINDS)}, not {self.attention!r}")
        if self.local_window < 0 or self.near_misses < 0:
            raise ConfigError("local_window and near_misses must not be negative")
        for name in ("event_threshold", "sequence_threshold", "familiarity_floor"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} must lie in [0, 1]")

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SparseMixConfig:
        """Raises ConfigError on unknown or missing names and on contradictions."""
        try:
            values: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(f"the configuration is not JSON: {error}") from error
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != known:
            raise ConfigError("the configuration does not have exactly the fields of SparseMixConfig")
        return cls(**values)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()
