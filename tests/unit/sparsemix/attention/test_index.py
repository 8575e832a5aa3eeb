"""The index search against brute force: the same selection, and not one certificate that is not true."""

from __future__ import annotations

import threading
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.attention._index import index_search
from sparsemix.attention._index.index_search import HeadInput, IndexSearch
from sparsemix.attention.distance_bias import NEAR_WINDOW, DistanceBias
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.errors import RunCancelled, SelectionError
from tests.support.properties import examples

D = 8
FAMILIES = ("random", "clustered", "duplicated", "constant", "huge", "tiny", "opposed", "far match", "ties", "one dimension")
INDEXED = IndexSearch(scan_up_to=0)
SCANNED = IndexSearch(scan_up_to=10_000)


def row(family: str, n: int, seed: int, dtype: type = np.float64, valid: float = 1.0) -> HeadInput:
    """Return queries and keys of a family on which a bound could fail."""
    rng = np.random.default_rng([seed, n])
    q, k = rng.normal(size=(n, D)), rng.normal(size=(n, D))
    if family == "clustered":
        centre = rng.normal(size=(5, D)) * 4
        q, k = (centre[rng.integers(5, size=n)] + 0.05 * rng.normal(size=(n, D)) for _ in range(2))
    elif family == "duplicated":
        k = rng.normal(size=(3, D))[rng.integers(3, size=n)] * 3
        q = k.copy()
    elif family == "constant":
        q, k = np.ones((n, D)), np.ones((n, D))
    elif family == "huge":
        q, k = q * 1e6, k * 1e4
    elif family == "tiny":
        q, k = q * 1e-12, k * 1e-12
    elif family == "opposed":
        k = -q * 5
    elif family == "far match":
        k *= 0.1
        k[0] = 6 * q[-1] / np.linalg.norm(q[-1])
        q[-1] *= 3
    elif family == "ties":
        k = np.sign(k)
        q = np.sign(q) * 2
    elif family == "one dimension":
        q[:, 1:], k[:, 1:] = 0, 0
        q, k = q * 30, k * 30
    bias = DistanceBias(*(float(x) for x in rng.uniform(0.0, 2.0, 2)), float(rng.uniform(-9, 4)))
    there = rng.random(n) < valid
    arrays = (a.astype(dtype) for a in (q, k, rng.normal(size=(n, D)), rng.normal(size=D), rng.normal(size=D)))
    return HeadInput(*arrays, bias, there)


def truth(row: HeadInput) -> tuple[torch.Tensor, torch.Tensor]:
    """Return dense weights [N, N + 1] and margins [N, N] from every logit."""
    n = len(row.q)
    q, k = (torch.from_numpy(a).double() for a in (row.q, row.k))
    table = torch.from_numpy(row.bias.table(n, np.float64))
    offset = torch.arange(n)[None] - torch.arange(n)[:, None]
    z = q @ k.T + table[offset + n]
    z[:, ~torch.from_numpy(row.valid)] = -torch.inf
    z = torch.cat([z, (q @ torch.from_numpy(row.anchor_key).double())[:, None]], 1)
    # What lies 8 below cannot be selected; left where it is, its square would drown the rest.
    p = dense_entmax15(z.maximum(z.amax(1, keepdim=True) - 8))
    best = z.argmax(1, keepdim=True)
    tau = z.gather(1, best) / 2 - p.gather(1, best).sqrt()
    return p, z[:, :-1] / 2 - tau


def check(row: HeadInput, mixed: np.ndarray, pairs: HeadPairs, near: int = 0) -> None:
    """Assert that the selection of every certified query is correct."""
    p, margin = truth(row)
    n = len(row.q)
    scale = float(np.abs(row.q).max(initial=0) * np.abs(row.k).max(initial=0) * D + 10)
    tolerance = scale * np.finfo(row.q.dtype).eps * 8
    selected = np.zeros((n, n), np.bool_)
    selected[pairs.query, pairs.key] = True
    sure = pairs.certified & row.valid
    assert not (margin.numpy()[sure] > tolerance)[~selected[sure]].any()
    assert not selected[~row.valid].any()
    assert (margin.numpy()[sure][selected[sure]] > -tolerance).all()
    if tolerance < 1e-6:
        weight = np.zeros((n, n))
        weight[pairs.query, pairs.key] = pairs.weight
        assert np.allclose(weight[sure], p.numpy()[sure, :-1], atol=1e-6)
        expected = p[:, :-1] @ torch.from_numpy(row.v).double() + p[:, -1:] * torch.from_numpy(row.anchor_value).double()
        assert np.allclose(mixed[sure], expected.numpy()[sure], atol=1e-5)
        if near:
            for i in np.flatnonzero(sure):
                low = np.sort(margin.numpy()[i][~selected[i] & (margin.numpy()[i] > -NEAR_WINDOW + 1e-9)])[::-1][:near]
                margins = pairs.near_logit[pairs.near_pointer[i] : pairs.near_pointer[i + 1]] / 2 - pairs.threshold[i]
                assert np.allclose(margins[: len(low)], low, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n", [1, 2, 31, 63, 65, 700, 1500])
@pytest.mark.parametrize("search", [INDEXED, SCANNED])
def test_everything_is_found_and_certified_without_a_budget(search: IndexSearch, family: str, n: int) -> None:
    for dtype in (np.float64, np.float32):
        inputs = row(family, n, 0, dtype)
        (mixed,), (pairs,) = search.run([inputs], 3, NEAR_WINDOW)
        assert pairs.certified.all()
        check(inputs, mixed, pairs, 3)
        if search is SCANNED:
            assert (pairs.scored == n).all()


def test_a_query_that_no_bound_helps_looks_at_every_key() -> None:
    _, (helpless,) = INDEXED.run([row("random", 1500, 0)])
    assert (helpless.scored > 1500).mean() > 0.5
    assert helpless.certified.all()
    _, (helped,) = INDEXED.run([row("clustered", 1500, 0)])
    assert (helped.scored > 1500).mean() < 0.3


@examples(400)
@given(
    family=st.sampled_from(FAMILIES),
    n=st.sampled_from([1, 17, 385, 400, 611, 1000]),
    seed=st.integers(0, 2**16),
    budget=st.sampled_from([1, 3, 16, 64, None]),
    valid=st.sampled_from([1.0, 0.7, 0.02]),
    dtype=st.sampled_from([np.float32, np.float64]),
    scan_up_to=st.sampled_from([0, 0, 1000]),
)
def test_no_certificate_can_be_refuted(
    family: str, n: int, seed: int, budget: int | None, valid: float, dtype: type, scan_up_to: int
) -> None:
    inputs = row(family, n, seed, dtype, valid)
    (mixed,), (pairs,) = IndexSearch(budget, scan_up_to).run([inputs])
    check(inputs, mixed, pairs)


@pytest.mark.parametrize("offset", [0.8, 3.0, 6.0])
@pytest.mark.parametrize("family", ["tiny", "random", "clustered"])
def test_later_keys_may_be_preferred_to_earlier_ones(family: str, offset: float) -> None:
    """Catch a bound without the offset towards later keys: it would exclude cells that hold the best keys."""
    inputs = replace(row(family, 1500, 7), bias=DistanceBias(0.8, 0.1, offset))
    (mixed,), (pairs,) = INDEXED.run([inputs])
    check(inputs, mixed, pairs)


def test_a_smaller_budget_certifies_less_and_more_is_never_worse() -> None:
    inputs = row("random", 1200, 1)
    shares = [float(IndexSearch(budget=b).run([inputs])[1][0].certified.mean()) for b in (1, 8, 32, 128, 2000)]
    assert shares == sorted(shares)
    assert shares[0] < 0.5 < shares[-1] == 1.0


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("search", [INDEXED, SCANNED, IndexSearch()])
def test_the_number_of_threads_does_not_show_nor_that_values_take_the_place_of_queries(
    search: IndexSearch, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_search, "_CHUNK", 128)
    rows = [row(family, 900, seed) for family in ("clustered", "random") for seed in range(3)]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    alone = search.run(rows, 2, NEAR_WINDOW)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    queries = np.stack([one.q for one in rows])
    rows = [replace(one, q=own) for one, own in zip(rows, queries, strict=True)]
    mixed, selections = search.run(rows, 2, NEAR_WINDOW, queries)
    assert mixed is queries
    assert mixed.tobytes() == alone[0].tobytes()
    for pairs, pairs_alone in zip(selections, alone[1], strict=True):
        for name in HeadPairs.__slots__:
            assert getattr(pairs, name).tobytes() == getattr(pairs_alone, name).tobytes()


@pytest.mark.parametrize("family", ["random", "clustered", "duplicated", "ties", "far match"])
def test_how_keys_are_indexed_and_queries_cut_into_tasks_does_not_show(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is bit for bit the same, however its keys were indexed: only candidates differ, and what they add is nothing."""
    rows = [row(family, 1500, 5), row(family, 1500, 6, valid=0.8)]
    usual = INDEXED.run(rows, 4, NEAR_WINDOW)
    for other, chunk, group, cell in (
        (INDEXED, 64, 48, 24),
        (INDEXED, 4096, 2000, 5),
        (INDEXED, 500, 90, 100),
        (SCANNED, 1, 1, 1),
    ):
        monkeypatch.setattr(index_search, "_CHUNK", chunk)
        monkeypatch.setattr(index_search, "_GROUP", group)
        monkeypatch.setattr(index_search, "_PATIENCE", 1 / cell)
        found = other.run(rows, 4, NEAR_WINDOW)
        assert found[0].tobytes() == usual[0].tobytes()
        for mine, theirs in zip(found[1], usual[1], strict=True):
            for name in (field.name for field in fields(HeadPairs) if field.name != "scored"):
                assert getattr(mine, name).tobytes() == getattr(theirs, name).tobytes(), name


@pytest.mark.parametrize("search", [INDEXED, SCANNED])
def test_several_callers_at_once_get_what_each_would_get_alone(search: IndexSearch) -> None:
    rows = [row(family, 1100, 3) for family in FAMILIES]
    alone = [search.run([r]) for r in rows]
    together: list[tuple[np.ndarray, list[HeadPairs]] | None] = [None] * len(rows)

    def call(number: int) -> None:
        together[number] = search.run([rows[number]])

    callers = [threading.Thread(target=call, args=(number,)) for number in range(len(rows))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for ours, theirs in zip(together, alone, strict=True):
        assert ours is not None
        assert ours[0].tobytes() == theirs[0].tobytes()
        assert ours[1][0].key.tobytes() == theirs[1][0].key.tobytes()


def test_a_step_that_raises_stops_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_search, "_CHUNK", 64)
    seen: list[float] = []

    def step(share: float) -> None:
        seen.append(share)
        if len(seen) == 3:
            raise RunCancelled("stop")

    with pytest.raises(RunCancelled):
        IndexSearch(scan_up_to=0, step=step).run([row("random", 640, 0)])
    # Another thread may have done several tasks meanwhile.
    assert len(seen) == 3
    assert seen == sorted(seen)
    assert 0.1 <= seen[0] <= seen[2] <= 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e20])
def test_what_cannot_be_compared_is_refused(bad: float) -> None:
    inputs = row("random", 20, 0)
    inputs.k[3, 2] = bad
    with pytest.raises(SelectionError, match="finite"):
        IndexSearch().run([inputs])


def test_a_bias_that_grows_with_distance_is_refused() -> None:
    inputs = row("random", 20, 0)
    with pytest.raises(SelectionError, match="fall with distance"):
        IndexSearch().run([replace(inputs, bias=DistanceBias(-0.1, 1.0, 0.0))])


@pytest.mark.parametrize("search", [INDEXED, SCANNED])
@pytest.mark.parametrize(
    "bias", [DistanceBias(np.nan, 1, 0), DistanceBias(1, np.inf, 0), DistanceBias(1, 1, np.nan), DistanceBias(1, 1, 1e39)]
)
def test_a_bias_that_is_no_number_is_not_certified_but_refused(bias: DistanceBias, search: IndexSearch) -> None:
    with pytest.raises(SelectionError, match="bias"):
        search.run([replace(row("random", 40, 0), bias=bias)])


def test_nothing_and_wrong_masks_and_budgets_are_refused() -> None:
    inputs = row("random", 40, 0)
    with pytest.raises(SelectionError, match="at least one event"):
        IndexSearch().run([row("random", 0, 0)])
    for mask in (inputs.valid[:4], inputs.valid.astype(np.int64)):
        with pytest.raises(SelectionError, match="mask"):
            IndexSearch().run([replace(inputs, valid=mask)])
    for budget in (0, -3):
        with pytest.raises(SelectionError, match="at least one block"):
            IndexSearch(budget).run([inputs])
    with pytest.raises(SelectionError, match="finite"):
        IndexSearch().run([replace(inputs, anchor_value=np.full(D, np.nan))])
