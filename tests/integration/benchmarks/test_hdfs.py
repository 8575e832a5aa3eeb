"""Location truth on HDFS, with a made-up log in place of the real one: what is learned from, what is asked, what is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score

from sparsemix.errors import ConfigError
from sparsemix.explain.faithfulness import CONTROLS
from sparsemix.explain.methods import QUICK
from tests.benchmarks import brute_force
from tests.benchmarks.brute_force import check_sequence
from tests.benchmarks.hdfs import model
from tests.benchmarks.hdfs.benchmark import RankedLines, held_windows, rows, scores
from tests.benchmarks.hdfs.data import BLOCKS, EVENTS, load
from tests.benchmarks.hdfs.model import HdfsSize, raw_windows, trained
from tests.benchmarks.report import BenchmarkRefused
from tests.support.sparsemix.made_up_hdfs import made_up, write
from tests.support.sparsemix.small_models import plant_sequence, small_model

SMALL = dataclasses.replace(model.CONFIG, features=512, d_model=16, d_head=8, d_ff=16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, *made_up())
    return tmp_path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("hdfs.benchmark", "hdfs.model"):
        monkeypatch.setattr(f"tests.benchmarks.{module}.CONFIG", SMALL)


def test_lines_come_in_order_without_repetitions(tmp_path: Path) -> None:
    lines, blocks = made_up()
    write(tmp_path, [lines[-1], *lines, lines[5]], blocks)
    data = load(tmp_path)
    assert data.dropped == 2
    assert list(data.lines) == [" ".join(row[:-1]) for row in lines]
    assert [data.names[b] for b in data.block] == [row[-1] for row in lines]
    assert dict(zip(data.names, data.anomalous.tolist(), strict=True)) == dict(blocks)


def test_the_split_is_by_first_lines(folder: Path) -> None:
    data = load(folder)
    assert data.split == 90
    assert data.block[: data.cut].max() == data.split - 1
    assert data.block[data.cut] == data.split
    # Lines of earlier blocks go on after the cut: nothing is asked about them.
    assert (data.block[data.cut :] < data.split).any()
    told = {line.split(" ", 5)[5][:10] for line, bad in zip(data.lines, data.abnormal, strict=True) if bad}
    assert told == {"writeBlock"}


def test_training_windows_know_no_later_line_and_no_block_number(folder: Path) -> None:
    data = load(folder)
    rng = np.random.default_rng(1)
    windows = data.training_windows(6, 96, 400, 256, rng)
    texts = "\n".join(line for window in windows for line in window.log.lines)
    assert not any(name in texts for name in data.names)
    assert max(line.split(" ")[1] for line in texts.splitlines()) <= data.lines[399].split(" ")[1]
    assert {len(window.label) for window in windows} == {96}
    # Every second window lies about a line of an anomalous block.
    assert all(window.label.any() for window in windows[1::2])
    again = data.training_windows(6, 96, 400, 256, np.random.default_rng(1))
    assert [window.log.lines for window in windows] == [window.log.lines for window in again]
    with pytest.raises(ConfigError, match="too few for a window"):
        data.training_windows(1, 96, 50, 256, rng)
    healthy = dataclasses.replace(data, anomalous=np.zeros_like(data.anomalous))
    with pytest.raises(ConfigError, match="no training line"):
        healthy.training_windows(1, 96, 400, 256, rng)


def test_the_deciding_line_is_another_of_the_block_and_the_abnormal_one_where_there_is_one(folder: Path) -> None:
    data = load(folder)
    window = data.window(np.arange(100, 260))
    log = data.labelled(window, 256, np.random.default_rng(0))
    block, abnormal = data.block[100:260], data.abnormal[100:260]
    assert (log.label == data.anomalous[block]).all()
    decided = 0
    for place, by in enumerate(log.decided_by.tolist()):
        others = np.flatnonzero((block == block[place]) & (np.arange(160) != place))
        assert by in others if len(others) else by == -1
        if data.anomalous[block[place]] and abnormal[others].any():
            assert abnormal[by]
            decided += 1
    assert decided


def test_held_out_targets_have_something_to_be_found(folder: Path) -> None:
    data = load(folder)
    held = held_windows(data, HdfsSize.of(1.0, data), 0)
    asked = 0
    for h in held:
        block = data.block[h.window.rows]
        assert (h.window.rows >= data.cut).all()
        for target in h.targets:
            assert block[target] >= data.split
            assert data.anomalous[block[target]]
            assert (block == block[target]).sum() > 1
            asked += 1
    assert asked
    assert [h.targets for h in held] == [h.targets for h in held_windows(data, HdfsSize.of(1.0, data), 0)]
    few = held_windows(data, dataclasses.replace(HdfsSize.of(1.0, data), targets=2), 0)
    assert sum(len(h.targets) for h in few) == 2


def test_a_share_of_the_windows_is_spread_evenly(folder: Path) -> None:
    data = load(folder)
    assert [int(w.rows[0]) for w in raw_windows(data, 100, 1000, 100, 1.0)] == list(range(100, 1000, 100))
    assert [int(w.rows[0]) for w in raw_windows(data, 100, 1000, 100, 0.3)] == [100, 500, 900]
    assert [int(w.rows[0]) for w in raw_windows(data, 100, 1000, 100, 0.01)] == [100, 900]
    assert len(raw_windows(data, 100, 200, 100, 0.01)) == 1


def test_scores_by_hand() -> None:
    found = scores([90, 7, 200, 1], {90, 200, 300}, 100, flagged=False)
    assert found == {
        "pointing_game": 1.0,
        "recall@5_hit": 1.0,
        "average_precision": pytest.approx((1 + 2 / 3) / 3),
        "far_pointing_game": 0.0,
        "far_recall@5_hit": 1.0,
        # 7, 200 and 1 are far; 300 was not ranked and counts as missed.
        "far_average_precision": pytest.approx((1 / 2) / 2),
    }
    assert set(scores([], {101}, 100, flagged=True)) == {
        f"{name}{end}" for name in ("pointing_game", "recall@5_hit", "average_precision") for end in ("", "_flagged")
    }
    assert set(scores([], {101}, 100, flagged=True).values()) == {0.0}


def test_average_precision_is_that_of_scikit_learn_with_ties_and_windows_drawn_twice() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.integers(0, 6, 40).astype(np.float32) for _ in range(3)]
    labels = [rng.random(40) < 0.3 for _ in range(3)]
    ranked = RankedLines.of(logits, labels)
    for windows in ([0, 1, 2], [0, 0, 2], [1, 1, 1]):
        expected = average_precision_score(*(np.concatenate([part[w] for w in windows]) for part in (labels, logits)))
        assert ranked.precision(np.array(windows, dtype=np.float64)[:, None]) == pytest.approx(expected)
    assert RankedLines.of(logits, [np.zeros(40, bool)] * 3).precision(np.zeros((1, 1))) == 0.0


@pytest.mark.deep
def test_every_method_and_control_has_its_rows(folder: Path, small: None) -> None:
    told: list[str] = []
    found = rows(folder, (0, 1), 0.02, told.append)
    assert {row["task"] for row in found} == {"hdfs"}
    by_method: dict[str, set[str]] = {}
    for row in found:
        assert 0.0 <= float(str(row["low"])) <= float(str(row["value"])) <= float(str(row["high"])) <= 1.0
        by_method.setdefault(str(row["method"]), set()).add(str(row["metric"]))
    located = {*QUICK, *CONTROLS, "rollout_unguided", "selection_weight_unguided"}
    judged = {"sparsemix", "sparsemix_unguided", "template_rate", "line_words", "block_counts"}
    assert set(by_method) == located | judged
    for method in located:
        assert {"pointing_game", "recall@5_hit", "average_precision", "far_average_precision"} <= by_method[method]
    for method in judged:
        assert by_method[method] == {"event_f1", "event_average_precision"}
    assert "1200 lines (0 repetitions dropped), 150 blocks, 38 anomalous" in told[0]
    assert sum("brute force" in text for text in told) == 3


def test_the_same_seed_gives_the_same_model(folder: Path, small: None) -> None:
    data = load(folder)
    size = HdfsSize.of(0.01, data)
    valid = [data.labelled(data.window(np.arange(64)), SMALL.features, np.random.default_rng(0))]
    one, again, other = (trained(data, size, seed, valid, lambda _text: None) for seed in (4, 4, 5))
    assert one.weights_sha256 == again.weights_sha256 != other.weights_sha256
    unguided = trained(data, size, 4, valid, lambda _text: None, guided=False)
    assert unguided.weights_sha256 != one.weights_sha256


def test_wrong_effects_are_not_reported(folder: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = plant_sequence(64)
    assert check_sequence(small_model(), sequence, (3, 40)) < 1e-9
    right = brute_force.without_pairs
    for wrong in (lambda x: x + 2e-5, lambda x: x * float("nan")):
        monkeypatch.setattr(brute_force, "without_pairs", lambda *given, w=wrong: w(right(*given)))
        with pytest.raises(BenchmarkRefused, match="nothing is reported"):
            check_sequence(small_model(), sequence, (3,))
    with pytest.raises(BenchmarkRefused, match="brute force"):
        rows(folder, (0,), 0.02, lambda _text: None)


def test_files_that_do_not_fit_are_named_with_advice(tmp_path: Path) -> None:
    lines, blocks = made_up(40)

    def refused(match: str) -> None:
        with pytest.raises(ConfigError, match=match) as caught:
            load(tmp_path)
        assert "--data-dir must lead to a folder" in str(caught.value)

    refused(f"there is no file .*{EVENTS}")
    (tmp_path / EVENTS).write_bytes(b"no parquet")
    refused(f"{EVENTS} is not a parquet file")
    write(tmp_path, lines, blocks)
    (tmp_path / BLOCKS).unlink()
    refused(f"there is no file .*{BLOCKS}")
    pq.write_table(pa.table({"seq_id": ["blk_1"]}), tmp_path / BLOCKS)
    refused("columns anomaly")
    write(tmp_path, lines, [(name, None) for name, _ in blocks])  # type: ignore[misc]
    refused("anomaly must be bool")
    write(tmp_path, lines, [*blocks, blocks[0]])
    refused("names a block twice")
    write(tmp_path, lines, blocks[1:])
    refused("is not a block of")
    write(tmp_path, [(*row[:-1], "block") for row in lines], [("block", True)])
    refused("'block' is not a block")
    write(tmp_path, lines[:2], blocks)
    refused("too few blocks")
    write(tmp_path, [(*row[:5], f"{row[5]}\n081109 000000 more", row[6]) for row in lines], blocks)
    data = load(tmp_path)
    with pytest.raises(ConfigError, match="were read as"):
        data.window(np.arange(10))


def test_what_makes_no_sense_is_refused(folder: Path, tmp_path: Path) -> None:
    for seeds, scale in (((), 1.0), ((0,), 0.0), ((0,), float("nan")), ((0,), float("inf"))):
        with pytest.raises(ConfigError, match="positive scale"):
            rows(folder, seeds, scale, lambda _text: None)
    write(tmp_path, *made_up(40))
    with pytest.raises(ConfigError, match="use the whole files"):
        rows(tmp_path, (0,), 1.0, lambda _text: None)
