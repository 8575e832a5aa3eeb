"""``train --data`` on two processes, one of which is killed on the way: the curve of one process, and the bits of a run that
nobody disturbed. And checkpoints that another run must not go on from."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sample_data.plant import PlantConfig, generate
from sparsemix import ConfigError, WeightsError
from sparsemix.__main__ import main
from sparsemix.dataset import read_dataset
from sparsemix.training.common.checkpoint import before
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.fitting import Fitting, Keeping
from tests.integration.sparsemix.training.test_learning import QUICK, lots
from tests.support.sparsemix.processes import LIMIT, started, torchrun, until, worker

STEPS = 12


class CutOffError(Exception):
    pass


def plant_logs(tmp_path: Path) -> Path:
    """Logs of the simulated plant, half of them with faults."""
    rows = []
    for seed in range(12):
        log = generate(PlantConfig(events=400, fault_rate=0.5 * (seed % 2), check_rate=0.3, pace=0.05), seed)
        rows.append({"id": f"log{seed}", "events": list(log.lines), "label": "fault" if seed % 2 else "normal"})
    path = tmp_path / "logs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def command(data: Path, out: Path, *more: object) -> list[str]:
    found = ["train", "--data", data, "--out", out / "w.safetensors", "--curve", out / "curve.json", "--steps", STEPS, *more]
    return [*map(str, found), "--float64"]


def curve(folder: Path) -> list[float]:
    return list(json.loads((folder / "curve.json").read_text(encoding="utf-8"))["loss"])


@pytest.mark.deep
def test_two_processes_of_which_one_is_killed_learn_what_one_does(tmp_path: Path) -> None:
    data = plant_logs(tmp_path)
    alone, whole, cut = (tmp_path / name for name in ("alone", "whole", "cut"))
    for folder in (alone, whole, cut):
        folder.mkdir()
    assert main(command(data, alone)) == 0

    log = tmp_path / "whole.log"
    assert started(torchrun("-m", "sparsemix", *command(data, whole)), log).wait(LIMIT) == 0, log.read_text()
    assert len(curve(whole)) == STEPS
    assert np.abs(np.subtract(curve(whole), curve(alone))).max() < 1e-9

    kept, log = cut / "run.safetensors", tmp_path / "cut.log"
    keep = ("--checkpoint", kept, "--checkpoint-every", 0)
    launcher = started(torchrun("-m", "sparsemix", *command(data, cut, *keep), restarts=1), log)
    until(before(kept).exists, launcher, log)
    os.kill(worker(launcher, 1), signal.SIGKILL)
    assert launcher.wait(LIMIT) == 0, log.read_text()
    assert "exitcode: -9" in log.read_text() and "continuing from" in log.read_text()
    assert curve(cut) == curve(whole)
    assert (cut / "w.safetensors").read_bytes() == (whole / "w.safetensors").read_bytes()

    # What two have begun one may end: a number of processes is nothing that a run is made of.
    before(kept).rename(kept)
    (cut / "curve.json").unlink()
    assert main(command(data, cut, *keep)) == 0
    assert np.abs(np.subtract(curve(cut), curve(alone))).max() < 1e-9


@pytest.mark.deep
@pytest.mark.parametrize("task", ["label", "novelty"])
def test_a_run_that_was_cut_off_goes_on_to_the_same_bits(task: str, tmp_path: Path) -> None:
    data, plan = read_dataset(lots(tmp_path, faulty=0.5 if task == "label" else 0.0)), replace(QUICK, task=task, steps=20)
    keeping = Keeping(tmp_path / "run.safetensors", 0.0)
    expected = learn(data, plan)
    for stop in (3, 7, 12):

        def cut(fitting: Fitting, stop: int = stop) -> None:
            if fitting.step == stop:
                raise CutOffError

        with pytest.raises(CutOffError):
            learn(data, plan, cut, keeping=keeping)
    seen: list[int] = []
    found = learn(data, plan, lambda fitting: seen.append(fitting.step), keeping=keeping)
    assert seen[0] == 12
    assert (found.curve, found.loss, found.steps) == (expected.curve, expected.loss, 20)
    assert found.model.to_bytes() == expected.model.to_bytes()
    seen.clear()
    again = learn(data, plan, lambda fitting: seen.append(fitting.step), keeping=keeping)
    assert not seen and again.model.to_bytes() == expected.model.to_bytes()


@pytest.mark.deep
def test_a_checkpoint_of_another_run_is_refused_by_what_is_other(tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path))
    keeping = Keeping(tmp_path / "run.safetensors", 0.0)
    model = learn(data, QUICK, keeping=keeping).model
    fewer = replace(data, items=data.items[1:])
    with pytest.raises(WeightsError, match="another training run, of other settings; choose"):
        learn(data, replace(QUICK, learning_rate=1e-3), keeping=keeping)
    with pytest.raises(WeightsError, match="of other data"):
        learn(fewer, QUICK, keeping=keeping)
    with pytest.raises(ConfigError, match="must not be negative"):
        Keeping(keeping.path, float("nan"))
    with pytest.raises(WeightsError, match="starting weights;"):
        learn(data, QUICK, initial=model, keeping=keeping)


def test_a_clock_may_give_a_run_more_time(tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path))
    keeping, plan = Keeping(tmp_path / "run.safetensors", 0.0), Plan(minutes=0.01, events=256, longest=64, features=512)
    first = learn(data, plan, keeping=keeping)
    more = learn(data, replace(plan, minutes=0.02), keeping=keeping)
    # It had been told that it was done.
    assert more.curve == first.curve


@pytest.mark.deep
def test_a_run_by_the_clock_that_was_cut_off_may_be_given_more_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that ticks whenever it is looked at, so that the same happens on every machine."""
    ticks = count()
    monkeypatch.setattr("sparsemix.training.own_data.fitting.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    # All of the minutes are for learning, however long it takes to prepare here.
    monkeypatch.setattr("sparsemix.training.own_data.learning.time", SimpleNamespace(monotonic=lambda: 0.0))
    data, plan = read_dataset(lots(tmp_path)), replace(QUICK, steps=None, minutes=1.0)
    keeping, other = (Keeping(tmp_path / name, 0.0) for name in ("run.safetensors", "other.safetensors"))
    told: list[Fitting] = []

    def cut(fitting: Fitting) -> None:
        if fitting.share >= 0.6:
            raise CutOffError
        told.append(fitting)

    with pytest.raises(CutOffError):
        learn(data, plan, cut, keeping=keeping)
    last = told[-1]
    assert last.sparse and last.seconds < 60.0
    told.clear()
    more = learn(data, replace(plan, minutes=2.0), told.append, keeping=keeping)
    # It goes on from where it was, of twice as long a way: behind the half from which attention is sparse.
    assert told[0].step == last.step + 1 and last.seconds < told[0].seconds
    assert told[0].share == pytest.approx(told[0].seconds / 120.0) and told[0].share < 0.5
    assert told[-1].share == 1.0 and told[-1].seconds >= 120.0
    assert not told[1].sparse and told[-1].sparse
    ticks = count()
    whole = learn(data, plan, keeping=other)
    assert more.curve[: last.step] == whole.curve[: last.step]
    assert len(more.curve) == more.steps == told[-1].step > len(whole.curve)


@pytest.mark.deep
def test_a_damaged_checkpoint_is_left_for_the_one_before(tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path))
    keeping = Keeping(tmp_path / "run.safetensors", 0.0)
    expected = learn(data, QUICK, keeping=keeping)
    seen: list[int] = []
    # As if cut off after the last one had its other name, and before the new one had its.
    keeping.path.unlink()
    assert learn(data, QUICK, lambda fitting: seen.append(fitting.step), keeping=keeping).curve == expected.curve
    assert seen == [QUICK.steps]
    damaged = bytearray(keeping.path.read_bytes())
    damaged[-3] ^= 1
    keeping.path.write_bytes(damaged)
    seen.clear()
    with pytest.warns(UserWarning, match="changed or damaged; going on from"):
        found = learn(data, QUICK, lambda fitting: seen.append(fitting.step), keeping=keeping)
    assert seen == [QUICK.steps]
    assert found.model.to_bytes() == expected.model.to_bytes()
    for path in (keeping.path, before(keeping.path)):
        path.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        learn(data, QUICK, keeping=keeping)


def test_what_is_for_own_data_is_not_ignored_without_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    curve = tmp_path / "curve.json"
    assert main(["train", "--out", str(tmp_path / "w.safetensors"), "--steps", "5", "--curve", str(curve)]) == 1
    assert "--steps, --curve: for training with --data" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
