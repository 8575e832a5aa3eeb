"""The exhaustive search of the reference against a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sparsemix.attention._index.scan_kernels import prepared
from sparsemix.attention.distance_bias import DistanceBias, logarithms, rounding
from tests.support.sparsemix import reference_attention

BIAS = DistanceBias(past=0.7, future=1.3, future_offset=-2.0)


def test_the_bias_falls_with_distance_and_knows_the_direction() -> None:
    table = BIAS.table(4, np.float64)
    for offset in range(-3, 4):
        log = math.log1p(abs(offset))
        assert table[offset + 4] == pytest.approx(-0.7 * log if offset <= 0 else -2.0 - 1.3 * log)


@pytest.mark.parametrize("n", [1, 31, 65, 130])
@pytest.mark.parametrize("window", [0.0, 0.5])
def test_candidates_are_all_keys_in_reach(n: int, window: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Chunks of a few rows, so that their borders lie inside the sequence.
    monkeypatch.setattr(reference_attention, "CHUNK_BYTES", 8 * n * 7)
    torch.manual_seed(n)
    q, k = torch.randn(n, 8, dtype=torch.float64), torch.randn(n, 8, dtype=torch.float64)
    anchor = torch.randn(n, dtype=torch.float64)
    candidates = reference_attention.candidates(q, k, anchor, BIAS, window)
    table = torch.from_numpy(BIAS.table(n, np.float64))
    slack = 4 * rounding(q.numpy(), k.numpy(), anchor.numpy(), BIAS)
    expected = set()
    for i in range(n):
        z = torch.stack([q[i] @ k[j] + table[j - i + n] for j in range(n)])
        floor = max(float(z.max()), float(anchor[i])) - 2 - 2 * window - slack[i]
        expected |= {(i, j) for j in range(n) if float(z[j]) > floor}
    assert set(zip(candidates.query.tolist(), candidates.key.tolist(), strict=True)) == expected
    assert candidates.query.tolist() == sorted(candidates.query.tolist())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d"), [(1, 5), (40, 16), (4100, 8)])
def test_the_compiled_loops_know_the_same_bias_and_leave_as_much_room(n: int, d: int, dtype: type) -> None:
    rng = np.random.default_rng(n)
    q, k, anchor = (rng.normal(size=shape).astype(dtype) for shape in ((n, d), (n, d), n))
    slopes = BIAS.past, BIAS.future, BIAS.future_offset
    query, keys, _, reach, bias, single_bias = prepared(q, k, anchor, logarithms(n), *slopes, 0.25)
    assert np.array_equal(bias, BIAS.table(n, dtype))
    assert np.array_equal(single_bias[: 2 * n], bias.astype(np.float32))
    assert (single_bias[2 * n :] == -np.inf).all()
    assert reach == pytest.approx(2.5 + 1e-6 + 4 * rounding(q, k, anchor, BIAS), rel=1e-6)
    for values, single in ((q, query), (k, keys)):
        assert np.array_equal(single[:, :d], values.astype(np.float32))
        assert not single[:, d:].any()
