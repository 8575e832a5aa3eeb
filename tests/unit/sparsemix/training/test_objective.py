"""The loss on generated logs: shares of a batch add up to the whole, penalties and hint included."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.generated.corpus import Sample, corpus, draw
from sparsemix.training.generated.training import GuidedObjective, Weighing
from sparsemix.training.own_data.fitting import set_kind
from tests.support.sparsemix.small_models import SMALL


@pytest.mark.parametrize("kind", ["softmax", "entmax15"])
@pytest.mark.parametrize("windows", [1, 5])
def test_shares_add_up_to_the_whole(kind: str, windows: int) -> None:
    torch.manual_seed(0)
    network = Network(SMALL).double()
    set_kind(network, kind)
    sample = draw(corpus(2, 256, 3, SMALL.features, pace=0.05, check_rate=0.3), windows, 48, np.random.default_rng(1))
    assert len(sample.deciding.query)
    probe = torch.arange(0, 48, 5)
    weighing = Weighing(0.5, 0.7, 0.0, probe) if kind == "entmax15" else Weighing(guidance=0.4)
    whole = outcome(network, sample, weighing, [slice(None)])
    assert whole[0] > whole[1] > 0.0
    for size in (2, 3, windows + 1):
        parts = outcome(network, sample, weighing, [slice(rank, None, size) for rank in range(size)])
        assert parts[:2] == pytest.approx(whole[:2], rel=1e-12)
        torch.testing.assert_close(parts[2], whole[2], rtol=1e-9, atol=1e-12)


def outcome(network: Network, sample: Sample, weighing: Weighing, shares: list[slice]) -> tuple[float, float, torch.Tensor]:
    """Sums of losses, of the task's part of them, and of gradients over shares."""
    total, task, gradients = 0.0, 0.0, []
    for share in shares:
        network.zero_grad()
        loss, alone = GuidedObjective(network, share)(sample, weighing)
        loss.backward()
        total, task = total + float(loss.detach()), task + float(alone)
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in network.parameters()]))
    return total, task, torch.stack(gradients).sum(0)


def test_a_part_of_a_batch_is_the_batch_of_its_windows() -> None:
    log = corpus(1, 64, 3, SMALL.features)[0]
    windows = [log.hashed.window(start, start + 7) for start in (0, 9, 21, 30, 44)]
    whole = EventBatch.of(windows)
    for share in (slice(None), slice(1, None, 2), slice(0, None, 3), slice(4, None, 5)):
        part, expected = whole.part(share), EventBatch.of(windows[share])
        assert part.shape == expected.shape
        for name in ("bucket", "offset", "value"):
            assert torch.equal(getattr(part, name), getattr(expected, name))
    assert whole.part(slice(5, None, 6)).shape == (0, 7)
