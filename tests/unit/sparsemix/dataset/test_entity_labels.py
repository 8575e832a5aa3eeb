"""Labels whose ids are words of the lines: which lines get them, what is refused, and what is said."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sparsemix.dataset import DataSet, read_files, understood, with_labels
from sparsemix.dataset.entity_labels import joined
from sparsemix.errors import InputError

HDFS = (
    "081109 203518 143 INFO dfs.DataNode: Receiving block blk_-160 src: /10.250.19.102:54106\n"
    "081109 203519 143 INFO dfs.FSNamesystem: BLOCK* ask 10.250.14.38:50010 to delete blk_38 blk_-160\n"
    "081109 203520 143 INFO dfs.DataNode: Verification succeeded\n"
    "081109 203521 143 INFO dfs.DataNode: PacketResponder 1 for block blk_38 terminating\n"
    "081109 203522 143 INFO dfs.DataNode: Received block blk_381 of size 67108864\n"
)
TABLE = b"BlockId,Label\nblk_-160,Anomaly\nblk_38,Normal\nblk_9,Anomaly\n"


def log(text: str, name: str = "app.log") -> DataSet:
    return read_files([(name, text.encode())], name)


def steps(text: str, table: str, *, normal: list[str] | None = None) -> tuple[str, ...] | None:
    (item,) = understood(with_labels(log(text), table.encode(), "labels.csv"), normal).items
    return item.steps


def code(text: str, table: str) -> str:
    with pytest.raises(InputError) as caught:
        with_labels(log(text), table.encode(), "labels.csv")
    return caught.value.code


def test_lines_get_the_labels_of_the_ids_in_them_and_the_rest_is_said() -> None:
    data = understood(with_labels(log(HDFS), TABLE, "anomaly_label.csv"))
    (item,) = data.items
    assert item.steps == ("Anomaly", "Anomaly", "", "Normal", "")
    assert item.faulty_steps.tolist() == [True, True, False, False, False]
    assert data.notes == ("labelled_ids:2", "labelled_lines:3", "lines_without_id:2", "ids_in_no_line:1")


@pytest.mark.parametrize(("normal", "expected"), [(None, "1"), (["0"], "1"), (["1"], "0"), (["0", "1"], "0")])
def test_of_several_labels_in_a_line_the_first_faulty_one_counts_whatever_means_normal(
    normal: list[str] | None, expected: str
) -> None:
    text = "start A17 and A18\nstop A17\nstop A18\n"
    assert steps(text, "lot,label\nA17,0\nA18,1\n", normal=normal) == (expected, "0", "1")


def test_labels_that_share_all_their_lines_are_understood_together() -> None:
    text = "start A17 and A18\nstop A17 and A18\n"
    assert steps(text, "lot,label\nA17,Gut\nA18,NG\n") == ("NG", "NG")
    (item,) = with_labels(log(text), b"lot,label\nA17,Gut\nA18,NG\n", "labels.csv").items
    assert item.part(1, 2).understood(frozenset(["gut"])).steps == ("NG",)


def test_japanese_ids_labels_columns_and_lines_without_spaces() -> None:
    text = "注文イ-17の処理を開始\nロットA17を搬送\nロットA175を搬送\n注文イ-17：完了\n"
    assert steps(text, "注文,判定\nイ-17,不良\nA17,良品\n") is not None
    assert steps(text, "注文番号,判定\n注文イ-17,不良\nA17,良品\n") == ("不良", "良品", "", "不良")


@pytest.mark.parametrize(
    "header", ["BLOCKID,Label", "block_id,label", "Session,label", "ロット,判定", "whatever,ラベル", "label,x"]
)
def test_the_column_of_ids_is_known_by_its_name_or_is_the_other_of_two(header: str) -> None:
    table = f"{header}\nX-1,1\n" if header != "label,x" else "label,x\n1,X-1\n"
    assert steps("open X-1\nclose\n", table) == ("1", "")


def test_of_three_columns_an_unknown_one_is_not_taken_for_the_ids() -> None:
    assert code("open X-1\nclose\n", "whatever,note,label\nX-1,a,1\n") == "no_label_table"


def test_ids_of_sequences_come_first_and_are_not_mixed_with_words() -> None:
    text = "open X-1 of app.log\nclose\n"
    (item,) = with_labels(log(text), b"id,label\napp.log,1\n", "labels.csv").items
    assert (item.label, item.steps) == ("1", None)
    assert code(text, "id,label\napp.log,1\nX-1,1\n") == "labels_of_others"


def test_a_sequence_without_an_id_stays_as_it_is() -> None:
    data = read_files([("a.log", b"open X-1\nclose\n"), ("b.log", b"open\nclose\n")], "logs")
    first, second = with_labels(data, b"id,label\nX-1,1\n", "labels.csv").items
    assert first.steps == ("1", "") and second is data.items[1]
    assert second.faulty is None


def test_spans_of_json_make_room_for_labels_in_words() -> None:
    data = read_files([("a.jsonl", b'{"id": "s", "events": ["open X-1", "close"], "spans": [1]}\n')], "a")
    (item,) = understood(with_labels(data, b"id,label\nX-1,NG\n", "labels.csv")).items
    assert item.faulty_steps.tolist() == [True, False]


def test_ids_that_are_in_no_line_are_refused_and_it_is_said_what_to_do() -> None:
    with pytest.raises(InputError, match=r"3 of 3 ids are of no sequence of app.log, .* none is a word of its lines.*wafer 7"):
        with_labels(log("open X-1\nclose\n"), TABLE, "labels.csv")
    assert code("open X-1\nclose\n", "id,label\nX-1,\n") == "labels_of_others"
    assert code("open " + "x y " * 5 + "\nclose\n", "id,label\nx y x y x y x y x,1\n") == "labels_of_others"


def test_numbers_that_any_line_may_hold_match_only_with_a_word_beside_them() -> None:
    text = "wafer 7 took 12 ms\nwafer 12 took 7 ms\n"
    assert code(text, "wafer,label\n7,1\n12,0\n") == "labels_of_others"
    assert steps(text, "wafer,label\nwafer 7,1\nwafer 12,0\n") == ("1", "0")
    half = "sshd[2048]: bye\nsshd[17]: hello\n"
    notes = with_labels(log(half), b"pid,label\n2048,1\n17,0\n", "labels.csv").notes
    assert notes == ("labelled_ids:1", "labelled_lines:1", "lines_without_id:1", "ids_not_looked_for:1")
    assert code(half, "pid,label\n2048,1\n17,0\n18,0\n") == "labels_by_accident", "those left out count, too"
    assert steps("sshd[2048]: bye\nsshd[17]: hello\n", "pid,label\n2048,1\n") == ("1", "")


def test_a_few_words_in_a_few_lines_are_taken_for_an_accident() -> None:
    def table(first: str) -> str:
        return "id,label\n" + f"{first},1\n" + "".join(f"Z-{n},0\n" for n in range(10))

    lines = "open X-1\nclose\nclose\n"
    assert code(lines, table("X-1")) == "labels_by_accident"
    assert steps("open X-1\nclose\n", table("X-1")) == ("1", ""), "half of the lines: a part of a log with all labels"
    assert code("open 2048\nclose\n", table("2048")) == "labels_by_accident", "any line may hold a number"
    assert steps("open X-1 Z-1\nclose\nclose\n", table("X-1")) == ("1", "", "")


@st.composite
def ids(draw: st.DrawFn) -> str:
    letters = st.characters(categories=["L", "Nd"]).filter(lambda sign: sign.isalnum() and not _wide(sign))
    return "-".join(draw(st.lists(st.text(letters, min_size=2, max_size=5), min_size=1, max_size=3)))


def _wide(sign: str) -> bool:
    """Return whether a letter is of a writing without spaces."""
    return unicodedata.east_asian_width(sign) in "WH"


def found(id: str, line: str) -> bool:
    return joined(log(f"{line}\nthe end\n"), {id: "1"}, "labels.csv") is not None


@given(ids(), st.sampled_from(["", " ", "(", "[", '"', "'", "=", ":", "/", ",", "<", "「", "は"]), st.data())
def test_an_id_is_found_as_a_word_of_its_own_only(id: str, before: str, data: st.DataObject) -> None:
    assume(not re.fullmatch(r"-?\d+", id))
    after = data.draw(st.sampled_from(["", " ", ".", ",", ").", "]", '"', "'", "=1", ": x", "/x", ";", "」", "を開始"]))
    assert found(id, f"see {before}{id}{after}")
    longer = data.draw(st.sampled_from(["8", "x", "_", "é", "-8", ".x", "\u0301"]))
    assert not found(id, f"see {before}{id}{longer}{after}")
    prefix = data.draw(st.sampled_from(["8", "x", "_", "é", "8-", "x."]))
    assert not found(id, f"see {before}{prefix}{id}{after}")


@pytest.mark.parametrize(
    ("id", "line", "expected"),
    [
        ("blk_3", "got blk_38", False),
        ("blk_-160", "got blk_-160.", True),
        ("blk_160", "got blk_-160", False),
        ("4711", "x -4711", False),
        ("-4711", "x=-4711", True),
        ("A17", "got a17", False),
        ("10.0.0.1", "from 10.0.0.1:80", True),
        ("10.0.0.1", "from 10.0.0.10", False),
        ("order 17/3", "the order 17/3, done", True),
        ("order 17/3", "the order 17/35", False),
        ("{3f2504e0-4f89}", "id=3f2504e0-4f89", True),
        ("किताब", "यह किताब", True),
        ("किताब", "यह किताबें", False),
        ("ロット17", "大ロット17", False),
        ("---", "---", False),
    ],
)
def test_words_of_their_own(id: str, line: str, expected: bool) -> None:
    assert found(id, line) is expected
