"""Learning beside the app: a process of its own, stopped at once, ending with the app, and saying what went wrong."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import pytest

from dashboard.service.training.training import Curve, Point, TrainingRequest, train
from dashboard.service.training.training_folder import DATA, PLAN
from dashboard.service.training.training_process import COMMAND
from sparsemix import ConfigError, InputError, RunCancelled, SparseMixModel, WeightsError
from sparsemix.readers import ReadOptions
from sparsemix.training.own_data import Plan
from tests.integration.dashboard.pages.test_page_data import lots
from tests.support.paths import ROOT

TIMEOUT = 60.0


def request(data: bytes | None = None, **changes: object) -> TrainingRequest:
    plan = Plan(**{"task": "label", "steps": 4, "events": 128, "longest": 64} | changes.pop("plan", {}))  # type: ignore[arg-type, operator]
    return TrainingRequest((("lots.jsonl", lots() if data is None else data),), None, ReadOptions(), plan, **changes)  # type: ignore[arg-type]


@pytest.mark.deep
def test_what_comes_out_is_weights_with_their_card_and_figures_and_the_same_once_more(model: SparseMixModel) -> None:
    told: list[tuple[float, str]] = []
    curve = Curve()
    found = train(request(rival=model.to_bytes()), lambda share, stage: told.append((share, stage)), curve)
    assert SparseMixModel.from_bytes(found.content).weights_sha256 == found.sha256 == found.card["weights_sha256"]
    assert found.card["figures"]["sequences"]["total"] == found.card["held_out"]
    assert found.card["rival"]["weights_sha256"] == model.weights_sha256
    # The other weights know none of these words.
    assert (found.card["figures"]["unfamiliar"], found.card["rival"]["unfamiliar"]) == (0.0, 1.0)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert {"read", "learn_sparse"} <= {stage for _, stage in told}
    assert [point.step for point in curve.points()][-1] == 4
    assert train(request(), lambda _share, _stage: None, Curve()).content == found.content


@pytest.mark.deep
def test_the_labels_that_were_chosen_as_normal_are_in_the_card() -> None:
    data = lots().replace(b'"ok"', b'"Gut"').replace(b'"fault"', b'"Schlecht"')
    found = train(request(data, normal=("Gut",)), lambda _share, _stage: None, Curve())
    assert found.card["label_meaning"] == {"Gut": "normal", "Schlecht": "faulty"}
    with pytest.raises(InputError) as caught:
        train(request(data), lambda _share, _stage: None, Curve())
    assert caught.value.code == "labels_not_understood"


@pytest.mark.deep
def test_it_stops_as_soon_as_it_is_asked_to_and_leaves_no_data_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def cancel(_share: float, stage: str) -> None:
        if stage != "read":
            raise RunCancelled("stopped on request")

    with pytest.raises(RunCancelled):
        train(request(plan={"steps": None, "minutes": 60.0}), cancel, Curve())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.deep
def test_what_is_wrong_with_the_data_is_said_with_code_and_values() -> None:
    with pytest.raises(InputError) as caught:
        train(request(lots(9, 1)), lambda _share, _stage: None, Curve())
    assert (caught.value.code, caught.value.params) == ("one_class", {"faulty": 1, "normal": 9})


@pytest.mark.deep
def test_weights_that_cannot_be_gone_on_from_are_refused(model: SparseMixModel) -> None:
    with pytest.raises(WeightsError):
        train(request(initial=b"no weights"), lambda _share, _stage: None, Curve())
    with pytest.raises(ConfigError):
        train(request(initial=model.to_bytes(), plan={"attention": "softmax"}), lambda _share, _stage: None, Curve())


@pytest.mark.deep
def test_the_process_ends_when_nobody_waits_for_it_any_more_and_takes_the_data_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "training"
    (folder / DATA).mkdir(parents=True)
    (folder / DATA / "lots.jsonl").write_bytes(lots())
    plan = {"plan": {"minutes": 60.0}, "options": {}}
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    while b"learn" not in process.stdout.readline():
        assert process.poll() is None
    process.stdin.close()
    assert process.wait(TIMEOUT) == 1
    process.stdout.close()
    assert not folder.exists()


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    curve = Curve()
    for step in range(1, 5001):
        curve.add(Point(step, 1.0 / step, step > 2500))
    steps = [point.step for point in curve.points()]
    assert len(steps) <= 400
    assert (steps[0], steps[-1]) == (1, 5000)
    assert steps == sorted(steps)
