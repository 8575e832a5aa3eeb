"""The data set contract: what is read, and what is refused whole."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.dataset import Columns, read_dataset, read_files, with_labels
from sparsemix.dataset.archive import packed_files
from sparsemix.errors import InputError
from sparsemix.readers.json_lines import marked_words, split_words
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import ReadOptions


def jsonl(path: Path, *items: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return path


def code_of(path: Path, columns: Columns | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_dataset(path, ReadOptions(columns=columns or Columns()))
    assert str(caught.value)
    return caught.value.code


def test_a_sequence_a_line_with_its_label_and_id(tmp_path: Path) -> None:
    data = read_dataset(
        jsonl(
            tmp_path / "d.jsonl",
            {"id": "a", "events": ["2024-05-01 10:00:00 INFO ST01 start", "stop"], "label": "normal"},
            {"events": ["x"], "label": 1},
            {"id": 7, "events": ["y", ""], "label": None},
        )
    )
    assert [item.id for item in data.items] == ["a", "2", "7"]
    assert [item.label for item in data.items] == ["normal", "1", None]
    assert [item.faulty for item in data.items] == [False, True, None]
    first = data.items[0].sequence.events[0]
    assert (first.message, first.level, first.time) == ("INFO ST01 start", "INFO", 1714557600.0)
    assert len(data.items[2]) == 2, "an empty event keeps its place"
    assert data.events == 5


def test_spans_of_events_and_of_text_mark_steps(tmp_path: Path) -> None:
    data = read_dataset(
        jsonl(
            tmp_path / "d.jsonl",
            {"id": "a", "events": ["a", "b", "c", "d"], "spans": [[1, 3]]},
            {"id": "b", "text": "this is stupid, really", "spans": [8, 9, 10, 11, 12, 13]},
            {"id": "c", "text": "fine", "spans": []},
        )
    )
    assert data.items[0].faulty_steps.tolist() == [False, True, True, False]
    text = data.items[1]
    assert text.offsets is not None
    marked = ["this is stupid, really"[a:b] for (a, b), bad in zip(text.offsets, text.faulty_steps, strict=True) if bad]
    assert marked == ["stupid"]
    assert [item.faulty for item in data.items] == [True, True, False]


@given(st.text(max_size=200))
def test_words_lie_in_the_text_in_order_and_leave_out_spaces_only(text: str) -> None:
    offsets = split_words(text)
    assert (offsets[:, 0] < offsets[:, 1]).all()
    assert (offsets[1:, 0] >= offsets[:-1, 1]).all()
    covered = np.zeros(len(text), bool)
    for start, stop in offsets.tolist():
        covered[start:stop] = True
    assert all(
        text[i].isspace() or text[i] == "_" or not text[i].isprintable() or not text[i].strip()
        for i in np.flatnonzero(~covered)
    )


def test_a_word_is_marked_by_more_than_half_of_its_characters() -> None:
    offsets = np.array([[0, 4], [5, 9]])
    assert marked_words(offsets, [(2, 8)]).tolist() == [False, True]


@pytest.mark.parametrize(
    "line, code",
    [
        ("not json", "not_json"),
        ("[1]", "not_a_sequence"),
        ('{"id": "a"}', "not_a_sequence"),
        ('{"events": ["a"], "text": "a"}', "not_a_sequence"),
        ('{"events": []}', "not_a_sequence"),
        ('{"events": [1]}', "not_a_sequence"),
        ('{"events": ["a"], "label": [1]}', "bad_label"),
        ('{"events": ["a"], "spans": [[0, 2]]}', "not_a_sequence"),
        ('{"events": ["a"], "spans": "0"}', "not_a_sequence"),
        ('{"id": "first", "events": ["a"]}', "duplicate_id"),
        ("[" * 100_000, "not_json"),
    ],
)
def test_a_line_that_breaks_the_contract_refuses_the_file_and_names_the_line(tmp_path: Path, line: str, code: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"id": "first", "events": ["a", "b"]}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_dataset(path)
    assert caught.value.code == code
    assert code == "duplicate_id" or "line 2" in str(caught.value)


TABLE = "lot,time,temp,mode,label\nA,1,20.5,auto,ok\nA,2,,auto,ok\nB,1,30,hand,scrap\nB,2,31,hand,scrap\n"


def test_rows_of_one_id_are_a_sequence_and_roles_are_no_features(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE, encoding="utf-8")
    data = read_dataset(path, ReadOptions(columns=Columns(sequence_id="lot")))
    assert [(item.id, item.label, len(item)) for item in data.items] == [("A", "ok", 2), ("B", "scrap", 2)]
    assert [event.message for event in data.items[0].sequence.events] == ["temp=20.5 mode=auto", "mode=auto"]
    assert data.items[0].sequence.events[1].time == 2.0
    assert data.notes == ("missing_cells:1", "words_not_judged:mode")


def test_labels_that_change_within_a_sequence_are_those_of_its_steps(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v,label\n1,0\n2,0\n3,1\n", encoding="utf-8")
    (item,) = read_dataset(path).items
    assert item.label is None and item.faulty_steps.tolist() == [False, False, True] and item.faulty is True


def test_parquet_and_excel_give_what_csv_gives(tmp_path: Path) -> None:
    frame = pd.read_csv(io.StringIO(TABLE))
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    read = [
        read_dataset(tmp_path / f"t.{kind}", ReadOptions(columns=Columns(sequence_id="lot")))
        for kind in ("csv", "parquet", "xlsx")
    ]
    labels = [[(item.id, item.label) for item in data.items] for data in read]
    assert labels[0] == labels[1] == labels[2]
    numbers = [[event.message.replace(".0", "") for item in data.items for event in item.sequence.events] for data in read]
    assert numbers[0] == numbers[1] == numbers[2]


@pytest.mark.parametrize(
    "text, code",
    [
        ("1,2\n3,4\n", "csv_no_header"),
        ("a,a\n1,2\n3,4\n", "duplicate_columns"),
        ("a,b\n,\nnan,NaN\n", "all_missing"),
        ("a,b\n1,2\n3\n4,5\n6,7\n", "ragged"),
        ("time,v\n2024-01-02,1\n2024-01-01,2\n", "time_backwards"),
        ("time,v\nnoon,1\nevening,2\n", "bad_time"),
        ("label\n1\n0\n", "no_features"),
        ("a,b\n", "no_rows"),
    ],
)
def test_bad_tables_are_refused_with_a_reason(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    assert code_of(path) == code


@pytest.mark.deep
def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(f"c{i}" for i in range(1_000_000)) + "\n" + ",".join(["1"] * 1_000_000) + "\n", encoding="utf-8")
    assert code_of(path) == "too_many_columns"


def test_mixed_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("温度,圧力\n1,2\n".encode() + "温度,圧力\n".encode("cp932") + b"\xff\xfe\xfa,1\n")
    assert code_of(path) == "encoding"
    with pytest.raises(InputError, match=r"on line \d+, .*another encoding than the rest"):
        read_dataset(path)


def test_named_columns_must_be_there_and_have_one_role(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE, encoding="utf-8")
    assert code_of(path, Columns(label="quality")) == "no_such_column"
    assert code_of(path, Columns(label="lot", sequence_id="lot")) == "bad_columns"
    for text in ("nonsense", "colour=red", "time=a,time=b"):
        with pytest.raises(InputError):
            Columns.parse(text)
    assert Columns.parse("time=a, ignore=b,ignore=c,label=") == Columns(time="a", label="", ignore=("b", "c"))


def test_a_folder_and_an_archive_of_it_are_the_same_data(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.log").write_text("2024-05-01 10:00:00 INFO b\n2024-05-01 10:00:01 INFO c\n", encoding="utf-8")
    (folder / "deep" / "a.log.gz").write_bytes(gzip.compress(b"2024-05-01 10:00:00 INFO a\n2024-05-01 10:00:01 WARN z\n"))
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for one in folder.rglob("*"):
            if one.is_file():
                archive.write(one, one.relative_to(folder))
    plain, packed = read_dataset(folder), read_dataset(tmp_path / "logs.zip")
    assert [item.id for item in plain.items] == ["b.log", "deep/a.log.gz"]
    assert [item.sequence.sha256 for item in plain.items] == [item.sequence.sha256 for item in packed.items]


def test_of_many_files_the_bad_one_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "may").mkdir(parents=True)
    jsonl(folder / "a.jsonl", {"id": "a", "events": ["one", "two"], "label": "normal"})
    (folder / "may" / "b.jsonl").write_text("{not json\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^may/b.jsonl: ") as caught:
        read_dataset(folder)
    assert caught.value.params["file"] == "may/b.jsonl"


def test_archives_keep_to_limits(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", b"0" * 30_000_000)
    (only,) = packed_files(bomb.getvalue(), "bomb.zip", Limits())
    assert only.error is not None and only.error.code == "zip_ratio"
    with pytest.raises(InputError) as caught:
        list(packed_files(bomb.getvalue(), "bomb.zip", Limits(max_unpacked=1000)))
    assert caught.value.code == "unpacks_too_large"
    with pytest.raises(InputError) as caught:
        list(packed_files(bomb.getvalue()[:200], "half.zip", Limits()))
    assert caught.value.code == "zip_damaged"


def test_the_hash_follows_content_and_labels_not_packing(tmp_path: Path) -> None:
    one = jsonl(tmp_path / "one.jsonl", {"id": "a", "events": ["x", "y"], "label": 0})
    other = jsonl(tmp_path / "other.jsonl", {"id": "a", "events": ["x", "y"], "label": 1})
    packed = tmp_path / "one.jsonl.gz"
    packed.write_bytes(gzip.compress(one.read_bytes()))
    assert read_dataset(one).sha256 == read_dataset(packed).sha256 != read_dataset(other).sha256


LOTS = read_files([("lots.jsonl", b'{"id": "a", "events": ["x"]}\n{"id": "b", "events": ["y"], "label": "ok"}\n')], "lots")


def test_labels_are_matched_by_id_whatever_their_order() -> None:
    labelled = with_labels(LOTS, b"id,label,note\nb,NG,seen\na,OK,\n", "labels.csv")
    assert [(item.id, item.label, item.faulty) for item in labelled.items] == [("a", "OK", False), ("b", "NG", True)]
    assert labelled.sha256 != LOTS.sha256


def test_sequences_that_are_not_named_keep_what_they_have() -> None:
    assert [item.label for item in with_labels(LOTS, b"lot_id\tlabel\na\t1\n", "labels.tsv").items] == ["1", "ok"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"id,label\na,OK\nz,NG\ny,NG\n", "labels_of_others"),
        (b"id,label\na,OK\na,NG\n", "labels_twice"),
        (b"id,verdict\na,OK\n", "no_label_table"),
        (b"just a line of a log\nand another one\n", "no_label_table"),
        (b"", "empty"),
    ],
)
def test_anything_else_is_refused_whole(content: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        with_labels(LOTS, content, "labels.csv")
    assert caught.value.code == code


def test_whose_labels_they_are_is_said() -> None:
    with pytest.raises(InputError, match="2 of 3 ids") as caught:
        with_labels(LOTS, b"id,label\na,OK\nz,NG\ny,NG\n", "labels.csv")
    assert caught.value.params == {"count": 2, "total": 3, "id": "y"}
