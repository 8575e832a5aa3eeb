"""Configuration of a model, checked when it is built."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from sparsemix import judges
from sparsemix.errors import ConfigError
from sparsemix.judges import Judges, Labelled

ATTENTION_KINDS = ("entmax15", "softmax")
LABELLED = Labelled()
MOST_NEAR_MISSES = 1000
"""Bound of what weights from elsewhere can ask for: each query keeps its near misses."""


@dataclass(frozen=True, slots=True)
class SparseMixConfig:
    """Shape and policy of a model, and its ``judge``: what its events are judged by (``judges``).

    Shape: ``features`` hash buckets of the encoder; ``d_model``, ``layers``, ``heads``, ``d_head``, ``d_ff`` as usual;
    ``attention`` "entmax15" (sparse) or "softmax" (its dense twin); ``local_window`` in events: pairs at most this far apart
    have the route "local"; ``near_misses`` logged per query.

    Policy: ``event_threshold`` and ``sequence_threshold``: probabilities from which an event or a sequence counts as faulty;
    ``familiarity_floor``: share of known words below which an input is unfamiliar.
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
    judge: Judges = LABELLED

    def __post_init__(self) -> None:
        for name in ("features", "d_model", "layers", "heads", "d_head", "d_ff"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1")
        if self.attention not in ATTENTION_KINDS:
            raise ConfigError(f"attention must be one of {', '.join(ATTENTION_KINDS)}, not {self.attention!r}")
        if self.local_window < 0 or not 0 <= self.near_misses <= MOST_NEAR_MISSES:
            raise ConfigError(f"local_window and near_misses must not be negative, near_misses be at most {MOST_NEAR_MISSES}")
        for name in ("event_threshold", "sequence_threshold", "familiarity_floor"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} must lie in [0, 1]")

    def to_json(self) -> str:
        """Return the canonical JSON: sorted keys, no spaces, the judge's settings beside the others."""
        values = asdict(self) | judges.written(self.judge)
        del values["judge"]
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SparseMixConfig:
        """Read a configuration. Raises `ConfigError` for unknown or missing names and for contradictions."""
        try:
            values: dict[str, Any] = json.loads(text)
            own = {field.name: values.pop(field.name) for field in fields(cls) if field.name != "judge"}
            return cls(**own, judge=judges.read(values))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"the configuration is not JSON: {error}") from error
        except (AttributeError, KeyError, TypeError) as error:
            raise ConfigError(f"the configuration lacks a value, or holds one of another type: {error}") from error

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()
