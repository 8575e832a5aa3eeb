"""The questions that every judge answers, and the answers of most."""

from __future__ import annotations

from typing import Any, Self

from sparsemix.encoding.encoder import PLAIN, EventReading
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges.usual_selection import UsualSelection

QUANTILES = {"typical": 0.6, "median": 0.5}
"""Quantile of the event logits that a sequence is judged by, of two poolings."""
_PARTS = ("expectation", "evidence", "behaviour", "novelty")
POOLINGS = ("max", "soft", *QUANTILES)


class Judge:
    """What events are judged by.

    ``name``: what records call it; ``task``: the probability of a fault as labelled ("label"), or of being less usual than
    normal data ("novelty"); ``chosen_by``: what chooses it in the JSON of a configuration; ``words`` for a verdict without and
    with a fault; ``by_itself``: whether a file is judged by nothing but itself; ``later``: how many events after an event the
    one lies that its logit is about, 1 for what followed it, 0 for itself.

    ``context``, ``scales`` and ``entities``: see ``encoder.EventReading``; with ``entities``, the heads of the first layer
    match by them (``entity_attention``), and ``selected`` is how many keys these select in files like those of training; none
    in weights of earlier versions. ``pooling``: a sequence's logit comes from its highest event logit ("max") or from all
    of them ("soft", "typical", "median": ``network.pooled``).

    ``classes``: the names of the faults that are told apart; ``located``: whether labels said which events are faulty, or only
    which sequences; ``evidence``: whether logits start from the evidence of n-grams or columns. ``kinds``: the number
    of kinds of events, one of which the network expects next; ``terms``: whether the surprise is one of the terms of novelty;
    ``attended`` in (0, 1]: factor on attention's share in a mixture with counts of events;
    ``false_alarms``: the share of normal sequences that was asked for when the threshold was chosen, 0 where none was.
    """

    __slots__ = ()
    name: str = "label"
    task: str = "label"
    chosen_by: tuple[tuple[str, object], ...] = ()
    words: tuple[str, str] = ("normal", "fault")
    by_itself: bool = False
    later: int = 0
    context: int = 1
    scales: tuple[Scale, ...] = ()
    entities: tuple[EntityType, ...] = ()
    selected: tuple[UsualSelection, ...] = ()
    pooling: str = "max"
    classes: tuple[str, ...] = ()
    located: bool = True
    evidence: bool = False
    kinds: int = 0
    terms: bool = False
    attended: float = 1.0
    false_alarms: float = 0.0

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS:
            raise ConfigError(f"pooling must be one of {', '.join(POOLINGS)}, not {self.pooling!r}")
        self.reading.check()

    @property
    def outputs(self) -> int:
        """Return the number of outputs of the network's head."""
        return 1

    @property
    def reading(self) -> EventReading:
        """Return how events are read before they are hashed."""
        return PLAIN

    def learned(self, false_alarms: float) -> Self:
        """Return the judge after training, which asked for this share of ``false_alarms``."""
        return self

    @property
    def word_types(self) -> tuple[EntityType, ...]:
        """Return the types of words that events are matched by."""
        return self.entities

    @property
    def not_vouched(self) -> str:
        """Say what weights of an earlier version cannot vouch for; empty where they vouch for all."""
        if not self.entities or self.by_itself or self.selected:
            return ""
        return (
            "these weights match lines by identifiers that look as in training, and cannot tell whether those of a file do: "
            "do not rely on them where names look different, or train anew"
        )

    def verdict_word(self, *, faulty: bool) -> str:
        """Return what a verdict is called: without labels of the plant, a file can be called unusual, and not faulty."""
        return self.words[faulty]


def parts_of(judge: Judge, arrays: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Take what was learned beside the network out of ``arrays`` of a weights file, by part and name. Raises `WeightsError`
    unless it is what the judge needs."""
    parts: dict[str, dict[str, Any]] = {}
    for name in list(arrays):
        part, _, column = name.partition(".")
        if part in _PARTS:
            parts.setdefault(part, {})[column] = arrays.pop(name)
    evidence = "evidence" in parts or "behaviour" in parts
    if (evidence, "expectation" in parts, "novelty" in parts) != (judge.evidence, judge.kinds > 0, judge.terms):
        raise WeightsError("the expectation, the evidence or the terms of novelty do not fit the configuration")
    return parts
