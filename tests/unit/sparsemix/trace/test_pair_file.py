"""All selected pairs as a file: every pair with its numbers and texts, no cell that acts, a bounded part of it in memory."""

from __future__ import annotations

import csv
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.trace.pair_file import SCHEMA, check_pair_file, pair_blocks, write_pairs
from sparsemix.trace.selection_trace import SelectionTrace
from tests.support.dashboard.traces import head, random_head, sequence, trace
from tests.support.properties import examples

ODD = ["plain", 'a "quote", a comma', "two\nlines\r\n", "=1+1", " -2", "温度 🌡️", "half \ud83d of an emoji", "nul \x00", ""]


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def plain(text: str) -> str:
    return text.replace("\ud83d", "\ufffd").replace("\x00", "\ufffd")


def test_both_formats_hold_every_pair_with_its_numbers_and_texts(tmp_path: Path) -> None:
    events, n = sequence(ODD), len(ODD)
    made = SelectionTrace(
        ((head(n, {(5, 0): 0.1, (5, 4): 0.9, (3, 3): 1.0}), head(n, {})), (head(n, {}), head(n, {(8, 1): 0.3})))
    )
    for name in ("pairs.csv", "pairs.parquet"):
        assert write_pairs(events, made, tmp_path / name) == 4
    exact = pq.read_table(tmp_path / "pairs.parquet")
    assert exact.schema.equals(SCHEMA)
    rows = exact.to_pylist()
    assert [(row["layer"], row["head"], row["query"], row["key"]) for row in rows] == [
        (0, 0, 3, 3),
        (0, 0, 5, 0),
        (0, 0, 5, 4),
        (1, 1, 8, 1),
    ]
    first, last = rows[1], rows[3]
    assert (first["query_line"], first["key_line"], first["distance"], first["certified"]) == (6, 1, 5, True)
    assert (first["query_time"], first["key_time"]) == (events.events[5].time, events.events[0].time)
    assert first["margin"] == pytest.approx(0.1) and first["logit"] == pytest.approx(1.2) and first["route"] == "content"
    assert (last["query_text"], last["key_text"]) == ("", 'a "quote", a comma')
    assert [row["certified"] for row in rows] == [False, True, True, True]
    for row, cells in zip(rows, rows_of_csv(tmp_path / "pairs.csv"), strict=True):
        assert list(cells) == SCHEMA.names
        for side in ("query", "key"):
            assert row[f"{side}_text"] == plain(ODD[row[side]])
            assert cells[f"{side}_text"] in (row[f"{side}_text"], f"'{row[f'{side}_text']}")
        for name in ("layer", "head", "query", "key", "query_line", "key_line", "distance"):
            assert int(cells[name]) == row[name]
        for name in ("weight", "logit", "margin"):
            assert np.float32(cells[name]) == np.float32(row[name])
        assert float(cells["key_time"]) == row["key_time"] and cells["certified"] == str(row["certified"]).lower()


@pytest.mark.parametrize("start", list("=+-@＝＋－＠\t\r\n"))
def test_no_line_of_a_log_acts_as_a_formula(start: str, tmp_path: Path) -> None:
    text = f"{start}HYPERLINK(1)"
    write_pairs(sequence([text] * 3), trace(head(3, {(2, 0): 0.5, (0, 2): 0.5})), tmp_path / "pairs.csv")
    rows = rows_of_csv(tmp_path / "pairs.csv")
    assert {row["key_text"] for row in rows} == {row["query_text"] for row in rows} == {f"'{text}"}
    assert [row["distance"] for row in rows] == ["-2", "2"], "numbers stay numbers"


@examples(150)
@given(st.lists(st.text(max_size=12), min_size=2, max_size=6), st.integers(0, 40), st.integers(0, 9))
def test_any_texts_come_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str], pairs: int, seed: int) -> None:
    folder, events = tmp_path_factory.mktemp("pairs"), sequence(texts)
    made = trace(random_head(len(texts), pairs, seed), random_head(len(texts), pairs, seed + 1))
    for ending in ("csv", "parquet"):
        assert write_pairs(events, made, folder / f"p.{ending}") == 2 * pairs
    exact = pq.read_table(folder / "p.parquet")
    expected = [(layer, h, q, k) for layer, h, one in made for q, k in zip(one.query_index, one.key_index, strict=True)]
    assert list(zip(*(exact[name].to_pylist() for name in ("layer", "head", "query", "key")), strict=True)) == expected
    cells = rows_of_csv(folder / "p.csv")
    stored = [text.replace("\x00", "\ufffd") for text in texts]
    assert exact["key_text"].to_pylist() == [stored[key] for *_, key in expected]
    assert [cell["key_text"].removeprefix("'") for cell in cells] == [stored[key].removeprefix("'") for *_, key in expected]


def test_an_event_without_a_time_has_an_empty_cell(tmp_path: Path) -> None:
    events = sequence(["a", "b", "c"])
    events = replace(events, events=(events.events[0]._replace(time=None), *events.events[1:]))
    made = trace(head(3, {(2, 0): 0.5}))
    for ending in ("csv", "parquet"):
        write_pairs(events, made, tmp_path / f"p.{ending}")
    (row,) = rows_of_csv(tmp_path / "p.csv")
    (exact,) = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert row["key_time"] == "" and exact["key_time"] is None and float(row["query_time"]) == exact["query_time"]


def test_no_pairs_are_a_table_without_rows(tmp_path: Path) -> None:
    for ending in ("csv", "PARQUET"):
        assert write_pairs(sequence(["a", "b"]), trace(head(2, {})), tmp_path / "new" / f"p.{ending}") == 0
    assert rows_of_csv(tmp_path / "new" / "p.csv") == []
    assert pq.read_table(tmp_path / "new" / "p.PARQUET").schema.equals(SCHEMA)


@pytest.mark.parametrize("name", ["pairs", "pairs.xlsx", "pairs.csv.gz", ".csv"])
def test_another_ending_is_refused_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"ends in \.csv or \.parquet"):
        check_pair_file(tmp_path / name)


def test_a_folder_and_a_foreign_trace_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").mkdir()
    with pytest.raises(TraceError, match="is a folder"):
        check_pair_file(tmp_path / "p.csv")
    with pytest.raises(TraceError, match="the sequence of 2"):
        write_pairs(sequence(["a", "b"]), trace(head(3, {})), tmp_path / "q.csv")


def test_a_file_that_could_not_be_finished_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.csv"
    path.write_text("before", encoding="utf-8")

    def full(_cell: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sparsemix.trace.pair_file.guarded", full)
    with pytest.raises(OSError, match="No space"):
        write_pairs(sequence(["a", "b"]), trace(head(2, {(1, 0): 0.5})), path)
    assert path.read_text(encoding="utf-8") == "before" and list(tmp_path.iterdir()) == [path]


def long_log() -> tuple[TokenSequence, SelectionTrace]:
    """Return a log of 20,000 lines of 1,000 characters and a selection whose table has 40 MB of texts."""
    lines = [f"{place:03} " + "x" * 996 for place in range(100)]
    return sequence([lines[place % 100] for place in range(20_000)]), trace(random_head(20_000, 20_000))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_long_log_is_written_in_bounded_memory(ending: str, tmp_path: Path) -> None:
    events, made = long_log()
    assert max(block.nbytes for block in pair_blocks(events, made)) < 6e6
    tracemalloc.start()
    try:
        assert write_pairs(events, made, tmp_path / f"p.{ending}") == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6
