"""The benchmark ``pipeline``, in small: every stage is seen, and what is wrong is not reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparsemix import SparseMixModel
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import ConfigError
from sparsemix.trace.selection_trace import SelectionTrace
from tests.benchmarks import pipeline
from tests.benchmarks.__main__ import main
from tests.benchmarks.pipeline import KINDS, STAGES, check, lines_of, passage, rows
from tests.benchmarks.report import BenchmarkRefused
from tests.support.paths import LOGS, WEIGHTS

LINES = 300


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return SparseMixModel.load(WEIGHTS)


@pytest.mark.deep
def test_the_report_has_a_row_for_every_log_length_and_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipeline, "CHECKED", LINES)
    path = tmp_path / "pipeline.json"
    assert main(["pipeline", "--json", str(path), "--events", "600,300", "--repeats", "2"]) == 0
    found = json.loads(path.read_text(encoding="utf-8"))["rows"]
    expected = [(log, events, stage) for log in KINDS.values() for events in (300, 600) for stage in STAGES]
    assert [(row["log"], row["events"], row["stage"]) for row in found] == expected
    for row in found:
        assert row["seconds"] > 0 and row["events_per_s"] == pytest.approx(row["events"] / row["seconds"])
        assert 100e6 < row["peak_bytes"] < 2e9
        assert (row["rival"] is None) == (row["rival_s"] is None) == (row["stage"] not in ("read", "encode", "whole"))
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(KINDS) * len(STAGES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_stages_are_the_whole_and_nothing_stays_behind(kind: str, model: SparseMixModel, tmp_path: Path) -> None:
    before = [getattr(owner, name) for owner, name, _ in pipeline._INSIDE]
    check(model, lines_of(kind, LINES, 1, None), kind, tmp_path)
    _, judged, found = passage(model, "\n".join(lines_of(kind, LINES, 2, None)).encode(), tmp_path)
    seconds = found["seconds"]
    whole = seconds.pop("whole")
    assert min(seconds.values()) > 0 and sum(seconds.values()) == pytest.approx(whole, rel=0.1, abs=0.05)
    assert judged.fell_back == (kind == "any")
    assert [getattr(owner, name) for owner, name, _ in pipeline._INSIDE] == before


def _lost(work: Callable[..., Any]) -> Callable[..., Any]:
    def read(*given: Any) -> Any:
        found = work(*given)
        return replace(found, sequence=replace(found.sequence, events=found.sequence.events[1:]))

    return read


def _never_twice(work: Callable[..., Any]) -> Callable[..., Any]:
    shares = iter((0.25, 0.75))

    def judged(*given: Any, **named: Any) -> Any:
        found = work(*given, **named)
        decision = replace(found.run.decision, sequence_probability=next(shares))
        return replace(found, run=replace(found.run, decision=decision))

    return judged


def _nearly(work: Callable[..., Any]) -> Callable[..., Any]:
    def select(*given: Any, **named: Any) -> Any:
        mixed, heads = work(*given, **named)
        return mixed * 1.01, heads

    return select


def _otherwise(work: Callable[..., Any]) -> Callable[..., Any]:
    def from_blobs(blobs: list[bytes]) -> SelectionTrace:
        (head, *others), *layers = work(blobs).heads
        return SelectionTrace(((replace(head, weight=np.nextafter(head.weight, np.float32(2))), *others), *layers))

    return from_blobs


@pytest.mark.parametrize(
    ("owner", "name", "wrong", "words"),
    [
        (pipeline, "read_file", _lost, "not the lines"),
        (pipeline, "run_or_fall_back", _never_twice, "two passages differ"),
        (SelectionTrace, "from_blobs", _otherwise, "the trace on disk differs"),
        (AdaptiveSparseAttention, "select", _nearly, "differs from dense entmax attention"),
    ],
)
def test_what_is_wrong_is_not_reported(
    owner: Any,
    name: str,
    wrong: Callable[..., Any],
    words: str,
    model: SparseMixModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, name, wrong(getattr(owner, name)))
    with pytest.raises(BenchmarkRefused, match=words):
        check(model, lines_of("known", LINES, 1, None), "known", tmp_path)


def _passed(**wrong: Any) -> list[dict[str, Any]]:
    usual = {"events": LINES, "by_itself": False, "bits": "a", "seconds": dict.fromkeys(STAGES, 1.0)}
    more = {"peaks": dict.fromkeys(STAGES, 1.0), "drain3": 0.5, "HashingVectorizer": 0.25}
    return [usual | more, usual | more | wrong]


def test_growth_and_rivals_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = iter((300, 1_200))
    monkeypatch.setattr(pipeline, "check", lambda *_given: None)
    monkeypatch.setattr(pipeline, "_in_a_process", lambda *_given: [one | {"events": next(lengths)} for one in _passed()[:1]])
    found = rows(WEIGHTS, (300, 1_200), 1, {"known": None}, 0, lambda _text: None)
    found = [row | {"seconds": 8.0} if row["events"] == 1_200 else row for row in found]
    whole = pipeline.table(found).splitlines()[-1].split()
    assert whole[:6] == ["known", "words", "whole", "1.000", "8.000", "1.50"] and whole[-3:] == ["0.06", "x", "drain3"]


@pytest.mark.parametrize(
    "wrong",
    [{"bits": "b"}, {"seconds": dict.fromkeys(STAGES, 1.0) | {"encode": 0.0}}],
    ids=["other bits", "a stage that no call went through"],
)
def test_passages_that_differ_or_miss_a_stage_are_not_reported(wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "check", lambda *_given: None)
    monkeypatch.setattr(pipeline, "_in_a_process", lambda *_given: _passed(**wrong))
    with pytest.raises(BenchmarkRefused, match="not judged alike"):
        rows(WEIGHTS, (LINES,), 2, {"known": None}, 0, lambda _text: None)


def test_any_log_can_be_a_file_of_ones_own(tmp_path: Path) -> None:
    log = LOGS / "web.log"
    assert list(lines_of("any", 40, 0, log)) == log.read_text(encoding="utf-8").splitlines()[:40]
    with pytest.raises(ConfigError, match=r"must have 10,000,000 lines"):
        lines_of("any", 10_000_000, 0, log)


@pytest.mark.parametrize("wrong", [("--events", "100"), ("--repeats", "0"), ("--kinds", "none")])
def test_settings_that_measure_nothing_are_refused(wrong: tuple[str, str], tmp_path: Path) -> None:
    assert main(["pipeline", "--json", str(tmp_path / "pipeline.json"), *wrong]) == 1
