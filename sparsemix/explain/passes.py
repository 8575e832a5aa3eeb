"""`Pass`: a run under interventions, of which only the rows where something changes are computed.

Several interventions are computed together, each a run of its own: their rows are few, and one by one they would cost many
times as many small operations. Event e under the b-th intervention has the number b N + e.

Axis letters: N events, H heads, D head dimension, M model dimension, R rows computed anew, C changed events, P pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.entmax import segment_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.errors import ExplanationError
from sparsemix.explain.edited import Edited, edited
from sparsemix.explain.intervention import Intervention, Outcome, Pair, RowSelection
from sparsemix.explain.layer_state import LayerState, Nearest, logged

if TYPE_CHECKING:
    from sparsemix.explain.rerun import Rerun

# From this many rows on, a whole layer is faster.
_MANY_ROWS = 1000
# Bytes of logits that one chunk of rows may hold. A quarter of it takes a fifth longer at 100,000 events: many small parts.
_CHUNK_BYTES = 64 * 2**20
# Room for rounding when a row is skipped because a key stays below its threshold: an extra row costs time but no exactness.
_SLACK = 1e-9
# No weight is above 1, so a key whose logit lies 2 or more below another's is not selected.
_IN_REACH = 2.0 + _SLACK
# A query whose logits may have moved further, or with more strong keys, looks at every key at once.
_MOVED, _MOST_KEYS = 6.0, 4096


class Pass:
    """One run under each of some interventions."""

    def __init__(
        self,
        base: Rerun,
        changes: Sequence[Intervention],
        targets: Sequence[int] | None,
        watch: tuple[int, ...] = (),
        *,
        alone: bool = False,
    ) -> None:
        """Take what is intervened on, and the event that each run is asked for; without ``targets`` there is one intervention.
        ``alone``: all events but the target stay as they were in the run."""
        self.base, self.changes, self.alone, self.length = base, changes, alone, base.trace.length
        self.targets = None if targets is None else np.arange(len(changes)) * self.length + np.array(targets, np.int64)
        # Rows that need the row-by-row computation, or whose selection the caller watches.
        self._single = changes[0].absent.union(watch)

    def run(self, changed: NDArray[np.int64], new: Tensor) -> Outcome:
        """Decide again with new embeddings ``new`` [C, M] of the events ``changed`` [C], sorted.

        Raises ``ExplanationError`` when a logit is not finite.
        """
        base, selections = self.base, []
        for index, state in enumerate(base.layers):
            last = index == len(base.layers) - 1
            changed, new, rows = self._layer(index, state, changed, new, self.targets if last or self.alone else None)
            selections.append(rows)
        logit = base.model.network.event_logits(new[None], base.following.at(changed % self.length))[0].numpy()
        if not np.isfinite(logit).all():
            raise ExplanationError("the intervention gives values that are not finite")
        return Outcome(changed, logit, tuple(selections))

    def _layer(
        self, index: int, state: LayerState, changed: NDArray[np.int64], new: Tensor, targets: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], Tensor, RowSelection]:
        """Return the rows whose output differs, their output [R, M] and their selection, given the changed inputs ``new``
        [C, M] of the events ``changed``."""
        layer, place, before = state.layer, torch.from_numpy(changed), (state.q, state.k, state.v)
        # Most interventions are on a pair of the last layer: in those before it nothing changes.
        heads, _, d = state.shape
        parts = layer.projected(new) if len(new) else [new.new_empty(heads, 0, d)] * 3
        q, k, v = (Edited(old, place, part) for old, part in zip(before, parts, strict=True))
        rows = self._affected(index, state, changed, k.new) if targets is None else targets
        if not len(rows):
            return rows, new[:0], self._few(index, state, rows, q, k, v)[1]
        compute = self._many if len(self.changes) == 1 and len(rows) > _MANY_ROWS else self._few
        mixed, selection = compute(index, state, rows, q, k, v)
        which = torch.from_numpy(rows)
        x = edited(state.x[which % self.length], which, place, lambda at: new[at])
        return rows, layer.after_mixing(x, mixed), selection

    def _few(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Edited, k: Edited, v: Edited
    ) -> tuple[Tensor, RowSelection]:
        """Return mixed values [H, R, D] and the selection of ``rows``, computed row by row from all keys."""
        heads, n, d = state.shape
        size = max(1, _CHUNK_BYTES // (8 * heads * (n + len(q.place))))
        mixed, parts = [state.x.new_zeros(heads, 0, d)], []
        for start in range(0, len(rows), size):
            some, row, key, weight = self._rows(index, state, rows[start : start + size], q, k, v)
            mixed.append(some)
            count = min(size, len(rows) - start)
            parts.append((row // count * len(rows) + start + row % count, key, weight))
        if not parts:
            nothing = np.zeros(0, np.int64)
            return mixed[0], RowSelection(rows, np.zeros(1, np.int64), nothing, nothing.astype(np.float64))
        owner, key, weight = (np.concatenate([part[i] for part in parts]) for i in range(3))
        return torch.cat(mixed, 1), RowSelection.of(rows, heads, owner, key, weight)

    def _many(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Edited, k: Edited, v: Edited
    ) -> tuple[Tensor, RowSelection]:
        """Compute a whole layer at once, which is faster for many rows, and one by one only the edited and the watched rows.

        The returned selection covers all rows, or only those computed one by one where the search does not give the others.
        """
        self.base.step()
        attention, change = state.layer.attention, self.changes[0]
        selection, whole = None, (q.whole(), k.whole(), v.whole())
        if change.frozen:
            mixed, _ = logged(state.layer, *whole, self.base.trace.heads[index], state.matches, change.absent)
        elif change.absent:
            mixed = attention.mix_without(*whole, change.absent, state.matches)
        else:
            mixed, pairs = attention.select(*whole, 0, matches=state.matches)
            selection = _of_heads(pairs)
        edited = {pair.query for pair in change.pairs if pair.layer == index} | self._single
        single = rows[np.isin(rows, np.fromiter(edited, np.int64, len(edited)))]
        some, singly = self._few(index, state, single, q, k, v)
        mixed = mixed.index_copy(1, torch.from_numpy(single), some)
        return mixed[:, torch.from_numpy(rows)], singly if selection is None else selection.with_rows(singly)

    def _affected(self, index: int, state: LayerState, changed: NDArray[np.int64], k: Tensor) -> NDArray[np.int64]:
        """Return the sorted rows of the layer that have to be computed anew, given the changed events' keys [H, C, D]."""
        rows = []
        for number, change in enumerate(self.changes):
            first = number * self.length
            own = slice(*np.searchsorted(changed, [first, first + self.length]).tolist())
            rows.append(first + self._affected_by(change, index, state, changed[own] - first, k[:, own]))
        return np.concatenate(rows)

    def _affected_by(
        self, change: Intervention, index: int, state: LayerState, changed: NDArray[np.int64], k: Tensor
    ) -> NDArray[np.int64]:
        edited = sorted({pair.query for pair in change.pairs if pair.layer == index})
        gone = change.absent.union(changed.tolist())
        if not gone:
            return np.array(edited, np.int64)
        n = self.length
        if len(changed) > _MANY_ROWS:
            return np.arange(n)
        touched, left = np.zeros((2, n), dtype=np.bool_)
        touched[changed] = touched[edited] = left[list(gone)] = True
        for head in self.base.trace.heads[index]:
            hit = np.flatnonzero(left[head.key_index])
            touched[np.searchsorted(head.query_ptr, hit, "right") - 1] = True
        every = torch.arange(n)
        for number, key in () if change.frozen else enumerate(changed.tolist()):
            self.base.step()
            # A changed key may now pass the threshold of a row that did not select it; rows that changed are touched anyway.
            z = torch.einsum("hnd,hd->hn", state.q.all, k[:, number]) + state.bias[:, key - every + n]
            # Matching is mutual: the gates to a key are those of its own row.
            z += state.layer.attention.gate_rows(np.array([key]), state.matches)[:, 0]
            touched |= (z / 2 > state.tau - _SLACK).any(0).numpy()
        return np.flatnonzero(touched)

    def _rows(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Edited, k: Edited, v: Edited
    ) -> tuple[Tensor, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return mixed values [H, R, D] of some rows, and their pairs: head * R + row, key, weight.

        No row looks at all keys where those that were the strongest in the run suffice: an unknown key counts only where its
        logit may pass the threshold that follows from the known ones."""
        self.base.step()
        attention, (heads, n, d), count = state.layer.attention, state.shape, len(rows)
        query = q.at(torch.from_numpy(rows))
        anchor = torch.einsum("hrd,hd->hr", query, attention.anchor_key).flatten()
        gone, added, forced = self._edits(index, rows, heads, k.place.numpy())
        left_out, every = np.concatenate([gone, added]), np.arange(heads * count)
        found, floor = self._likely(index, state, rows, query, q)
        while True:
            pair = np.sort(np.concatenate([found[~np.isin(found, left_out)], added]))
            owner, key = np.divmod(pair, n)
            head, row = np.divmod(owner, count)
            at, place = torch.from_numpy(head), torch.from_numpy(rows[row] // n * n + key)
            logit = (query.flatten(0, 1)[torch.from_numpy(owner)] * k.at(place, at)).sum(-1)
            for h, own in enumerate(head == h for h in range(heads)):
                bias = attention.pair_bias(h, rows[row[own]] % n, key[own], state.matches)
                logit[torch.from_numpy(own)] += torch.from_numpy(bias)
            owners = torch.from_numpy(np.concatenate([owner, every]))
            logit = torch.cat([logit, anchor])
            if len(forced):
                raised = torch.from_numpy(np.append(np.isin(pair, forced), np.zeros(len(every), np.bool_)))
                others = anchor.scatter_reduce(0, owners[~raised], logit[~raised], "amax")
                logit[raised] = torch.maximum(logit, others[owners])[raised]
            weight, tau = segment_entmax15(logit, owners, len(every))
            again = np.any(floor + _SLACK > 2.0 * tau.view(heads, count).numpy(), 0)
            if not again.any():
                break
            some = np.flatnonzero(again)
            never = _of_rows(left_out, n, count, some)
            keys = state.nearest(query[:, torch.from_numpy(some)], rows[some] % n, _IN_REACH, never)
            found = np.concatenate([found[~again[found // n % count]], *_numbered(keys, n, count, some.tolist())])
            floor[:, again] = -np.inf
        weights = weight[: len(pair)].numpy()
        chosen = np.flatnonzero(weights)
        owner, key, some_of = owner[chosen], key[chosen], torch.from_numpy(chosen)
        values = v.at(place[some_of], at[some_of]) * weight[some_of, None]
        mixed = (attention.anchor_value[:, None] * weight[len(pair) :].view(heads, count, 1)).flatten(0, 1)
        mixed = mixed.scatter_add(0, owners[some_of, None].expand(-1, d), values)
        return mixed.view(heads, count, d), owner, key, weights[chosen]

    def _edits(
        self, index: int, rows: NDArray[np.int64], heads: int, changed: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs of some rows, each as (head * R + row) * N + key: those that are no candidates, those that are whatever
        they were in the run, and which of these are forced in."""
        n, count = self.length, len(rows)
        event, gone, added, forced = rows % n, [rows[:0]], [rows[:0]], [rows[:0]]

        def numbered(pairs: Iterable[Pair], own: NDArray[np.int64]) -> NDArray[np.int64]:
            here = [pair for pair in pairs if pair.layer == index and pair.query in event[own]]
            place = np.searchsorted(event[own], [pair.query for pair in here])
            owner = np.array([pair.head for pair in here], np.int64) * count + own[place]
            return owner * n + np.array([pair.key for pair in here], np.int64)

        for number in np.unique(rows // n).tolist():
            change, own = self.changes[number], np.flatnonzero(rows // n == number)
            owner = np.arange(heads)[:, None, None] * count + own[:, None]
            absent = np.array(sorted(change.absent), np.int64)
            # An event stays a candidate of its own query, or it would lose its own content.
            away = np.broadcast_to(event[own][:, None] != absent, (heads, len(own), len(absent)))
            gone += [numbered(change.removed, own), (owner * n + absent)[away]]
            forced.append(numbered(change.forced, own))
            if not change.frozen:
                new = changed[slice(*np.searchsorted(changed, [number * n, (number + 1) * n]).tolist())] - number * n
                added.append((owner * n + new).ravel())
        never, raised = np.concatenate(gone), np.concatenate(forced)
        return never, np.union1d(np.setdiff1d(np.concatenate(added), never), raised), raised

    def _likely(
        self, index: int, state: LayerState, rows: NDArray[np.int64], query: Tensor, q: Edited
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the pairs of some rows that are likely to be selected, each as (head * R + row) * N + key, and above which
        logit [H, R] no other pair lies: those of the trace where no other may come in, or the strongest of the run."""
        heads, n, _ = state.shape
        event, count = rows % n, len(rows)
        frozen = np.array([self.changes[number].frozen for number in (rows // n).tolist()])
        # No logit rises by more than the query moved, times the longest key.
        moved = np.zeros((heads, count))
        if len(q.place) and not state.matched:
            moved = ((query - q.rows.at(torch.from_numpy(event))).norm(dim=-1) * state.longest[:, None]).numpy()
        fixed, near = np.flatnonzero(frozen), np.flatnonzero(~frozen & (moved < _MOVED).all(0))
        strongest = self.base.strongest(index, event[near])
        found, floor = [rows[:0]], np.where(frozen, -np.inf, np.full((heads, count), np.inf))
        for row, keys in zip(near.tolist(), strongest, strict=True):
            if len(keys[0]) <= _MOST_KEYS:
                found += _numbered([keys], n, count, [row])
                floor[:, row] = keys[2] + moved[:, row]
        for h, selection in enumerate(self.base.trace.heads[index]):
            counts, places = selection.pairs_of_all(event[fixed])
            found.append((h * count + np.repeat(fixed, counts)) * n + selection.key_index[places])
        return np.concatenate(found), floor


def _numbered(keys: Sequence[Nearest], n: int, count: int, rows: Sequence[int]) -> list[NDArray[np.int64]]:
    """Return head and key of the pairs of some of R = ``count`` rows as (head * R + row) * N + key."""
    return [(head * count + row) * n + key for row, (head, key, _) in zip(rows, keys, strict=True)]


def _of_rows(pair: NDArray[np.int64], n: int, count: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of the pairs of R = ``count`` rows that belong to some ``rows``, numbered among these."""
    head, row = np.divmod(pair // n, count)
    own = np.isin(row, rows)
    return np.asarray((head * len(rows) + np.searchsorted(rows, row))[own] * n + pair[own] % n)


def _of_heads(pairs: list[HeadPairs]) -> RowSelection:
    """Return the selection of every row of a layer."""
    n = len(pairs[0].threshold)
    starts = np.cumsum([0] + [len(head.key) for head in pairs])
    pointer = np.concatenate(
        [head.pointer[:-1] + start for head, start in zip(pairs, starts[:-1], strict=True)] + [starts[-1:]]
    )
    key = np.concatenate([head.key for head in pairs]).astype(np.int64)
    return RowSelection(np.arange(n), pointer, key, np.concatenate([head.weight for head in pairs]))
