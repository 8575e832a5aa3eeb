"""``python -m sparsemix causes``: in words, as JSON, and refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sparsemix.__main__ import main
from tests.support.sparsemix.made_up_machine import MadeUpRun, faulty_run, write_normal
from tests.support.sparsemix.small_models import small_model


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeUpRun, str, str]:
    """Return a faulty run, its file up to the diagnosis, and the folder of normal runs."""
    folder, run = tmp_path_factory.mktemp("machine"), faulty_run("AX_work_pos")
    known = MadeUpRun(tuple(row for row in run.rows if row[0] <= run.diagnosis_at), run.cause, run.alarm_at)
    (folder / "run.csv").write_bytes(known.table())
    (folder / "whole.csv").write_bytes(run.table())
    return run, str(folder / "run.csv"), str(write_normal(folder / "normal"))


def test_in_words(machine: tuple[MadeUpRun, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    _, file, normal = machine
    assert main(["causes", file, "--normal", normal]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("run.csv at ") and "AX_A_100 since" in lines[0] and "by 12 normal runs" in lines[0]
    assert lines[1].startswith("1. AX_work_pos = False for ") and "named like the latest alarm" in lines[1]
    assert any("0 of 12 normal runs" in line and "AX_to_work = True" in line for line in lines[2:5])
    assert lines[-1].startswith("not compared: CN_parts (a number")


def test_as_json_with_and_without_names(machine: tuple[MadeUpRun, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    run, file, normal = machine
    for names in ([], ["--no-names"]):
        assert main(["causes", file, "--normal", normal, "--json", *names]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["file"] == "run.csv" and found["normal_runs"] == 12
        assert found["alarms"] == [{"alarm": "AX_A_100", "since": pytest.approx(run.alarm_at, abs=1e-3)}]
        assert found["causes"][0]["variable"] == "AX_work_pos" and found["causes"][0]["alike"] is not bool(names)


def test_a_moment_instead_of_an_alarm(machine: tuple[MadeUpRun, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    run, file, normal = machine
    whole = str(Path(file).with_name("whole.csv"))
    assert main(["causes", whole, "--normal", normal]) == 1
    assert "Name a moment with --at" in capsys.readouterr().err
    assert run.alarm_at is not None
    assert main(["causes", whole, "--normal", normal, "--at", str(run.alarm_at - 0.5), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["alarms"] == [] and found["causes"][0]["variable"] == "AX_work_pos"


@pytest.mark.parametrize("at", ["-1", "99999999"])
def test_a_moment_outside_the_run_is_refused(
    machine: tuple[MadeUpRun, str, str], at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file, normal = machine
    assert main(["causes", file, "--normal", normal, f"--at={at}"]) == 1
    assert f"run.csv has times from 0.000 to 40.621, and says nothing of {at}.000" in capsys.readouterr().err


def test_columns_are_named_for_the_run_and_the_normal_runs(
    machine: tuple[MadeUpRun, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file, normal = machine
    assert main(["causes", file, "--normal", normal]) == 0
    told = capsys.readouterr().out
    (tmp_path / "normal").mkdir()
    for path in (Path(file), *Path(normal).iterdir()):
        renamed = path.read_text().replace("time_s,node,value,type", "zeit,ort,wert,art", 1)
        (tmp_path / ("normal" if path.parent == Path(normal) else "") / path.name).write_text(renamed)
    asked = ["causes", str(tmp_path / "run.csv"), "--normal", str(tmp_path / "normal")]
    assert main(asked) == 1
    assert "--columns node=NAME" in capsys.readouterr().err
    assert main([*asked, "--columns", "time=zeit,node=ort,value=wert,type=art"]) == 0
    assert capsys.readouterr().out == told


def test_an_event_table_without_normal_runs_is_read_as_a_log_and_says_what_would_say_more(
    machine: tuple[MadeUpRun, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file, _ = machine
    small_model().save(tmp_path / "w.safetensors")
    assert main(["causes", file, "--weights", str(tmp_path / "w.safetensors"), "--json"]) == 0
    said = capsys.readouterr()
    assert "is an event table" in said.err and "--normal FOLDER says more" in said.err
    assert json.loads(said.out)["file"] == "run.csv"


def test_dates_are_told_as_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "normal").mkdir()
    for name in ("run.csv", "normal/1.csv", "normal/2.csv"):
        alarm = "2026-03-02 10:00:05,A,True,Alarm\n" if name == "run.csv" else ""
        rows = "2026-03-02 10:00:00,a,1,x\n2026-03-02 10:00:01,b,1,x\n"
        (tmp_path / name).write_text(f"time,node,value,type\n{rows}{alarm}")
    assert main(["causes", str(tmp_path / "run.csv"), "--normal", str(tmp_path / "normal")]) == 0
    assert "run.csv at 2026-03-02 10:00:05.050: A since 2026-03-02 10:00:05.000." in capsys.readouterr().out


def test_what_cannot_be_used_is_refused(machine: tuple[MadeUpRun, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    _, file, normal = machine
    for path, runs, said in (
        (normal, normal, "Name one"),
        (file, file, "at least 2"),
        (file, f"{normal}/none", "none does not exist"),
    ):
        assert main(["causes", path, "--normal", runs]) == 1
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content"), [("notes.txt", b"Bearings were changed.\nNothing else.\n"), ("plan.png", b"\x89PNG\r\n\x1a\n")]
)
def test_a_foreign_file_among_the_normal_runs_is_named_with_what_to_do(
    machine: tuple[MadeUpRun, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    _, file, _ = machine
    folder = write_normal(tmp_path / "normal")
    (folder / name).write_bytes(content)
    assert main(["causes", file, "--normal", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and name in said.err
    assert f"every file in {folder} must be the event table of one. Correct this file, or take it out." in said.err
