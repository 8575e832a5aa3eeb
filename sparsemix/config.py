"""Configuration of a model, checked when it is built."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from sparsemix.encoding.encoder import EventReading
from sparsemix.encoding.entities import MOST_TYPES, EntityType
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError

ATTENTION_KINDS = ("entmax15", "softmax")
POOLINGS = ("max", "soft", "typical", "median")
QUANTILES = {"typical": 0.6, "median": 0.5}
"""Quantile of the event logits that a sequence is judged by, of two poolings."""
TASKS = ("label", "novelty")
LEAST = 1e-12
"""Least probability, and mean square, of which a logarithm is taken as surprise."""
STEEP = 4.0
"""Logits of surprise for every factor of e in a row's mean square."""
NOW = 0.1
"""A single row is noisy: this share of the mean square is its own, the rest comes from the last rows."""
MOST_CONTEXT, MOST_NEAR_MISSES = 64, 1000
"""Bounds of what weights from elsewhere can ask for: each event is read with its context, each query keeps its near misses."""


@dataclass(frozen=True, slots=True)
class SparseMixConfig:
    """Shape and policy of a model.

    Shape: ``features`` hash buckets of the encoder; ``d_model``, ``layers``, ``heads``, ``d_head``, ``d_ff`` as usual;
    ``attention`` "entmax15" (sparse) or "softmax" (its dense twin); ``local_window`` in events: pairs at most this far apart
    have the route "local"; ``near_misses`` logged per query.

    Policy: ``event_threshold`` and ``sequence_threshold``: probabilities from which an event or a sequence counts as faulty;
    ``familiarity_floor``: share of known words below which an input is unfamiliar; ``pooling``: a sequence's logit comes from
    its highest event logit ("max") or from all of them ("soft", "typical", "median": ``network.pooled``); ``task``: the
    probability of a fault as labelled ("label"), or of being less usual than normal data ("novelty"); ``false_alarms``: the
    share of normal sequences that was asked for when the threshold of novelty was chosen (0: not known).

    Reading: ``context``, ``scales``, ``of_file`` and ``entities``, see ``encoder.EventReading``; with ``entities``, the heads
    of the first layer match identifiers (``entity_attention``), or of a file that is judged by itself what its statistics match
    by.

    Expectation: ``kinds`` of events, one of which the network expects next, or ``forecast``: the network expects the columns of
    the next row. With neither, an event's logit depends on the event itself. ``attended`` in (0, 1]: factor on attention's
    share in the mixture with counts of events; ``terms``: whether the surprise is one of the terms of novelty
    (``priors.log_terms``, ``priors.table_terms``).

    Labels: ``classes``, the names of the faults to tell apart (empty: one kind of fault); ``located``: whether labels said
    which events are faulty, or only which sequences; ``evidence``: whether logits start from the evidence of n-grams, or of a
    table's columns.
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
    # From here on, fields are newer than some weights (``_LATER``).
    context: int = 1
    scales: tuple[Scale, ...] = ()
    pooling: str = "max"
    task: str = "label"
    kinds: int = 0
    forecast: bool = False
    classes: tuple[str, ...] = ()
    located: bool = True
    attended: float = 1.0
    evidence: bool = False
    of_file: bool = False
    entities: tuple[EntityType, ...] = ()
    terms: bool = False
    false_alarms: float = 0.0

    def __post_init__(self) -> None:
        for name in ("features", "d_model", "layers", "heads", "d_head", "d_ff", "context"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1")
        if self.attention not in ATTENTION_KINDS:
            raise ConfigError(f"attention must be one of {', '.join(ATTENTION_KINDS)}, not {self.attention!r}")
        if self.pooling not in POOLINGS or self.task not in TASKS:
            raise ConfigError(f"pooling must be one of {', '.join(POOLINGS)}, task one of {', '.join(TASKS)}")
        if self.kinds < 0 or (self.forecast and (self.kinds or not self.scales)):
            raise ConfigError("a network expects either kinds of events, or columns that have scales, not both")
        if self.classes and (self.expects or len(self.classes) < 2 or len(set(self.classes)) < len(self.classes)):
            raise ConfigError("classes need at least two different names, and come from labels")
        if not 0.0 < self.attended <= 1.0:
            raise ConfigError("attended must lie in (0, 1]")
        if self.evidence and (self.expects or self.task != "label" or self.pooling != "soft"):
            raise ConfigError("evidence needs labels of whole sequences and soft pooling")
        self._check_judging()
        if self.local_window < 0 or self.near_misses < 0:
            raise ConfigError("local_window and near_misses must not be negative")
        if self.context > MOST_CONTEXT or self.near_misses > MOST_NEAR_MISSES:
            raise ConfigError(f"context is at most {MOST_CONTEXT}, near_misses at most {MOST_NEAR_MISSES}")
        for name in ("event_threshold", "sequence_threshold", "familiarity_floor", "false_alarms"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} must lie in [0, 1]")

    def _check_judging(self) -> None:
        """Raise `ConfigError` where what events are judged by does not go together."""
        if self.of_file and (self.context > 1 or self.scales or self.expects or self.evidence):
            raise ConfigError("weights that judge a file by itself have no other reading and no expectation")
        if self.entities and (self.context > 1 or self.scales or len(self.entities) > MOST_TYPES):
            raise ConfigError(f"events are matched by at most {MOST_TYPES} types of identifiers, without another reading")
        if self.terms and not (self.expects and self.task == "novelty" and self.pooling == "max"):
            raise ConfigError("terms of novelty need a network that learned the normal course, judged by its highest event")

    @property
    def expects(self) -> bool:
        """Return whether an event is judged by the event or row that followed it."""
        return self.forecast or self.kinds > 0

    @property
    def outputs(self) -> int:
        """Return the outputs of the network's head. To expect events: a logit for every kind, one for all other kinds, and one
        for the share of attention beside the counts. To expect rows: a correction of every column's own forecast. To tell
        faults apart: a logit for every fault against "nothing is wrong"."""
        return self.kinds + 2 if self.kinds else len(self.scales) if self.forecast else max(1, len(self.classes))

    def verdict_word(self, *, faulty: bool) -> str:
        """Return what a verdict is called: without a label, a file can be called unusual, and not faulty."""
        if self.task == "novelty" or self.of_file:
            return "unusual" if faulty else "usual"
        return "fault" if faulty else "normal"

    @property
    def reading(self) -> EventReading:
        """Return how events are read before they are hashed.

        A forecast is judged by its deviation, not by how columns varied; and counts of the last events already cover their
        order. So a network that expects gets neither ``of_late`` nor ``in_order``.
        """
        labelled = not self.expects
        return EventReading(
            self.context,
            self.scales,
            of_late=bool(self.scales) and labelled,
            in_order=self.context > 1 and labelled,
            of_file=self.of_file,
            entities=self.entities,
        )

    @property
    def word_types(self) -> tuple[EntityType, ...]:
        """Return the types of words that events are matched by; none where a file is judged by itself."""
        return () if self.of_file else self.entities

    def to_json(self) -> str:
        """Return the canonical JSON: sorted keys, no spaces."""
        unused = {field.name for field in fields(self) if field.name in _LATER and getattr(self, field.name) == field.default}
        values = {name: value for name, value in asdict(self).items() if name not in unused}
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SparseMixConfig:
        """Read a configuration. Raises `ConfigError` for unknown or missing names and for contradictions."""
        try:
            values: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"the configuration is not JSON: {error}") from error
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not known - _LATER <= set(values) <= known:
            raise ConfigError("the configuration does not have exactly the fields of SparseMixConfig")
        scales, classes = (values.get(name, ()) for name in ("scales", "classes"))
        if not isinstance(classes, list | tuple) or not all(isinstance(name, str) for name in classes):
            raise ConfigError("the classes of the configuration are not names")
        try:
            read = {"scales": tuple(_scale(scale) for scale in scales), "classes": tuple(classes)}
            read["entities"] = tuple(_entity_type(kind) for kind in values.get("entities", ()))
            return cls(**values | read)
        except TypeError as error:
            raise ConfigError(f"the configuration holds a value of another type: {error}") from error

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()


_LATER = frozenset(field.name for field in fields(SparseMixConfig)[12:])
"""The fields from ``context`` on. The JSON leaves them out at their default, so that the identity of earlier weights does not
change."""


def _scale(values: dict[str, Any]) -> Scale:
    """Return a column's scale. Raises `ConfigError` when the values are no scale."""
    try:
        fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        return Scale(**fields)
    except (AttributeError, TypeError) as error:
        raise ConfigError(f"a column's scale is damaged: {error}") from error


def _entity_type(values: Any) -> EntityType:
    """Return a type of identifiers. Raises `ConfigError` when the values are none."""
    try:
        places, nearest = values["places"], values["nearest"]
        if set(values) != {"places", "nearest"} or type(nearest) is not int or not isinstance(places, list | tuple):
            raise TypeError("unknown fields")
        if not all(isinstance(place, str) for place in places):
            raise TypeError("a place is no text")
        return EntityType(tuple(places), nearest)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"a type of identifiers is damaged: {error}") from error
