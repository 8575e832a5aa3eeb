"""``python -m sparsemix graph``: over several logs, in words and files; what cannot be read is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sample_data import PlantConfig, generate
from sparsemix.__main__ import main


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder, names = tmp_path_factory.mktemp("logs"), []
    for seed in (1, 2):
        path = folder / f"line-{seed}.log"
        path.write_text("\n".join(generate(PlantConfig(events=150, fault_rate=0.6), seed).lines), encoding="utf-8")
        names.append(str(path))
    return names


def test_several_logs_in_words_and_files(logs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    json_file, graphml = tmp_path / "new" / "leads.json", tmp_path / "leads.graphml"
    assert main(["graph", *logs, "--top", "5", "--json", str(json_file), "--graphml", str(graphml)]) == 0
    said = capsys.readouterr().out
    payload = json.loads(json_file.read_text(encoding="utf-8"))
    assert said.startswith("2 logs, 300 events, ") and "no proof that one causes the other" in said
    assert [run["name"] for run in payload["runs"]] == ["line-1.log", "line-2.log"]
    assert len(payload["edges"]) == 5 and payload["kinds"][0]["text"][:40] in said
    strengths = [edge["strength"] for edge in payload["edges"]]
    assert strengths == sorted(strengths, reverse=True)
    assert graphml.read_bytes().count(b"<edge ") == 5


def test_what_cannot_be_read_is_named_beside_the_others(
    logs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, copy = tmp_path / "empty.log", tmp_path / "copy.log"
    empty.touch()
    copy.write_bytes(Path(logs[0]).read_bytes())
    assert main(["graph", logs[0], str(empty), str(copy), "--top", "1"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("1 log, 150 events, ")
    assert f"{empty} is left out: The file is empty" in shown.err
    assert f"{copy} is left out: its events are those of {logs[0]}" in shown.err
    assert f"1 of 3 files are not in the graph: {empty}" in shown.err
    assert main(["graph", str(empty), str(tmp_path)]) == 1
    assert "none of the files can be read" in capsys.readouterr().err


@pytest.mark.parametrize("top", ["-1", "x", "1.5"])
def test_a_wrong_number_of_edges_is_refused(logs: list[str], top: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["graph", logs[0], "--top", top])
    assert "is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--by-source"], ["--within", "5"]])
def test_options_of_times_without_times_are_refused(
    logs: list[str], options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", logs[0], *options]) == 1
    assert "--by-times" in capsys.readouterr().err


def test_by_times_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alarms = tmp_path / "alarms.csv"
    rows = [f"2026-03-01 {hour:02}:00:{second:02},{device},{kind}" for hour in range(24) for second, device, kind in _HOUR]
    alarms.write_text("\n".join(["raised,device,alarm", *rows]))
    graph = ["graph", str(alarms), "--by-times", "--by-source", "--columns", "time=raised,source=device,message=alarm"]
    assert main([*graph, "--json", str(alarms / "g.json")]) != 0
    said = capsys.readouterr().out
    assert said.startswith("1 log, 96 events, 24 pairs of different events. The strongest 1 of 1 edge:")
    assert "came within 60 seconds (" in said and "no proof that one causes the other" in said and "\x1b" not in said
    assert main([*graph, "--within", "19"]) == 0
    assert "None of them is an edge" in capsys.readouterr().out


# A filter is full 20 seconds before the jam of its device; the other device has nothing to do with it.
_HOUR = [(1, "B2", "idle"), (10, "A1", "full \x1b[2J"), (29, "B2", "idle"), (30, "A1", "jam")]
