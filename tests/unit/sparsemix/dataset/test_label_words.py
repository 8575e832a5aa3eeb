"""What labels mean: known words, one word that decides for the other, what a person says, and what is refused."""

from __future__ import annotations

import json
import re

import pytest

from sparsemix.dataset import DataSet, meaning, read_files, understood
from sparsemix.dataset.item import meaning_in_words
from sparsemix.dataset.label_words import FAULTY, NORMAL, is_normal, word_of
from sparsemix.errors import InputError
from sparsemix.training.own_data.plan import told_apart
from tests.support.paths import ROOT


def lots(*labels: object) -> DataSet:
    lines = [json.dumps({"id": str(n), "events": ["x"], "label": label}) for n, label in enumerate(labels)]
    return read_files([("lots.jsonl", "\n".join(lines).encode())], "lots")


def test_no_word_means_both_and_every_word_is_as_it_is_compared() -> None:
    assert not NORMAL & FAULTY
    assert all(word_of(word) == word for word in NORMAL | FAULTY)


@pytest.mark.parametrize(
    ("normal", "faulty"),
    [
        *[("NEG", "POS"), ("negative", "Positive"), ("ok", "ng"), ("OK", "NOK"), ("pass", "fail"), ("good", "bad")],
        *[("正常", "異常"), ("良", "不良"), ("良品", "不良品"), ("合格", "不合格"), ("無", "有"), ("ＯＫ", "ＮＧ")],
        *[("0.0", "1.0"), (0, 1), (False, True), ("Go", "No-Go")],
    ],
)
def test_usual_pairs_are_understood(normal: object, faulty: object) -> None:
    data = understood(lots(normal, faulty, None))
    assert [item.faulty for item in data.items] == [False, True, None]
    assert word_of(str(data.items[1].label)) in FAULTY


def test_one_word_that_is_known_decides_for_the_other() -> None:
    assert [item.faulty for item in understood(lots("NG", "Gut")).items] == [True, False]
    assert [item.faulty for item in understood(lots("Gut", "OK")).items] == [True, False]


def test_a_label_that_means_normal_decides_for_all_others() -> None:
    data = understood(lots("ok", "jam", "leak", "jam"))
    assert meaning(data) == {"jam": False, "ok": True, "leak": False}
    assert meaning_in_words(data) == "labels that mean normal: 'ok'; faulty: 'jam', 'leak'"


@pytest.mark.parametrize(
    "labels",
    [("Gut", "Schlecht"), ("jam",), (1, 2), (-1, 1), ("NG", "Gut", "Prima"), ("2", "3")],
    ids=str,
)
def test_words_that_are_not_understood_are_named_with_what_to_do(labels: tuple[object, ...]) -> None:
    with pytest.raises(InputError, match="--normal") as caught:
        understood(lots(*labels))
    assert caught.value.code == "labels_not_understood"
    for label in labels:
        assert (repr(str(label)) in str(caught.value)) != (str(label).lower() in FAULTY)
    assert ", ok, " in str(caught.value) and "良品" in str(caught.value)


@pytest.mark.parametrize("labels", [("NEG", "ok"), ("normal", "OK", "none"), ("0", "0.0")], ids=str)
def test_several_words_for_normal_alone_are_no_single_class_that_anyone_meant(labels: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"one class to learn from: .*--normal WORD") as caught:
        understood(lots(*labels))
    assert caught.value.code == "labels_not_understood"
    assert [item.faulty for item in understood(lots(*labels), [labels[0]]).items] == [False] + [True] * (len(labels) - 1)
    assert not any(item.faulty for item in understood(lots(*labels), labels).items)
    assert not any(item.faulty for item in understood(lots(*labels), known=dict.fromkeys(labels, True)).items)


def test_one_word_for_normal_alone_needs_no_explanation() -> None:
    assert [item.faulty for item in understood(lots("ok", "OK", None)).items] == [False, False, None]


def test_faulty_words_alone_need_no_explanation() -> None:
    assert [item.faulty for item in understood(lots("NG", "faulty", 1)).items] == [True] * 3


def test_what_a_person_says_counts_more_than_the_words() -> None:
    data = understood(lots(0, 1, 1), ["1"])
    assert [item.faulty for item in data.items] == [True, False, False]
    assert is_normal("normal", data.items[0].normal), "what has no label is still called normal"
    assert [item.faulty for item in understood(lots("Gut", "Prima", "Schlecht"), ["gut", "PRIMA"]).items] == [
        False,
        False,
        True,
    ]
    assert [item.faulty for item in understood(lots("jam", "leak"), []).items] == [True, True]


def test_words_that_are_on_no_label_are_refused() -> None:
    with pytest.raises(InputError, match=r"no label is 'Gutt'\. The labels are 'Gut', 'Schlecht'") as caught:
        understood(lots("Gut", "Schlecht"), ["Gutt"])
    assert caught.value.code == "unknown_labels"


def test_labels_mean_what_they_meant_before() -> None:
    assert [item.faulty for item in understood(lots(0, 1), known={"1": True, "0": False}).items] == [True, False]
    assert [item.faulty for item in understood(lots("Gut", "ok", "?"), known={"Gut": True, "Schlecht": False}).items] == [
        False,
        False,
        True,
    ]
    assert [item.faulty for item in understood(lots("Schlecht"), known={"Gut": True, "Schlecht": False}).items] == [True]


def test_faults_are_told_apart_without_the_chosen_word() -> None:
    data = understood(lots(*["0"] * 4, *["1"] * 4, *["2"] * 4), ["2"])
    assert told_apart(data.items) == ("0", "1")


def test_marks_are_no_words_whatever_the_words_mean() -> None:
    lines = [{"text": "all is well", "label": "Gut"}, {"text": "it is bad", "label": "Schlecht", "spans": [[6, 9]]}]
    unsaid = [{"text": "it is bad", "spans": [[6, 9]]}]
    data = read_files([("a.jsonl", "\n".join(map(json.dumps, lines + unsaid)).encode())], "a")
    for chosen in (["Gut"], ["Gut", "1"]):
        items = understood(data, chosen).items
        assert [item.faulty for item in items] == [False, True, True]
        assert [item.faulty_steps.tolist() for item in items[1:]] == [[False, False, True]] * 2


def test_labels_of_steps_are_understood_too_and_an_empty_cell_is_normal() -> None:
    data = read_files([("t.csv", b"v,label\n1,Gut\n2,\n3,Schlecht\n")], "t")
    with pytest.raises(InputError, match="'Gut', 'Schlecht'"):
        understood(data)
    (item,) = understood(data, ["Gut"]).items
    assert item.faulty_steps.tolist() == [False, False, True]
    assert item.part(1, 3).faulty_steps.tolist() == [False, True]
    (counted,) = understood(read_files([("t.csv", b"v,label\n1,0\n2,\n3,1\n")], "t"), ["1"]).items
    assert counted.faulty_steps.tolist() == [True, False, False]


def test_many_words_are_named_in_part() -> None:
    with pytest.raises(InputError, match="and 30 more"):
        understood(lots(*(f"word {n}" for n in range(40))))


def test_the_words_that_are_understood_are_documented() -> None:
    page = (ROOT / "docs" / "guides" / "own-data.md").read_text(encoding="utf-8")
    for name, words in (("normal", NORMAL), ("faulty", FAULTY)):
        (row,) = re.findall(rf"^\| {name} \| (`.*`) \|$", page, re.MULTILINE)
        assert sorted(re.findall(r"`([^`]+)`", row)) == sorted(words)
