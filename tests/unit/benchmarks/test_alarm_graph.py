"""Graph of alarms: read as the command reads it, scored against the truth, and refused where a check fails."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparsemix.errors import ConfigError
from sparsemix.graph.counts import followers_of
from tests.benchmarks.causes import alarm_graph
from tests.benchmarks.causes.alarm_graph import ARCHIVE, OURS, alarm_rows, check_counts, counted, f1, has_alarms, load
from tests.benchmarks.report import BenchmarkRefused


def write_archive(folder: Path, *, table: bytes | None = None) -> Path:
    """Write alarms of three kinds on four devices: kind 0 leads to kind 1 some 20 s later, kind 2 comes alone."""
    rng = np.random.default_rng(0)
    rows = []
    for device in range(4):
        for begin in rng.integers(0, 400_000, 60).tolist():
            rows += [(0, device, begin), (1, device, begin + 1 + int(rng.exponential(20)))]
            rows.append((2, device, int(rng.integers(0, 400_000))))
    lines = [f"{kind},{device},{start},{start + 5}" for kind, device, start in sorted(rows, key=lambda row: row[2])]
    truth = io.BytesIO()
    np.save(truth, np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]]))
    content = "alarm_id,device_id,start_timestamp,end_timestamp\n" + "\n".join(lines)
    (folder / ARCHIVE).parent.mkdir(parents=True)
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        for name, data in (("Alarm.csv", content.encode() if table is None else table), ("DAG.npy", truth.getvalue())):
            member = tarfile.TarInfo(f"network/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return folder


def test_rows_of_alarms_whose_causes_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_graph, "_DRAWS", 3)
    folder = write_archive(tmp_path)
    assert has_alarms(folder)
    rows = alarm_rows(folder, 0, lambda _text: None)
    by_method = {(row["method"], row["metric"]): row for row in rows}
    assert by_method[OURS, "F1"]["value"] == 1.0
    assert by_method[OURS, "F1"]["edges"] == 1
    assert by_method[OURS, "F1"]["seconds"] > 0
    assert sum(str(row["metric"]).startswith("difference to counting") for row in rows) == 1
    assert alarm_rows(folder, 0, lambda _text: None)[0]["low"] == rows[0]["low"]


def test_other_edges_than_the_commands_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alarms = load(write_archive(tmp_path))
    monkeypatch.setattr(alarm_graph, "load", lambda _folder: replace(alarms, by_command=~alarms.by_command))
    with pytest.raises(BenchmarkRefused, match="other edges"):
        alarm_rows(tmp_path, 0, lambda _text: None)


def test_other_counts_than_those_of_a_plain_loop_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alarms = load(write_archive(tmp_path))
    check_counts(alarms, 0)
    monkeypatch.setattr(
        alarm_graph, "followers_of", lambda sequence, _within, **options: followers_of(sequence, 1.0, **options)
    )
    with pytest.raises(BenchmarkRefused, match="plain loop"):
        check_counts(alarms, 0)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert not has_alarms(tmp_path)
    (tmp_path / ARCHIVE).parent.mkdir()
    (tmp_path / ARCHIVE).write_bytes(content)
    with pytest.raises(ConfigError, match=r"Alarm\.csv"):
        load(tmp_path)


def test_f1_leaves_out_the_diagonal() -> None:
    truth = np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]]) > 0
    assert f1(truth, truth) == 1.0
    assert f1(truth | np.eye(3, dtype=bool), truth) == 1.0
    assert f1(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]) > 0, truth) == 0.5
    assert f1(np.zeros((3, 3), bool), truth) == 0.0


def test_counting_takes_what_comes_before_on_the_same_device() -> None:
    times = np.array([0.0, 3.0, 4.0, 100.0, 104.0, 104.0])
    kinds = np.array([0, 0, 1, 0, 1, 2])
    devices = np.array([0, 0, 0, 1, 1, 2])
    truth = np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]]) > 0
    for every in (False, True):
        assert counted(times, kinds, devices, window=5.0, every=every, truth=truth).tolist() == truth.tolist()
