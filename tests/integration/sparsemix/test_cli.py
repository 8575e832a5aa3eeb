"""The command line, in processes of their own where the exit status matters."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sparsemix import SelectionTrace, SparseMixModel
from sparsemix.__main__ import build_parser, main
from sparsemix.cli import commands
from sparsemix.trace.selection_trace import blob_sha256
from sparsemix.training.generated import training
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from tests.support.paths import ROOT
from tests.support.sparsemix.small_models import small_model


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "small.safetensors"
    small_model().save(path)
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "line.log"
    path.write_text("\n".join(f"2026-03-02T06:00:{i:02d} INFO ST0{i % 3} part ok count={i}" for i in range(40)))
    return path


def test_trace_writes_what_it_says(log: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["trace", str(log), "--out", str(out), "--weights", str(weights), "--json", "--check"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "decision.json").read_text())
    assert printed["events"] == 40
    assert max(printed["replay_difference"]) < 1e-5
    blobs = [(out / f"layer-{layer['layer']}.arrow").read_bytes() for layer in printed["layers"]]
    assert [blob_sha256(b) for b in blobs] == [layer["sha256"] for layer in printed["layers"]]
    assert SelectionTrace.from_blobs(blobs).length == 40


def test_trace_writes_its_pairs_as_a_table(
    log: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, command = tmp_path / "pairs.csv", ["trace", str(log), "--weights", str(weights)]
    assert main([*command, "--pairs", str(path), "--out", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "decision.json").read_text())
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(layer["pairs"] for layer in summary["layers"])
    assert f"{len(rows):,} pairs in {path}" in capsys.readouterr().err
    lines = log.read_text().splitlines()
    assert all(row["query_text"] == lines[int(row["query_line"]) - 1] for row in rows)
    path.unlink()
    assert main([*command, "--pairs", str(path)]) == 0 and path.exists()


def test_trace_says_where_it_can_write(log: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["trace", str(log), "--weights", str(weights)]
    assert main(command) == 1
    assert "--out" in capsys.readouterr().err
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == log.name
    assert main([*command, "--out", str(tmp_path / "out"), "--pairs", str(tmp_path / "pairs.xlsx")]) == 1
    assert "ends in .csv or .parquet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists(), "refused before the run"


def test_a_foreign_log_is_called_unfamiliar(
    log: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", str(log), "--out", str(tmp_path / "out"), "--weights", str(weights)]) == 0
    said = capsys.readouterr().out
    assert "do not rely on the verdict; a file of 50 lines and more would be judged by itself" in said


def test_a_log_judged_by_itself_tells_what_happened_and_why(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "strange.log"
    lines = [f"door {number % 7} opened by badge {1000 + number // 4}" for number in range(200)]
    lines[150:150] = [f"FATAL bus error {number}: lost\tpower" for number in range(4)]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert main(["trace", str(path), "--out", str(tmp_path / "out"), "--weights", str(weights)]) == 0
    said = capsys.readouterr().out
    decision = json.loads((tmp_path / "out" / "decision.json").read_bytes())
    assert (decision["of_file"], decision["unfamiliar"]) == (True, True)
    assert re.match(r"1 incident shown first of 204 lines, which must be seen\n", said)
    assert "judged by itself" in said and "normal:" not in said and "fault:" not in said
    assert re.search(r"\n  line 151: FATAL bus error 0: lost power \(4 lines\)\n    Line 151 is shown because ", said)
    first = decision["incidents"][0]
    assert first["lead"] == [151] and first["lines"] == [151, 152, 153, 154] and first["must_be_seen"]
    assert {"severity", "rarity"} <= {reason["term"] for reason in first["reasons"]}
    assert first["sentence"] in said and first["causes"] == []
    assert main(["trace", str(path), "--out", str(tmp_path / "out"), "--weights", str(weights), "--no-fallback"]) == 0
    assert "do not rely on the verdict" in capsys.readouterr().out


def test_rows_of_a_table_judged_by_itself_are_named_once_a_place(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pump.csv"
    rows = [f"{number},{20 + number % 7 / 10},{4 + number % 5 / 10},{1450 + number % 3}" for number in range(400)]
    for stop in (120, 300):
        rows[stop : stop + 4] = [f"{stop + step},{90 + step},0.0,{step}" for step in range(4)]
    path.write_text("\n".join(["step,temperature,flow,speed", *rows]), encoding="utf-8")
    assert main(["trace", str(path), "--out", str(tmp_path / "out"), "--weights", str(weights)]) == 0
    said = capsys.readouterr().out
    named = [int(line) for line in re.findall(r"^  line (\d+): ", said, re.MULTILINE)]
    assert any(120 <= line <= 130 for line in named) and any(300 <= line <= 310 for line in named)
    assert all(abs(one - other) > 25 for place, one in enumerate(named) for other in named[:place])
    assert re.search(r"\(\d+ lines\)\n    Line ", said)


def test_what_was_assumed_of_a_file_is_said(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "messages"
    path.write_text("Feb 29 06:00:00 plc a: on\nFeb 29 06:00:01 plc a: off\n")
    for command in (["trace", str(path), "--out", str(tmp_path / "o")], ["explain", str(path)]):
        main([*command, "--weights", str(weights)])
        assert "the year 2000" in capsys.readouterr().err


def test_evaluate_prints_one_object(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "--weights", str(weights), "--generated", "2", "--events", "100", "--seed", "3", "--json"]
    assert main(command) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"event_f1", "cause_recall", "selected_per_query", "dense_event_f1", "event_f1_interval"} <= set(printed)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"\x00\x01\x02" * 50, "not a text file"), (b"only one line\n", "at least 2")]
)
def test_bad_input_is_one_line_on_standard_error(content: bytes, word: str, weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.log"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "sparsemix", "trace", str(path), "--out", str(tmp_path / "o"), "--weights", str(weights)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert word in done.stderr.lower()
    assert not (tmp_path / "o").exists()


def test_missing_weights_are_named(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.safetensors"
    assert main(["trace", str(log), "--out", str(tmp_path / "o"), "--weights", str(missing)]) == 1
    assert "none.safetensors" in capsys.readouterr().err


def test_a_twin_that_is_no_twin_is_refused(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--weights", str(weights), "--dense-weights", str(weights), "--generated", "1"]) == 1
    assert "is not a dense softmax model" in capsys.readouterr().err


def test_predict_takes_no_meaning_of_labels_because_it_reads_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["predict", "--data", "d", "--out", "p", "--normal", "Gut"])
    assert ended.value.code == 2
    assert "--normal" in capsys.readouterr().err


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("trace", "evaluate", "train"):
        with pytest.raises(SystemExit) as done:
            build_parser().parse_args([command, "--help"])
        assert done.value.code == 0
        assert command in capsys.readouterr().out


@pytest.mark.deep
def test_training_writes_weights_and_a_card_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = CurriculumStage(length=32, batch=2, steps=2, pace=0.05, check_rate=0.3, soft=True)
    plan = TrainConfig(stages=(stage, replace(stage, soft=False)), training_logs=2, log_events=256, validation_logs=1)
    monkeypatch.setattr(commands, "TrainConfig", lambda: plan)
    monkeypatch.setattr(commands, "_CARD_LOGS", 1)
    monkeypatch.setattr(training, "_LOGS", 1)
    out = tmp_path / "w.safetensors"
    assert main(["train", "--out", str(out), "--seed", "4"]) == 0
    card = json.loads(out.with_suffix(".card.json").read_text())
    assert card["weights_sha256"] == SparseMixModel.load(out).weights_sha256
    assert card["plan"]["seed"] == 4
    assert {"event_f1", "cause_recall"} <= set(card["figures"])
    assert "--seed 4" in card["command"]


def test_the_shipped_weights_are_those_of_their_cards() -> None:
    for name in ("weights", "weights-dense"):
        path = ROOT / "sample_data" / f"{name}.safetensors"
        card = json.loads(path.with_suffix(".card.json").read_text())
        assert card["weights_sha256"] == SparseMixModel.load(path).weights_sha256
    assert card["config"]["attention"] == "softmax"


def test_the_check_says_what_it_found(log: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(log), "--out", str(tmp_path / "o"), "--weights", str(weights), "--check"]) == 0
    assert "masked to the logged pairs differs by at most" in capsys.readouterr().out


@pytest.mark.deep
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate", "--events", "0"], "at least 2 events"),
        (["train", "--out", "w.safetensors", "--scale", "nan"], "positive"),
    ],
)
def test_what_cannot_be_done_is_said_before_it_is_begun(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["x", "-1", "0,3"])
def test_a_seed_that_is_no_whole_number_is_refused_in_words(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", f"--seed={seed}"])
    assert ended.value.code == 2
    assert f"'{seed}' is not a whole number" in capsys.readouterr().err
