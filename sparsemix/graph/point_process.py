"""Which kinds of events lead to which by their times alone: a Hawkes process, in which every event raises the rate of others.

    process = fit(times, kinds, sources, names)
    for lead in process.leads():
        process.names[lead.earlier], process.names[lead.later], lead.explained, lead.gain

The rate of kind j at a source is a background plus, for every earlier event there of kind i, the sum over scales s of
a_ijs exp(-lag / s) / s (Hawkes 1971, "Spectra of some self-exciting and mutually exciting point processes"). Earlier events of
all kinds, its own included, and the background compete for the explanation of every event, so that what merely comes at the
same time gets little: that is where counting how often one kind comes before another goes wrong. The background of a kind at a
source is constant in each of up to 20 parts of the time, so that kinds that are frequent in the same weeks do not explain each
other. The fit is expectation maximisation (Veen and Schoenberg 2008, "Estimation of space-time branching process models"), with
sums of exponentials that go from event to event, so that no pairs are stored and no lag is cut off.

Events of the same time come before each other: neither is known to be first. They count in both directions.

Axis letters: N events, K kinds, S scales.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from sparsemix.errors import InputError

MOST_KINDS = 64
"""So many kinds are told apart, the most frequent ones; the others are one kind more."""
MOST_EVENTS = 200_000
"""Of more events, the last ones are read."""
OTHERS = "..."
_SCALES = 6
_STEPS = 40
_START = 0.01
# Most parts of the time with a background of their own, and how many events a kind has in a part of a source on average.
_PARTS, _EVENTS_A_PART = 20, 5
_LEAST_EVENTS = 20
_LEVEL = 0.05
_LEAST_LEFT = 1e-9
_AT_ONCE = 2**13  # events
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lead:
    """An edge: places of the ``earlier`` and the ``later`` kind.

    ``explained``: how many later events the earlier kind explains, a sum of probabilities, and ``share`` of all later events;
    ``reverse``: how many the opposite edge explains; ``gain``: by how much the logarithm of the likelihood of all events falls
    without the edge, all else as it was fitted; ``lift``: how much more of its influence is there when a later event comes than
    when any event comes; ``lag_low``, ``lag_median`` and ``lag_high``: quartiles of the lag, in the unit of the times.
    """

    earlier: int
    later: int
    explained: float
    share: float
    reverse: float
    gain: float
    lift: float
    lag_low: float
    lag_median: float
    lag_high: float


@dataclass(frozen=True, slots=True, eq=False)
class PointProcess:
    """A fit: ``names`` and ``counts`` of kinds [K]; ``scales`` [S] in the unit of the times; ``explained`` [K, K, S], later
    events by earlier kind, later kind and scale; ``gain`` and ``lift`` [K, K]; ``background``: share of events that no
    earlier event explains; ``likelihood``: logarithm before every step."""

    names: tuple[str, ...]
    counts: Ints
    scales: Floats
    explained: Floats
    gain: Floats
    lift: Floats
    background: float
    likelihood: tuple[float, ...]

    def leads(self, least: float = 1.0) -> list[Lead]:
        """Return the edges without which the events are less likely, the strongest first.

        An edge is one of two different kinds, none of them ``OTHERS``, whose ``gain`` is above that of the opposite edge and
        above what a likelihood-ratio test at 95 % asks for, for all edges together (Bonferroni), and that explains at ``least``
        so many events. It is no such test: that would fit all else anew without the edge, which ``gain`` does not, so it is the
        larger. Where nothing leads to anything, some edges are named.
        """
        tests = max(1, len(self.names) * (len(self.names) - 1))
        named = (2.0 * self.gain > chdtri(1, _LEVEL / tests)) & (self.gain > self.gain.T)
        named &= self.explained.sum(2) >= least
        # Nobody can say what it would mean.
        others = [name == OTHERS for name in self.names]
        named[others] = named[:, others] = False
        np.fill_diagonal(named, False)
        earlier, later = np.nonzero(named)
        order = np.argsort(-self.gain[earlier, later], kind="stable")
        return [self._lead(int(earlier[place]), int(later[place])) for place in order]

    def _lead(self, earlier: int, later: int) -> Lead:
        by_scale = self.explained[earlier, later]
        total = float(by_scale.sum())
        low, median, high = (_lag(by_scale / total, self.scales, share) for share in (0.25, 0.5, 0.75))
        return Lead(
            earlier,
            later,
            total,
            total / int(self.counts[later]),
            float(self.explained[later, earlier].sum()),
            float(self.gain[earlier, later]),
            float(self.lift[earlier, later]),
            low,
            median,
            high,
        )


def fit(
    times: Floats, kinds: Ints, sources: Ints, names: Sequence[str], progress: Callable[[float], None] = lambda _share: None
) -> PointProcess:
    """Fit the process to events of ``times`` [N], in any unit, ``kinds`` [N], places in ``names``, and ``sources`` [N]; only
    events of one source lead to each other.

    Raises `InputError` for fewer than 20 events, or when all have the same time.
    """
    if len(times) < _LEAST_EVENTS:
        raise InputError(f"{len(times)} events are too few to tell what leads to what; 20 are needed", code="too_few_to_fit")
    order = np.lexsort((times, sources))
    if len(order) > MOST_EVENTS:
        last = np.argsort(times, kind="stable")[-MOST_EVENTS:]
        order = last[np.lexsort((times[last], sources[last]))]
    times, (kinds, names) = times[order], _frequent(kinds[order], names)
    _, sources = np.unique(sources[order], return_inverse=True)
    span = float(times.max() - times.min())
    if span <= 0.0:
        raise InputError("all events have the same time, so none leads to another", code="same_time")
    scales = _scales(times, sources, span)
    state = _states(times, kinds, sources, len(names), scales)
    return _Fit(times, kinds, sources, tuple(names), scales, state).fitted(progress)


class _Fit:
    """Expectation maximisation. ``state`` [N, K, S]: what earlier events of a kind have left at an event, by scale."""

    def __init__(
        self,
        times: Floats,
        kinds: Ints,
        sources: Ints,
        names: tuple[str, ...],
        scales: Floats,
        state: NDArray[np.float32],
    ) -> None:
        self._names, self._scales = names, scales
        self._count = np.bincount(kinds, minlength=len(names))
        cell = sources * len(names) + kinds
        parts = int(np.clip(len(kinds) / (_EVENTS_A_PART * len(np.unique(cell))), 1, _PARTS))
        # From its first to its last event, a source is there.
        begins = np.flatnonzero(np.r_[True, np.diff(sources) != 0])
        first, last = times[begins], times[np.r_[begins[1:], len(times)] - 1]
        length = np.maximum(last - first, scales[0])
        part = np.minimum((times - first[sources]) / length[sources] * parts, parts - 1).astype(np.int64)
        _, any_event, self._cell = np.unique(cell * parts + part, return_index=True, return_inverse=True)
        self._length = (length / parts)[sources[any_event]]
        self._state = state
        # By the kind of the later event, few enough at once that what is made of their states takes little memory.
        self._parts = [
            (kind, part)
            for kind in range(len(names))
            for of in (np.flatnonzero(kinds == kind),)
            for part in np.split(of, range(_AT_ONCE, len(of), _AT_ONCE))
        ]

    def fitted(self, progress: Callable[[float], None]) -> PointProcess:
        """Return the fit after 40 steps."""
        size, scales = len(self._names), len(self._scales)
        influence = np.full((size, size, scales), _START)
        base = np.bincount(self._cell) / (2.0 * self._length)
        likelihood = []
        for step in range(_STEPS):
            rate = self._rate(base, influence)
            integral = (base * self._length).sum() + (self._count[:, None, None] * influence).sum()
            likelihood.append(float(np.log(rate).sum() - integral))
            explained = np.zeros_like(influence)
            for kind, of in self._parts:
                explained[:, kind] += np.tensordot(1.0 / rate[of], self._state[of], 1)
            explained *= influence
            base = np.bincount(self._cell, base[self._cell] / rate) / self._length
            influence = explained / np.maximum(self._count, 1)[:, None, None]
            progress((step + 1) / _STEPS)
        gain, lift = self._gain_and_lift(base, influence)
        background = float((base * self._length).sum() / self._count.sum())
        return PointProcess(self._names, self._count, self._scales, explained, gain, lift, background, tuple(likelihood))

    def _rate(self, base: Floats, influence: Floats) -> Floats:
        rate: Floats = base[self._cell].astype(np.float64)
        for kind, of in self._parts:
            rate[of] += np.tensordot(self._state[of], influence[:, kind], 2)
        return rate

    def _gain_and_lift(self, base: Floats, influence: Floats) -> tuple[Floats, Floats]:
        rate = self._rate(base, influence)
        # Without the edge, its expected number of events is missing from the integral.
        gain = -self._count[:, None] * influence.sum(2)
        left = np.zeros_like(influence)
        for kind, of in self._parts:
            state = self._state[of]
            share = np.einsum("nks,ks->nk", state, influence[:, kind]) / rate[of][:, None]
            gain[:, kind] -= np.log(np.maximum(1.0 - share, _LEAST_LEFT)).sum(0)
            left[:, kind] += state.sum(0, dtype=np.float64)
        here = (influence * left).sum(2) / np.maximum(self._count, 1)
        usual = (influence * left.sum(1, keepdims=True)).sum(2) / len(rate)
        return gain, np.divide(here, usual, out=np.zeros_like(gain), where=usual > 0)


def _frequent(kinds: Ints, names: Sequence[str]) -> tuple[Ints, list[str]]:
    """Return the kinds as places among the frequent ones, and their names."""
    count = np.bincount(kinds, minlength=len(names))
    kept = np.sort(np.argsort(-count, kind="stable")[:MOST_KINDS])
    kept = kept[count[kept] > 0]
    place = np.full(len(names), len(kept))
    place[kept] = np.arange(len(kept))
    others = [OTHERS] if (count > 0).sum() > len(kept) else []
    return place[kinds], [*(names[kind] for kind in kept), *others]


def _scales(times: Floats, sources: Ints, span: float) -> Floats:
    """Return powers of ten from the shortest usual gap between two events of a source on, at most six and none above a tenth
    of the span."""
    gaps = np.diff(times)[np.diff(sources) == 0]
    gaps = gaps[gaps > 0]
    shortest = float(np.quantile(gaps, 0.01)) if len(gaps) else span
    first = float(np.floor(np.log10(shortest)))
    scales = np.float64(10.0) ** np.arange(first, first + _SCALES)
    return scales[: max(1, int((scales <= span / 10).sum()))]


def _states(times: Floats, kinds: Ints, sources: Ints, size: int, scales: Floats) -> NDArray[np.float32]:
    """Return for every event the sum over the other events of its source and of a kind that do not come after it, of
    exp(-lag / s) / s; float32 [N, K, S]."""
    state = np.zeros((len(times), size, len(scales)), np.float32)
    begins = np.flatnonzero(np.r_[True, (np.diff(times) != 0) | (np.diff(sources) != 0)])
    ends = np.r_[begins[1:], len(times)]
    now = np.zeros((size, len(scales)))
    before = 0
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if sources[begin] != sources[before]:
            now[:] = 0.0
        now *= np.exp((times[before] - times[begin]) / scales) if sources[begin] == sources[before] else 1.0
        np.add.at(now, kinds[begin:end], 1.0 / scales)
        state[begin:end] = now
        # Without its own part, of which rounding may leave less than nothing.
        state[np.arange(begin, end), kinds[begin:end]] = np.maximum(now[kinds[begin:end]] - 1.0 / scales, 0.0)
        before = begin
    return state


def _lag(weights: Floats, scales: Floats, share: float) -> float:
    """Return the lag that a ``share`` of a mixture of exponentials with these weights does not exceed, by bisection."""
    low, high = 0.0, float(scales[-1]) * 40.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if float((weights * -np.expm1(-middle / scales)).sum()) < share:
            low = middle
        else:
            high = middle
    return high
