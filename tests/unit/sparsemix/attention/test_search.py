"""The exhaustive search of the reference against a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sparsemix.attention.distance_bias import DistanceBias, rounding
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
