"""The protocol on raw HDFS lines: parts and windows, who is told what, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sparsemix.errors import ConfigError
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long import data as protocol
from tests.benchmarks.long.data import check, fitted_windows, held_out_windows, kept_windows, read, untold
from tests.benchmarks.report import BenchmarkRefused
from tests.support.sparsemix.made_up_hdfs import made_up, write


@pytest.fixture
def data(tmp_path: Path) -> Hdfs:
    (tmp_path / "hdfs").mkdir()
    write(tmp_path / "hdfs", *made_up(40))
    return read(tmp_path)


@pytest.mark.parametrize("length", [7, 64, 10_000])
def test_windows_follow_each_other_and_hold_every_line_once(data: Hdfs, length: int) -> None:
    windows = [*fitted_windows(data, length), *kept_windows(data, length), *held_out_windows(data, length)]
    assert [line for window in windows for line in range(*window)] == list(range(len(data.lines)))
    assert max(stop - start for start, stop in windows) <= length
    assert held_out_windows(data, length)[0][0] == data.cut == kept_windows(data, length)[-1][1]
    assert len(held_out_windows(data, length)) == -(-(len(data.lines) - data.cut) // length)


def test_the_untold_see_all_lines_and_no_truth_of_the_test_lines(data: Hdfs) -> None:
    seen = untold(data)
    assert seen.lines == data.lines and (seen.split, seen.cut) == (data.split, data.cut)
    assert (seen.block[: data.cut] == data.block[: data.cut]).all() and (seen.label == data.label)[: data.cut].all()
    assert not seen.label[data.cut :].any() and len(set(seen.block[data.cut :])) == 1
    # Lines of blocks that had begun before the cut are tested, too.
    assert min(data.block[data.cut :]) < data.split
    assert data.label[data.cut :].any() and len(set(data.block[data.cut :])) > 1


def test_what_does_not_fit_is_refused(data: Hdfs, monkeypatch: pytest.MonkeyPatch) -> None:
    check(data, [7, 64])
    wrong = {
        "differ in number": {"lines": data.lines[:-1]},
        "order of their first lines": {"block": data.block[::-1].copy()},
        "does not name its block": {"names": data.names[::-1]},
    }
    for said, change in wrong.items():
        with pytest.raises(BenchmarkRefused, match=said):
            check(dataclasses.replace(data, **change), [64])
    displaced = dataclasses.replace(data)
    displaced.__dict__["cut"] = data.cut + 1
    with pytest.raises(BenchmarkRefused, match="not the first line of a held-out block"):
        check(displaced, [64])
    monkeypatch.setattr(protocol, "held_out_windows", lambda data, length: [(data.cut, len(data.lines) - 1)])
    with pytest.raises(BenchmarkRefused, match="exactly one window of 64"):
        check(data, [64])


def test_missing_or_useless_data_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no file .*hdfs"):
        read(tmp_path)
    (tmp_path / "hdfs").mkdir()
    lines, blocks = made_up(40)
    write(tmp_path / "hdfs", lines, [(name, False) for name, _ in blocks])
    with pytest.raises(ConfigError, match="use the whole files"):
        read(tmp_path)
