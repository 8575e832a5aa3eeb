"""What a method names, and the figures of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparsemix.model.model import SparseMixModel
from sparsemix.trace.selection_trace import SelectionTrace
from sparsemix.training.own_data import Plan
from tests.benchmarks.__main__ import main
from tests.benchmarks.newcomer import benchmark
from tests.benchmarks.newcomer.kinds import KINDS
from tests.benchmarks.newcomer.methods import by_model, check, never_seen
from tests.benchmarks.newcomer.truth import Folder, read
from tests.benchmarks.report import BenchmarkRefused
from tests.support.paths import WEIGHTS

KIND = "alarm list, Excel"


@pytest.fixture(scope="module")
def folder() -> Folder:
    files = [KINDS[KIND](np.random.default_rng(seed), f"file-{seed}", seed == 0) for seed in range(6)]
    return Folder(tuple(files[2:]), (files[0],), (files[1],))


def test_the_rule_names_lines_of_new_templates_in_their_order(folder: Folder) -> None:
    method = never_seen(folder)
    file = read(folder.faulty[0])
    named = method(file.sequence)
    lines = [line for (line,), _ in named.told]
    assert named.fault and named.seen and lines == sorted(lines)
    assert file.faults <= set(lines) and file.causes <= set(lines)
    usual = method(read(folder.normal[0]).sequence)
    assert not usual.fault and not usual.told


def test_a_run_is_checked_before_anything_is_reported(folder: Folder) -> None:
    file = read(folder.faulty[0])
    named = by_model(SparseMixModel.load(WEIGHTS), falls_back=True)(file.sequence)
    assert named.judged is not None and named.judged.fell_back
    check(named, file)
    heads = named.judged.run.trace.heads
    doubtful = replace(heads[0][0], certified=np.zeros(len(file.sequence), np.bool_))
    run = replace(named.judged.run, trace=SelectionTrace(((doubtful, *heads[0][1:]), *heads[1:])))
    with pytest.raises(BenchmarkRefused, match="certified 75"):
        check(replace(named, judged=replace(named.judged, run=run)), file)


def test_a_row_has_its_share_with_an_interval_and_its_seconds(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "KINDS", {KIND: KINDS[KIND]})
    monkeypatch.setattr(benchmark, "folder_of", lambda *_: folder)
    rows = benchmark.newcomer_rows(SparseMixModel.load(WEIGHTS), ("by itself", "before", "never seen"), Plan(), lambda _: None)
    assert {row["set"] for row in rows} == {KIND, "all"}
    assert {row["method"] for row in rows} == {"by itself", "before", "never seen", "chance"}
    value = {(row["set"], row["method"], row["metric"]): row["value"] for row in rows}
    assert value[(KIND, "never seen", "found")] == value[(KIND, "never seen", "worth reading")] == 1.0
    assert value[(KIND, "by itself", "fell back")] == 1.0 and value[(KIND, "before", "fell back")] == 0.0
    assert 0.0 < float(str(value[("all", "chance", "first five true")])) < 0.1
    for row in rows:
        assert float(str(row["low"])) <= float(str(row["value"])) <= float(str(row["high"])), row


def test_an_unknown_method_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["newcomer", "--json", str(tmp_path / "n.json"), "--methods", "guess"]) == 1
    assert "unknown: guess" in capsys.readouterr().err
