"""The spread over seeds: rows for every weights, and their least, median and largest."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparsemix import ConfigError
from sparsemix.bench.command import WEIGHTS
from sparsemix.bench.seeds import rows

DENSE = WEIGHTS.with_name("weights-dense.safetensors")


def test_the_same_weights_twice_have_no_spread() -> None:
    found = rows([WEIGHTS, WEIGHTS], 1, ((400, 2),))
    assert [row["weights"] for row in found] == [WEIGHTS.name, WEIGHTS.name, "least", "median", "largest"]
    for name in ("event_f1", "cause_recall", "selected_per_query", "certified_share"):
        assert len({row[name] for row in found}) == 1


@pytest.mark.parametrize("weights", [[WEIGHTS], [WEIGHTS, DENSE]])
def test_what_has_no_spread_is_refused(weights: list[Path]) -> None:
    with pytest.raises(ConfigError):
        rows(weights, 1, ((400, 1),))
