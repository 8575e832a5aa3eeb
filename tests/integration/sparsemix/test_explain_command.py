"""``python -m sparsemix explain``: words, JSON, and requests that cannot be met."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sample_data import PlantConfig, generate
from sparsemix.__main__ import main
from tests.support.paths import ROOT
from tests.support.sparsemix.small_models import small_model


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("explain")
    log, weights = folder / "line.log", folder / "small.safetensors"
    log.write_text("\n".join(generate(PlantConfig(events=120), 3).lines), encoding="utf-8")
    small_model().save(weights)
    return log, weights


def run(files: tuple[Path, Path], *options: str) -> int:
    return main(["explain", str(files[0]), "--weights", str(files[1]), *options])


def test_the_explanation_is_json(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--line", "71", "--pairs", "4", "--json", "--no-fallback") == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["event"], found["line"], found["file"]) == (70, 71, "line.log")
    assert len(found["pair_effects"]) == 4
    assert {"effect", "direct", "probability", "weight", "query", "key"} <= set(found["pair_effects"][0])
    assert found["methods"]["integrated_gradients"]["relative_delta"] is not None
    assert {"random", "matched", "uniform", "position", "pair_effect"} <= set(found["scores"])
    assert "line 71" in found["agreement"]["sentence"]
    assert (found["unfamiliar"], found["known_share"] < 0.5) == (True, True)
    assert found["methods"]["integrated_gradients"]["steps"] > 1
    assert found["methods"]["pair_effect"]["steps"] is None
    assert "scores" in err


@pytest.mark.deep
def test_it_speaks_in_words_too(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--event", "70", "--methods", "rollout, shapley_values", "--no-fallback") == 0
    out = capsys.readouterr().out
    assert "explained: line 71," in out
    assert "caution: the weights know" in out
    assert "shapley_values" in out
    assert "position" in out


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--event", "120"), "no event 120"),
        (("--event", "-1"), "no event -1"),
        (("--line", "999"), "there is no line 999: events begin at lines 1 to 120"),
        (("--methods", "magic"), "unknown method magic"),
        (("--pairs", "0"), "at least one pair"),
    ],
)
def test_requests_that_cannot_be_met_are_refused(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], options: tuple[str, ...], word: str
) -> None:
    assert run(files, *options) == 1
    out, err = capsys.readouterr()
    assert word in err
    assert not out


@pytest.mark.deep
def test_a_reader_that_has_enough_ends_it_quietly(files: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "sparsemix", "explain", str(files[0]), "--weights", str(files[1]), "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 1
    assert "sparsemix:" not in told
    assert "BrokenPipe" not in told


def test_weights_that_are_gone_are_refused(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(files[0]), "--weights", str(files[1].with_name("gone.safetensors"))]) == 1
    assert "cannot read the weights" in capsys.readouterr().err


def test_an_event_and_a_line_at_once_are_a_wrong_call(files: tuple[Path, Path]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(files, "--event", "1", "--line", "2")
    assert caught.value.code == 2


def test_a_file_that_the_weights_do_not_know_is_explained_by_its_own_statistics(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, "--line", "71", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["of_file"], found["unfamiliar"], found["line"]) == (True, True, 71)
    assert run(files, "--line", "71") == 0
    assert "No other line alone had an effect" in capsys.readouterr().out


def test_of_a_file_that_is_judged_by_itself_it_says_where_a_line_stands_and_why(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "doors.log"
    lines = [f"door {number % 7} opened by badge {1000 + number // 4}" for number in range(200)]
    lines.insert(150, "FATAL bus error: lost power")
    path.write_text("\n".join(lines), encoding="utf-8")
    weights = ["--weights", str(files[1])]
    assert main(["explain", str(path), *weights, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["line"], shown["place"], shown["of_file"]) == (151, 1, True)
    assert {"severity", "rarity"} <= {reason["term"] for reason in shown["reasons"]}
    assert main(["explain", str(path), *weights, "--line", "20"]) == 0
    said = capsys.readouterr().out
    assert "of 201 lines, by what speaks for looking at it first" in said
