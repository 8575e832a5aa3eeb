"""`Pass`: one run under an intervention, of which only the rows where something changes are computed.

Axis letters: N events, H heads, D head dimension, M model dimension, R rows computed anew, C changed events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.entmax import segment_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.errors import ExplanationError
from sparsemix.explain.edited import Edited, edited
from sparsemix.explain.intervention import Intervention, Outcome, RowSelection
from sparsemix.explain.layer_state import LayerState, logged

if TYPE_CHECKING:
    from sparsemix.explain.rerun import Rerun

# From this many rows on, a whole layer is faster.
_MANY_ROWS = 1000
# Bytes of logits that one chunk of rows may hold.
_CHUNK_BYTES = 64 * 2**20
# Room for rounding when a row is skipped because a key stays below its threshold: an extra row costs time but no exactness.
_SLACK = 1e-9
# A query that moved looks at no more keys than these one by one; products with fewer keys would have other bits than those with
# all.
_MOST_KEYS, _LEAST_KEYS = 4096, 128


class Pass:
    """One run under an intervention."""

    def __init__(
        self, base: Rerun, intervention: Intervention, target: int | None, watch: tuple[int, ...], *, alone: bool = False
    ) -> None:
        """Take what is intervened on; ``alone``: all events but the target stay as they were in the run."""
        self.base, self.intervention, self.target, self.alone = base, intervention, target, alone
        # Rows that need the row-by-row computation, or whose selection the caller watches.
        self._single = intervention.absent.union(watch)

    def run(self, changed: NDArray[np.int64], new: Tensor) -> Outcome:
        """Decide again with new embeddings ``new`` [C, M] of the events ``changed`` [C], sorted.

        Raises ``ExplanationError`` when a logit is not finite.
        """
        base, selections = self.base, []
        for index, state in enumerate(base.layers):
            last = index == len(base.layers) - 1
            changed, new, rows = self._layer(index, state, changed, new, self.target if last or self.alone else None)
            selections.append(rows)
        logit = base.model.network.event_logits(new[None], base.following.at(changed))[0].numpy()
        if not np.isfinite(logit).all():
            raise ExplanationError("the intervention gives values that are not finite")
        return Outcome(changed, logit, tuple(selections))

    def _layer(
        self, index: int, state: LayerState, changed: NDArray[np.int64], new: Tensor, target: int | None
    ) -> tuple[NDArray[np.int64], Tensor, RowSelection]:
        """Return the rows whose output differs, their output [R, M] and their selection, given the changed inputs ``new``
        [C, M] of the events ``changed``."""
        layer, place, before = state.layer, torch.from_numpy(changed), (state.q, state.k, state.v)
        # Most interventions are on a pair of the last layer: in those before it nothing changes.
        heads, _, d = state.shape
        parts = layer.projected(new) if len(new) else [new.new_empty(heads, 0, d)] * 3
        q, k, v = (Edited(old, place, part) for old, part in zip(before, parts, strict=True))
        rows = self._affected(index, state, changed, k.new) if target is None else np.array([target])
        if not len(rows):
            return rows, new[:0], self._few(index, state, rows, q, k, v)[1]
        compute = self._many if len(rows) > _MANY_ROWS else self._few
        mixed, selection = compute(index, state, rows, q, k, v)
        which = torch.from_numpy(rows)
        return rows, layer.after_mixing(edited(state.x[which], which, place, lambda at: new[at]), [mixed]), selection

    def _few(
        self, index: int, state: LayerState, rows: NDArray[np.int64], q: Edited, k: Edited, v: Edited
    ) -> tuple[Tensor, RowSelection]:
        """Return mixed values [H, R, D] and the selection of ``rows``, computed row by row from all keys."""
        heads, n, d = state.shape
        size = max(1, _CHUNK_BYTES // (8 * heads * n))
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
        attention, change = state.layer.attention, self.intervention
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
        edited = {pair.query for pair in self.intervention.pairs if pair.layer == index}
        n = len(state.x)
        touched = np.zeros(n, dtype=np.bool_)
        touched[changed] = True
        touched[list(edited)] = True
        gone = self.intervention.absent.union(changed.tolist())
        if gone:
            left = np.zeros(n, dtype=np.bool_)
            left[list(gone)] = True
            for head in self.base.trace.heads[index]:
                hit = np.flatnonzero(left[head.key_index])
                touched[np.searchsorted(head.query_ptr, hit, "right") - 1] = True
        every = torch.arange(n)
        if len(changed) > _MANY_ROWS:
            return np.arange(n)
        for number, key in () if self.intervention.frozen else enumerate(changed.tolist()):
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
        """Return mixed values [H, R, D] of some rows, from all keys, and their pairs: head * R + row, key, weight."""
        self.base.step()
        attention = state.layer.attention
        heads, n, d = state.shape
        place = torch.from_numpy(rows)
        query = q.at(place)
        anchor = torch.einsum("hrd,hd->hr", query, attention.anchor_key)[..., None]
        known = self._known(index, state, rows, query, anchor, q, k)
        if known is None:
            bias = torch.stack([state.bias[:, n - one : 2 * n - one] for one in rows.tolist()], 1)
            parts, keys = [k.products(query), bias, attention.gate_rows(rows, state.matches)], torch.arange(n)
            if self.alone and parts[2].shape[-1] > 1:
                # Nothing is intervened on, so only keys that match can be selected.
                keys = parts[2][0, 0].isfinite().nonzero()[:, 0]
                parts = [part[..., keys] for part in parts]
            z = torch.cat([parts[0] + parts[1] + parts[2], anchor], -1)
            self._edit(index, rows, z)
            flat = z.reshape(-1, len(keys) + 1)
            row, column = (flat > flat.amax(-1, keepdim=True) - 2.0 - _SLACK).nonzero(as_tuple=True)
            known = row, torch.cat([keys, keys.new_tensor([n])])[column], flat[row, column]
        row, column, logit = known
        weight, _ = segment_entmax15(logit, row, heads * len(rows))
        row, column, weight = (part[weight > 0] for part in (row, column, weight))
        head, chosen = torch.div(row, len(rows), rounding_mode="floor"), column < n
        values = attention.anchor_value[head]
        values[chosen] = v.at(column[chosen], head[chosen])
        mixed = query.new_zeros(heads * len(rows), d).index_add_(0, row, values * weight[:, None])
        return mixed.view(heads, len(rows), d), row[chosen].numpy(), column[chosen].numpy(), weight[chosen].numpy()

    def _known(
        self, index: int, state: LayerState, rows: NDArray[np.int64], query: Tensor, anchor: Tensor, q: Edited, k: Edited
    ) -> tuple[Tensor, Tensor, Tensor] | None:
        """Return the candidates of some ``rows`` without a look at all keys: head * R + row, column (N: the anchor) and logit.
        They are those of the trace where no other may come in, and of a single row the strongest of the run, unless its query
        moved so far that others might be among them. None where all keys have to be looked at."""
        change, (heads, n, _), floor = self.intervention, state.shape, None
        if change.forced:
            return None
        if change.frozen:
            row, column = self._logged_pairs(index, rows)
            head = torch.div(row, len(rows), rounding_mode="floor")
            queries = rows[(row % len(rows)).numpy()]
            bias = [
                state.layer.attention.pair_bias(h, queries[(head == h).numpy()], column[head == h].numpy(), state.matches)
                for h in range(heads)
            ]
            logit = (query.flatten(0, 1)[row] * k.at(column, head)).sum(-1) + torch.from_numpy(np.concatenate(bias))
        elif len(rows) == 1:
            if (found := self._strongest(index, state, int(rows[0]), query, q, k)) is None:
                return None
            row, column, logit, floor = found
        else:
            return None
        stays = torch.ones(len(row), dtype=torch.bool)
        for pair in change.removed:
            if pair.layer == index and pair.query in rows:
                own = pair.head * len(rows) + int(np.searchsorted(rows, pair.query))
                stays &= (row != own) | (column != pair.key)
        if change.absent:
            # An event stays a candidate of its own query, or it would lose its own content.
            gone = torch.tensor(sorted(change.absent))
            stays &= ~torch.isin(column, gone) | (torch.from_numpy(rows)[row % len(rows)] == column)
        every = torch.arange(heads * len(rows))
        row, column = torch.cat([row[stays], every]), torch.cat([column[stays], torch.full_like(every, n)])
        logit = torch.cat([logit[stays], anchor.flatten()])
        if floor is not None:
            highest = torch.full((heads,), -torch.inf, dtype=logit.dtype).scatter_reduce(0, row, logit, "amax")
            if bool((highest - 2.0 - _SLACK < floor).any()):
                return None
        order = torch.argsort(row * (n + 1) + column)
        return row[order], column[order], logit[order]

    def _strongest(
        self, index: int, state: LayerState, event: int, query: Tensor, q: Edited, k: Edited
    ) -> tuple[Tensor, Tensor, Tensor, Tensor] | None:
        """Return the strongest keys of one event: head [P], key [P], logit [P], and above which logit a head's keys are all
        there [H]. None where there are too many of them for a query that moved."""
        head, key, logit, floor = self.base.strongest(index, event)
        heads, n, _ = state.shape
        gates = state.layer.attention.gate_rows(np.array([event]), state.matches)[:, 0].expand(heads, n)
        bias = state.bias[:, n - event : 2 * n - event]
        if bool((q.place == event).any()):
            # No other logit rises by more than the query moved, times the longest key.
            floor = floor + (query - q.rows.at(torch.tensor([event])))[:, 0].norm(dim=-1) * state.longest
            keys, at = torch.unique(key, return_inverse=True)
            if len(keys) > _MOST_KEYS:
                return None
            products = query @ state.k.at(F.pad(keys, (0, max(0, _LEAST_KEYS - len(keys))))).transpose(1, 2)
            logit = products[head, 0, at] + bias[head, key] + gates[head, key]
        if len(k.place):
            stays = ~torch.isin(key, k.place)
            new = (query @ k.new.transpose(1, 2))[:, 0] + bias[:, k.place] + gates[:, k.place]
            head = torch.cat([head[stays], torch.arange(heads).repeat_interleave(len(k.place))])
            key, logit = torch.cat([key[stays], k.place.repeat(heads)]), torch.cat([logit[stays], new.flatten()])
        return head, key, logit, floor

    def _logged_pairs(self, index: int, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Return the pairs of the trace of some rows: head * R + row, and key."""
        row, column = [], []
        for head, selection in enumerate(self.base.trace.heads[index]):
            counts, places = selection.pairs_of_all(rows)
            row.append(np.repeat(np.arange(len(rows)) + head * len(rows), counts))
            column.append(selection.key_index[places].astype(np.int64))
        return torch.from_numpy(np.concatenate(row)), torch.from_numpy(np.concatenate(column))

    def _edit(self, index: int, rows: NDArray[np.int64], z: Tensor) -> None:
        """Apply the intervention to logits [H, R, N + 1]."""
        change = self.intervention
        unmasked = z.clone() if change.frozen and change.forced else z
        if change.frozen:
            allowed = torch.full_like(z, -torch.inf)
            allowed[..., -1] = 0.0
            for h, selection in enumerate(self.base.trace.heads[index]):
                for place, query in enumerate(rows.tolist()):
                    allowed[h, place, torch.from_numpy(selection.key_index[selection.pairs_of(query)].astype(np.int64))] = 0.0
            z += allowed
        if change.absent:
            gone = torch.tensor(sorted(change.absent))
            # An event stays a candidate of its own query, or it would lose its own content.
            own = torch.from_numpy(rows)[:, None] == gone
            z[..., gone] = torch.where(own, z[..., gone], -torch.inf)
        inside = [pair for pair in sorted(change.pairs) if pair.layer == index and pair.query in rows]
        places = [(pair, pair.head, int(np.searchsorted(rows, pair.query))) for pair in inside]
        for pair, head, row in places:
            if pair in change.removed:
                z[head, row, pair.key] = -torch.inf
        forced = [place for place in places if place[0] in change.forced]
        keys = {(head, row): [p.key for p, h, r in forced if (h, r) == (head, row)] for _, head, row in forced}
        for (head, row), forced_keys in keys.items():
            others = z[head, row].clone()
            others[forced_keys] = -torch.inf
            z[head, row, forced_keys] = torch.maximum(unmasked[head, row, forced_keys], others.max())


def _of_heads(pairs: list[HeadPairs]) -> RowSelection:
    """Return the selection of every row of a layer."""
    n = len(pairs[0].threshold)
    starts = np.cumsum([0] + [len(head.key) for head in pairs])
    pointer = np.concatenate(
        [head.pointer[:-1] + start for head, start in zip(pairs, starts[:-1], strict=True)] + [starts[-1:]]
    )
    key = np.concatenate([head.key for head in pairs]).astype(np.int64)
    return RowSelection(np.arange(n), pointer, key, np.concatenate([head.weight for head in pairs]))
