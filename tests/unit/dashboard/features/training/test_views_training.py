"""A training's figures and a data set's numbers in words: what they rest on, and how far they go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit import RegisteredWeights
from dashboard.features.training.views import data_set, weights
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.training.own_data import OwnData
from dashboard.service.training.training import Point
from dashboard.texts import Texts
from dashboard.views import reading, wording
from sparsemix import SparseMixModel
from sparsemix.dataset import read_dataset
from sparsemix.model.fallback import any_log_model
from tests.integration.dashboard.pages.test_page_data import lots

T = Texts("en")
SCORES = {"total": 100, "faulty": 40, "auc": 0.9, "average_precision": 0.8, "f1": 0.7, "false_alarms": 0.01}


def card(**changes: Any) -> dict[str, Any]:
    made = {
        "task": "label",
        "figures": {"sequences": SCORES, "events": None, "unfamiliar": 0.0},
        "plan": {"false_alarms": 0.01},
    }
    return made | changes


def test_the_curve_tells_soft_from_sparse_and_has_no_gap() -> None:
    figure = weights.curve([Point(1, 3.0, False), Point(2, 2.0, False), Point(3, 1.0, True), Point(4, 0.5, True)], T)
    soft, sparse = figure.data
    assert (list(soft.x), list(sparse.x)) == ([1, 2, 3], [3, 4])
    assert soft.line.dash == "dash"
    # Reviews are learned from with sparse attention alone.
    assert len(weights.curve([Point(1, 3.0, True), Point(2, 2.0, True)], T).data) == 1


def test_figures_of_both_weights_stand_in_one_table() -> None:
    rival = {"sequences": SCORES | {"auc": None}, "events": SCORES, "unfamiliar": 1.0}
    table = weights.figures(card(rival=rival), T)
    assert table["Weights"].tolist() == ["New", "In use at the time", "In use at the time · single events"]
    assert table["AUC"].isna().tolist() == [False, True, False]
    assert table["Unfamiliar"].tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Measured on 100 sequences that were not used for learning, 40 of them faulty."),
        ({"task": "novelty"}, "The labels were used only to measure."),
        ({"figures": {"sequences": SCORES | {"total": 9, "faulty": 2}}}, "a hint only"),
        ({"figures": {"sequences": SCORES | {"faulty": 0}}}, "None is known to be faulty"),
        ({"rival": {"unfamiliar": 0.9}}, "do not rely on their figures"),
        ({"figures": None}, "No figures were measured"),
        ({"figures": "forged"}, "No figures were measured"),
    ],
)
def test_what_figures_rest_on_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in weights.held_out(card(**changes), T)


def test_without_faulty_sequences_no_f1_is_shown() -> None:
    normal_only = {"sequences": SCORES | {"faulty": 0, "f1": 1.0}, "events": None, "unfamiliar": 0.0}
    assert weights.figures(card(figures=normal_only), T)["F1"].isna().tolist() == [True]


def test_what_a_table_lacks_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b,dead\n" + "1,,\n2,3,\n" * 20, encoding="utf-8")
    said = reading.notes(read_dataset(path).notes, T)
    assert [text.rsplit(" ", 1)[1] for text in said] == ["1.", "20."]
    assert not any("_" in text for text in said)


def test_a_false_alarm_rate_is_vouched_for_or_not() -> None:
    assert weights.vouched(card(), T) is None
    weak = weights.vouched(card(task="novelty", smallest_false_alarm_rate=0.077), T)
    assert weak is not None
    assert "they support 7.7%, and 199 are enough for 1.0%" in weak
    odd = weights.vouched(card(task="novelty", smallest_false_alarm_rate=0.1, plan={"false_alarms": 0.07}), T)
    assert odd is not None and "28 are enough" in odd
    strong = weights.vouched(card(task="novelty", smallest_false_alarm_rate=0.002), T)
    assert strong is not None
    assert "The normal data support" in strong


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lots(40, 40), "40 faulty, 40 normal sequences with labels"),
        (lots(40, 5), "Few labels: 5 faulty, 40 normal"),
        (lots(40, 2), "Too few labels of one kind (2 faulty, 40 normal"),
        (lots(0, 9), "the model for any log can learn"),
        (lots(labels=False), "No labels"),
        (b"\n".join(json.dumps({"id": n, "events": ["a"] * 9, "spans": [[2, 3]]}).encode() for n in range(9)), "Few labels"),
    ],
)
def test_what_data_allow_is_said(data: bytes, said: str) -> None:
    own = OwnData((("lots.jsonl", data),)).read()
    assert own.facts is not None
    assert said in data_set.lead(own.facts, T)


def test_weights_are_told_by_name_state_and_line() -> None:
    first = RegisteredWeights(
        "a" * 64, "first", {"task": "novelty", "data": "lots"}, None, 1, "2026-03-01T10:00:00.000Z", "x", True
    )
    second = RegisteredWeights("b" * 64, "second", {}, "a" * 64, 2, "2026-03-01T11:00:00.000Z", "x")
    table = weights.table([first, second], second.sha256, {"x": "Aiko"}, T)
    assert table["Name"].tolist() == ["second", "first"]
    assert table["State"].tolist() == ["in use", "retired"]
    assert table["Started from"].tolist() == ["first", "–"]
    assert table["By"].tolist() == ["Aiko", "Aiko"]
    assert weights.line(second, [first, second], T) == [f"second ({'b' * 12})", f"first ({'a' * 12})"]
    assert wording.weights_name("c" * 64, [first], T) == f"unregistered {'c' * 12}"
    assert wording.weights_name(any_log_model().weights_sha256, [first], T) == "the model for any log"
    assert wording.weights_name(SparseMixModel.load(program_weights()).weights_sha256, [], T) == "the program's own weights"
    told = json.loads(weights.card_file(second))
    assert (told["weights_sha256"], told["started_from"]) == ("b" * 64, "a" * 64)


def test_that_lines_are_not_matched_is_said_in_both_languages() -> None:
    card = {"span": 0, "config": {"entities": []}, "not_matched": "few", "plan": {"longest": 1024}}
    said = weights.matched(card, T)
    assert said is not None and "not matched by identifiers" in said and "1,024 lines" in said
    assert "識別子で対応付けていません" in str(weights.matched(card, Texts("ja")))
    assert weights.matched(card | {"not_matched": ""}, T) is None
