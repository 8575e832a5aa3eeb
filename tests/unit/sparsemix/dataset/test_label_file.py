"""Labels in a file of their own are matched by id, or refused whole."""

from __future__ import annotations

import pytest

from sparsemix.dataset import read_files, with_labels
from sparsemix.errors import InputError

LOTS = read_files([("lots.jsonl", b'{"id": "a", "events": ["x"]}\n{"id": "b", "events": ["y"], "label": "ok"}\n')], "lots")


def test_labels_are_matched_by_id_whatever_their_order() -> None:
    found = with_labels(LOTS, b"id,label,note\nb,NG,seen\na,OK,\n", "labels.csv")
    assert [(item.id, item.label, item.faulty) for item in found.items] == [("a", "OK", False), ("b", "NG", True)]
    assert found.sha256 != LOTS.sha256


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
