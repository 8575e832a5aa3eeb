"""The benchmark on real sets, on small sets of the same form; no figure counts here."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import betabinom

from sparsemix import ConfigError
from tests.benchmarks.__main__ import main
from tests.benchmarks.hdfs import data as hdfs_data
from tests.benchmarks.real import adfa, asd, hdfs, simulated, tep, trivial
from tests.benchmarks.real.rows import RealSettings
from tests.benchmarks.real.simulated import FALSE_ALARM_PLAN, SPLITS_PLAN, false_alarm_rows, split_rows, transfer_rows
from tests.support.paths import WEIGHTS
from tests.support.sparsemix.made_up_hdfs import made_up, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The three sets in their own form, tiny."""
    rng = np.random.default_rng(0)
    (tmp_path / "adfa").mkdir()
    with zipfile.ZipFile(tmp_path / "adfa" / "ADFA-LD.zip", "w") as archive:
        archive.writestr("ADFA-LD/ADFA-LD+Syscall+List.txt", "1 exit\n")
        for part, name, count, length in (
            ("Training_Data_Master", "UTD-{}", 12, 30),
            ("Validation_Data_Master", "UVD-{}", 12, 45),
        ):
            for n in range(count):
                trace = " ".join(str(3 + i % 3) for i in range(n % 3, length + n))
                archive.writestr(f"ADFA-LD/{part}/{name.format(n)}.txt", trace + " ")
        for n in range(12):
            trace = " ".join(str(call) for call in rng.integers(3, 9, 40))
            archive.writestr(f"ADFA-LD/Attack_Data_Master/{'Adduser' if n % 2 else 'Hydra_FTP'}_{n // 2}/UAD-{n}.txt", trace)
    (tmp_path / "asd").mkdir()
    train, test = rng.normal(size=(2, 200, 6)).cumsum(1)
    label, guilty = np.zeros(200), np.zeros((200, 6))
    label[100:120], guilty[100:120, 1] = 1, 1
    test[100:120, 1] += 30
    np.savez(tmp_path / "asd" / "omi-1.npz", train=train, test=test, test_label=label, interp_mask=guilty)
    (tmp_path / "tep").mkdir()
    for fault in range(tep.FAULTS + 1):
        for name, steps, onset in ((f"d{fault:02d}.dat.gz", 60, 0), (f"d{fault:02d}_te.dat.gz", 200, 160)):
            table = rng.normal(size=(steps, 52))
            table[onset:, fault] += 9
            with gzip.open(tmp_path / "tep" / name, "wt") as file:
                np.savetxt(file, table.T if fault == onset == 0 else table)
    return tmp_path


def small_batches(monkeypatch: pytest.MonkeyPatch, *plans: tuple[ModuleType, str]) -> None:
    """Let these plans learn from batches of a sixteenth of their size: no figure counts here."""
    for module, name in plans:
        plan = getattr(module, name)
        monkeypatch.setattr(module, name, replace(plan, events=plan.events // 16))


@pytest.mark.deep
def test_every_set_that_is_there_gives_rows_beside_a_baseline(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, (adfa, "LABELS"), (adfa, "NOVELTY"), (asd, "PLAN"), (tep, "PLAN"), (tep, "CLASSES"))
    monkeypatch.setattr(trivial, "_DRAWS", 20)
    out = tmp_path / "real.json"
    sets = "adfa,adfa-labels,asd,smd,tep,tep-classes"
    assert main(["real", "--data-dir", str(folder), "--json", str(out), "--sets", sets, "--scale", "0.002"]) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    found = {(row["set"], row["metric"]) for row in rows}
    assert {
        ("adfa", "AUC"),
        ("adfa", "AUC without duplicates"),
        ("adfa", "AP"),
        ("asd", "AP"),
        ("tep", "rate, fault 15"),
        ("tep", "accuracy without faults 3, 9 and 15"),
    } <= found
    assert not any(row["set"] == "smd" for row in rows), "there is no such folder"
    keys = [row for row in rows if row["metric"] == "keys selected a query and head"]
    assert [row["set"] for row in keys] == ["adfa", "asd", "tep"]
    assert all(0.0 < row["value"] <= 200.0 for row in keys), "no sequence is longer"
    others = [row for row in rows if row not in keys]
    assert all(0.0 <= row["value"] <= 1.0 for row in others)
    assert all(row["baseline"] is not None for row in others if "asked" not in row["metric"])


def test_traces_of_one_run_share_a_fold(folder: Path) -> None:
    traces = adfa.load(folder / "adfa")
    assert (len(traces.training), len(traces.validation), len(traces.attacks)) == (12, 12, 12)
    assert sorted(set(traces.types)) == ["Adduser", "Hydra_FTP"]
    _, fold = adfa.folds(24, traces.runs, seed=0)
    assert all(len({fold[i] for i, other in enumerate(traces.runs) if other == run}) == 1 for run in traces.runs)


def test_guilty_metrics_are_hit_by_what_is_furthest_off(folder: Path) -> None:
    (server,) = asd.load(folder / "asd")
    off = np.zeros_like(server.test)
    off[:, 1] = 1.0
    assert asd.hit_rate(server, off) == 1.0
    assert asd.hit_rate(server, -off) == 0.0


@pytest.mark.deep
def test_blocks_and_raw_lines_of_hdfs_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch, (hdfs, "BLOCKS"), (hdfs, "LINES"))
    write(tmp_path, *made_up())
    data = hdfs_data.load(tmp_path)
    settings, told = RealSettings(scale=0.01, twin=True), list[str]()
    (block,) = hdfs.block_rows(data, settings, told.append)
    assert block["baseline"] == block["count_vector_novelty"] == 1.0, "the made-up exception is a template of its own"
    (line,) = hdfs.line_rows(data, settings, told.append, window=100)
    assert 0.0 <= line["value"] <= line["ceiling"] <= 1.0
    for row in (block, line):
        assert 0.0 <= row["dense_twin"] <= 1.0 and row["dense_seconds"] > 0


def test_recall_is_of_the_lines_on_top() -> None:
    score, true = np.arange(200.0), np.zeros(200, np.bool_)
    true[[199, 100]] = True
    none = np.zeros(200, np.bool_)
    assert hdfs.recall_at_top([score, score], [true, none]) == (0.5, 1.0)
    assert hdfs.recall_at_top([-score], [true]) == (0.0, 1.0)
    assert hdfs.recall_at_top([score], [~none]) == (0.01, 0.01)


@pytest.mark.deep
def test_transfer_is_measured_beside_ten_times_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "TransferScale", partial(simulated.TransferScale, events=256))
    found = transfer_rows(WEIGHTS, RealSettings(scale=0.002), lambda _text: None)
    assert [row["protocol"] for row in found] == ["2 labelled logs against 20 from scratch", "no labelled log"]
    assert all(0.0 <= row["value"] <= 1.0 and 0.0 <= row["baseline"] <= 1.0 for row in found)


@pytest.mark.deep
def test_as_many_fresh_normal_logs_are_flagged_as_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # Hardly trained: the threshold has to hold whatever the network learned. A quarter of the benchmark's logs, and shorter.
    monkeypatch.setattr(simulated, "_LINES", 12)
    (row,) = false_alarm_rows(RealSettings(scale=0.25), lambda _text: None, replace(FALSE_ALARM_PLAN, steps=20, events=128))
    assert row["asked"] == 0.01
    assert row["fresh"] == 1000 and row["smallest"] == 1 / 501
    # How many of 1,000 lie above the fifth highest of 500, where all are alike.
    low, high = betabinom(1000, 5, 496).interval(0.99)
    assert low <= 1000 * row["value"] <= high


@pytest.mark.deep
def test_over_random_splits_the_mean_is_given_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "_SPLIT_LOGS", 40)
    (row,) = split_rows(RealSettings(scale=0.04), lambda _text: None, replace(SPLITS_PLAN, steps=4))
    assert (row["splits"], row["held_out"], row["fresh"]) == (2, 40, 48)
    assert 0.0 <= row["value"] <= 0.5 and 0.0 <= row["standard_error"] < 0.5


@pytest.mark.deep
@pytest.mark.parametrize("load", [adfa.load, asd.load, tep.load])
def test_a_folder_without_the_set_is_refused_with_its_name(load: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path)):
        load(tmp_path)  # type: ignore[operator]


def test_unknown_sets_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["real", "--data-dir", str(folder), "--json", "x.json", "--sets", "iris"]) == 1
    assert "iris" in capsys.readouterr().err
