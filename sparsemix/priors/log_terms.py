"""Terms of novelty of a log besides the surprise: what no normal log showed, and what occurs more or less often than usual.

| Of an event | Statistic |
|---|---|
| ``kind``, ``pair``, ``triple`` | how rare the event's kind is, and the two and the three kinds that end with it |
| ``burst`` | how often its kind occurs in the last 64 events, against the most that a normal log had |

| Of a sequence | Statistic |
|---|---|
| ``unseen`` | events of kinds that no normal log had |
| ``unseen_pairs`` | pairs of kinds in a row that no normal log had |
| ``rates`` | how unusual the numbers of events of each kind are, on both sides |
| ``counts`` | how rare it is that a sequence has just these numbers of events of each kind |

Each becomes -log of the share of normal events or sequences that are as far out (``tails``), judged by counts of other
sequences. How rare a thing looks grows with how much was counted, so statistics by counts of some of the sequences are computed
as if all had been counted (``Rates.of_all``). An event of a kind that was never seen lies above all others. A sequence shorter
than any normal one may still grow, so nothing counts as missing from it. The numbers of all kinds together say much where short
sequences are alike, such as the lines of one request; where no two sequences are, they say nothing (Xu et al. 2009, "Detecting
large-scale system problems by mining console logs", SOSP, judge by the same numbers).

Axis letters: N events, K kinds, E entries of the table of rates, V different numbers of events of all kinds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError
from sparsemix.priors import tails
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.tails import NormalTail, Novelty, Values

EVENT_TERMS = ("kind", "pair", "triple", "burst")
SEQUENCE_TERMS = ("unseen", "unseen_pairs", "rates", "counts")
# How likely a fault shows itself in the surprise, then in each term of an event.
EVENT_WEIGHTS = (0.4, 0.15, 0.15, 0.15, 0.15)
# The same for the highest event, then for each term of a sequence.
SEQUENCE_WEIGHTS = (0.4, 0.15, 0.15, 0.15, 0.15)
_RECENT = 64
MOST_SURPRISE = 28.0
"""Above the network's largest surprise: it takes no probability for less than 1e-12."""
_SHIFT = np.int64(2**32)
_RATE_COLUMNS = ("most", "kind", "count", "sequences", "together", "alike")
# Weights are to stay a file that can be handed on: 16 bytes each.
_MOST_TOGETHER = 200_000

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rates:
    """How often the known kinds occur in normal sequences. ``most`` int64 [K]: in 64 events in a row at most; a table of which
    ``kind`` occurred how often (``count``, at least once) in how many ``sequences``, int64 [E], ascending by kind and count;
    ``together`` int64 [V]: hashes of the numbers of events of all kinds of a sequence, ascending, and how many sequences were
    ``alike`` in them [V], the 200,000 most frequent: others count as never seen; ``total`` number of sequences, and the length
    of the ``shortest``. ``of_all``: the part of all sequences that was counted, below 1 only while terms are fitted. Raises
    `WeightsError` when damaged."""

    most: Counts
    kind: Counts
    count: Counts
    sequences: Counts
    together: Counts
    alike: Counts
    total: int
    shortest: int
    of_all: float = 1.0

    def __post_init__(self) -> None:
        same = len({self.kind.shape, self.count.shape, self.sequences.shape}) == 1 and self.kind.ndim == self.most.ndim == 1
        if not same or self.total < 1 or self.shortest < 0 or (self.most < 0).any():
            raise WeightsError("the rates of kinds are damaged")
        if len(self.kind) and (
            (np.diff(self.kind * _SHIFT + self.count) <= 0).any()
            or self.kind.min() < 0
            or self.kind.max() >= len(self.most)
            or min(self.count.min(), self.sequences.min()) < 1
            or max(self.count.max(), self.kind.max()) >= _SHIFT // 2
            or np.bincount(self.kind, self.sequences).max() > self.total
        ):
            raise WeightsError("the rates of kinds are damaged")
        # Compared, not subtracted: hashes lie further apart than a number of 64 bits can say.
        ordered = self.together.ndim == 1 and bool((self.together[1:] > self.together[:-1]).all())
        if self.together.shape != self.alike.shape or not ordered or (self.alike < 1).any() or self.alike.sum() > self.total:
            raise WeightsError("the rates of kinds are damaged")

    def rarity(self, place: Counts) -> float:
        """Return how rare it is that a sequence has just as many events of each kind, ``place`` [N], as a logarithm; 0 for one
        that may still grow."""
        if len(place) < self.shortest:
            return 0.0
        hashed = _together(place)
        at = int(np.searchsorted(self.together, hashed))
        alike = int(self.alike[at]) if at < len(self.together) and int(self.together[at]) == hashed else 0
        return math.log((self.total / self.of_all + 1.0) / (alike / self.of_all + 0.5))

    def oddity(self, occurred: Counts) -> float:
        """Return how unusual the numbers of events of each kind are, ``occurred`` [K], as the logarithm of a sum over kinds."""
        at_most = self._at_most(occurred)
        at_least = self.total - self._at_most(occurred - 1)
        side = np.minimum(at_least, at_most) if occurred.sum() >= self.shortest else at_least
        p = np.minimum(1.0, 2.0 * (side / self.of_all + 0.5) / (self.total / self.of_all + 1.0))
        return float(np.log((1.0 / p).sum()))

    def _at_most(self, occurred: Counts) -> Counts:
        """Return in how many normal sequences each kind occurred at most so often [K]."""
        every = np.arange(len(self.most))
        running = np.append(0, np.cumsum(self.sequences))
        key = self.kind * _SHIFT + self.count
        start, end = (running[np.searchsorted(key, (every + more) * _SHIFT)] for more in (0, 1))
        upto = running[np.searchsorted(key, every * _SHIFT + np.maximum(occurred, 0), "right")]
        return np.where(occurred < 0, 0, self.total - (end - start) + upto - start)


@dataclass(frozen=True, slots=True)
class LogTerms:
    """The terms of a log: ``rates``; tails of the ``surprise``, of the terms of ``events`` and of ``sequences``; weights of the
    surprise and the terms of events, and of the highest event and the terms of sequences."""

    rates: Rates
    surprise: NormalTail
    events: tuple[NormalTail, ...]
    sequences: tuple[NormalTail, ...]
    event_weights: Values
    sequence_weights: Values

    def __post_init__(self) -> None:
        sizes = ((self.event_weights, self.events, EVENT_TERMS), (self.sequence_weights, self.sequences, SEQUENCE_TERMS))
        for weights, parts, names in sizes:
            tails.check_weights(weights, len(names) + 1)
            if len(parts) != len(names):
                raise WeightsError("the terms of novelty are damaged")

    @property
    def weight(self) -> float:
        """Return the weight of the surprise among the terms of an event."""
        return float(self.event_weights[0])

    @property
    def highest(self) -> float:
        """Return the weight of the highest event among the terms of a sequence."""
        return float(self.sequence_weights[0])

    def of(self, events: Sequence[Event], counted: Expectation) -> Novelty:
        """Return what the terms say of a sequence, by counts whose known kinds are those of the rates."""
        of_events, of_sequence = statistics(events, counted, self.rates)
        depths = np.stack([tail.of(values) for tail, values in zip(self.events, of_events, strict=True)])
        whole = np.array([tail.of(np.array(value)) for tail, value in zip(self.sequences, of_sequence, strict=True)])
        unseen = counted.kinds_of(events) == len(counted.known)
        # A weighted mean of probabilities is never below the smallest of them.
        rarest = math.log(2.0 * (_all_events(counted) / self.rates.of_all + 1.0))
        largest = (MOST_SURPRISE, rarest, rarest, rarest, math.log(_RECENT + 1.0))
        ends = zip((self.surprise, *self.events), largest, strict=True)
        highest = max(float(tail.of(np.array(value))) for tail, value in ends)
        return Novelty(
            tails.combined(depths, self.event_weights[1:]),
            np.where(unseen, highest, 0.0),
            float(tails.combined(whole, self.sequence_weights[1:])),
        )


def statistics(events: Sequence[Event], counted: Expectation, rates: Rates) -> tuple[tuple[Values, ...], tuple[float, ...]]:
    """Return the statistics of events, each [N], and of the sequence, in the order of the terms."""
    place = counted.kinds_of(events)
    known = place < len(counted.known)
    counts = counted.counts(events, 3)
    rare = [np.log((_all_events(counted) / rates.of_all + 1.0) / (count / rates.of_all + 0.5)) for count in counts]
    most = np.append(rates.most, 0)[place]
    burst = np.log((_recent(place) + 1.0) / (most + 1.0))
    oddity = rates.oddity(np.bincount(place[known], minlength=len(counted.known)))
    return (*rare, burst), (float((~known).sum()), float((counts[1] == 0).sum()), oddity, rates.rarity(place))


def rates_of(sequences: Sequence[Sequence[Event]], known: Expectation, every: int | None = None) -> Rates:
    """Count how often the ``known`` kinds occur in normal ``sequences``, which are some of ``every`` so many, or all."""
    most = np.zeros(len(known.known) + 1, np.int64)
    entries, hashes = [], []
    for events in sequences:
        place = known.kinds_of(events)
        hashes.append(_together(place))
        np.maximum.at(most, place, _recent(place))
        kind, count = np.unique(place[place < len(known.known)], return_counts=True)
        entries.append(kind * _SHIFT + count)
    key, times = np.unique(np.concatenate([np.zeros(0, np.int64), *entries]), return_counts=True)
    shortest = min((len(events) for events in sequences), default=0)
    together, alike = np.unique(np.array(hashes, np.int64), return_counts=True)
    kept = np.sort(np.argsort(-alike, kind="stable")[:_MOST_TOGETHER])
    total = max(len(sequences), 1)
    share = total / (every or total)
    return Rates(most[:-1], key // _SHIFT, key % _SHIFT, times, together[kept], alike[kept], total, shortest, share)


def fit(
    rates: Rates, surprise: Values, of_events: Sequence[Values], of_sequences: Sequence[Values], *, whole: bool
) -> LogTerms:
    """Fit the tails on statistics of normal events [N] and sequences [S]; ``whole``: sequences are judged as wholes, not by
    their highest event alone."""
    weights = SEQUENCE_WEIGHTS if whole else (1.0,) + (0.0,) * len(SEQUENCE_TERMS)
    return LogTerms(
        rates,
        tails.fit(surprise),
        tuple(tails.fit(values) for values in of_events),
        tuple(tails.fit(values) for values in of_sequences),
        np.array(EVENT_WEIGHTS),
        np.array(weights),
    )


def _together(place: Counts) -> int:
    """Return a hash of the numbers of events of each kind."""
    kinds, count = np.unique(place, return_counts=True)
    content = np.stack([kinds, count]).astype("<i8").tobytes()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little", signed=True)


def _all_events(counted: Expectation) -> int:
    """Return how many events were counted: the context without any kind precedes all of them."""
    return int(counted.before.total.max(initial=0))


def _recent(place: Counts) -> Counts:
    """Return how often every event's kind occurs in the last 64 events, the event included [N]."""
    order = np.argsort(place, kind="stable")
    key = place[order].astype(np.int64) * _SHIFT + order
    first = np.searchsorted(key, key - (_RECENT - 1))
    # Keys of a smaller kind lie far below.
    recent = np.empty(len(place), np.int64)
    recent[order] = np.arange(len(place)) - first + 1
    return recent


def pack(terms: LogTerms) -> dict[str, NDArray[np.int64] | Values]:
    """Return the terms as arrays for safetensors."""
    columns: dict[str, NDArray[np.int64] | Values] = {f"rates.{name}": getattr(terms.rates, name) for name in _RATE_COLUMNS}
    columns["rates.sizes"] = np.array([terms.rates.total, terms.rates.shortest], np.int64)
    columns |= {"surprise": tails.pack(terms.surprise), "weights.events": terms.event_weights}
    columns |= {f"events.{name}": tails.pack(tail) for name, tail in zip(EVENT_TERMS, terms.events, strict=True)}
    columns |= {f"sequences.{name}": tails.pack(tail) for name, tail in zip(SEQUENCE_TERMS, terms.sequences, strict=True)}
    return columns | {"weights.sequences": terms.sequence_weights}


def unpack(columns: dict[str, NDArray[np.int64] | Values], kinds: int) -> LogTerms:
    """Read what ``pack`` returned, for a known number of ``kinds``. Raises `WeightsError` for anything else."""
    try:
        most, *table = (columns[f"rates.{name}"].astype(np.int64) for name in _RATE_COLUMNS)
        kind, count, sequences, together, alike = table
        total, shortest = columns["rates.sizes"].tolist()
        terms = LogTerms(
            Rates(most, kind, count, sequences, together, alike, int(total), int(shortest)),
            tails.unpack(columns["surprise"].astype(np.float64)),
            tuple(tails.unpack(columns[f"events.{name}"].astype(np.float64)) for name in EVENT_TERMS),
            tuple(tails.unpack(columns[f"sequences.{name}"].astype(np.float64)) for name in SEQUENCE_TERMS),
            columns["weights.events"].astype(np.float64),
            columns["weights.sequences"].astype(np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"the terms of novelty are damaged: {error}") from error
    if len(terms.rates.most) != kinds or len(columns) != len(pack(terms)):
        raise WeightsError("the terms of novelty do not fit the known kinds")
    return terms
