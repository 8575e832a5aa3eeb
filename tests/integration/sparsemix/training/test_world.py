"""Several processes: what they tell each other, that they begin alike, and that they end where one alone does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sparsemix.training.common.world import ALONE, joined
from sparsemix.training.generated.training import train
from tests.integration.sparsemix.training.test_train import TINY, state
from tests.support.sparsemix.processes import LIMIT, started, torchrun
from tests.support.sparsemix.small_models import SMALL

_WORKER = """
import sys
from dataclasses import replace
import torch
from safetensors.torch import save_file
from sparsemix.errors import ConfigError
from sparsemix.training.generated.training import train
from sparsemix.training.common.world import joined
from tests.support.sparsemix.small_models import SMALL
from tests.integration.sparsemix.training.test_train import TINY, state

with joined() as world:
    assert world.size == 3
    assert world.total(world.rank + 0.5) == 4.5
    assert world.from_first([world.rank + 1.0, 7.0]) == [1.0, 7.0]
    world.agree(b"the same")
    try:
        world.agree(b"other" if world.rank == 2 else b"same")
    except ConfigError as error:
        assert "processes 2 do not begin as process 0 does" in str(error), error
    else:
        raise AssertionError("nobody noticed")
    reports = []
    network = train(SMALL, replace(TINY, double=True), reports.append, world=world)
    assert bool(reports) == world.leads
    loss = torch.tensor([report.loss for report in reports])
    save_file({"state": state(network), "loss": loss}, f"{sys.argv[1]}{world.rank}")
# A thread of gloo's that still held one when Python ended would abort the process.
assert not world.sent
"""


def test_alone_nothing_is_asked_of_anybody() -> None:
    with joined() as world:
        assert world is ALONE and world.leads
    assert ALONE.total(0.1) == 0.1 and ALONE.from_first([1.0, 2.0]) == [1.0, 2.0]
    ALONE.agree(b"")
    network = torch.nn.Linear(1, 1)
    assert ALONE.spread(network) is network


@pytest.mark.deep
def test_three_processes_learn_from_generated_logs_what_one_does(tmp_path: Path) -> None:
    """With stages of four and of two windows, of which the third process has none."""
    script, log = tmp_path / "worker.py", tmp_path / "log"
    script.write_text(_WORKER, encoding="utf-8")
    assert started(torchrun(script, tmp_path / "found", processes=3), log).wait(LIMIT) == 0, log.read_text()
    found = [load_file(tmp_path / f"found{rank}") for rank in range(3)]
    losses: list[float] = []
    alone = state(train(SMALL, replace(TINY, double=True), lambda report: losses.append(report.loss)))
    assert found[0]["loss"].tolist() == pytest.approx(losses, rel=1e-6)
    for one in found:
        assert torch.equal(one["state"], found[0]["state"])
        torch.testing.assert_close(one["state"], alone)
