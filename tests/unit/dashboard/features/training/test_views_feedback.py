"""What learning from reviews changed, as tables: side by side, and nothing but what a card really says."""

from __future__ import annotations

import pytest

from audit import RegisteredWeights, WeightsInUse
from dashboard.features.training.views import feedback, weights
from dashboard.texts import Texts

EN = Texts("en")
PART = {
    "decisions": 8,
    "events": 400,
    "selections": [900, 880],
    "objected": [120, 30],
    "decided_otherwise": 1,
    "flagged_otherwise": 3,
    "agreeing": [6, 7],
    "spurious": {"pairs": 40, "selected_before": 40, "selected_after": 9},
    "relevant": {"pairs": 20, "selected_before": 15, "selected_after": 18},
}
NOTHING = {**dict.fromkeys(("decisions", "events", "decided_otherwise"), 0), "selections": [0, 0]}
CARD = {
    "feedback_sha256": "f" * 64,
    "feedback_entries": 120,
    "reviewed": 10,
    "left_out": 1200,
    "reviewers": 3,
    "marks": 60,
    "noise_control": True,
    "judge": {"auc": 0.81, "low": 0.74, "high": 0.87},
    "task": "label",
    "learned_from": PART,
    "held_out": {**PART, "decisions": 2},
}


def test_what_was_learned_from_and_what_was_held_out_stand_side_by_side() -> None:
    found = feedback.changes(CARD, EN)
    assert found.columns.tolist()[1:] == [
        f"{part}: {what}" for part in ("Learned", "Held out") for what in ("total", "before", "after")
    ]
    assert found.iloc[0].tolist()[1:4] == [40, 40, 9]
    assert found.iloc[2].tolist()[1:4] == [900, 120, 30]
    row = found.iloc[3].tolist()
    assert (row[1], row[3], row[4], row[6]) == (8, 1, 2, 1)
    assert found.iloc[3].isna().tolist()[1:] == [False] * 6


def test_without_held_out_decisions_only_the_others_are_told_of() -> None:
    assert len(feedback.changes({**CARD, "held_out": NOTHING}, EN).columns) == 4


@pytest.mark.parametrize("card", [{}, {"learned_from": 7}, {"learned_from": {"decisions": "many"}}, {"held_out": [1]}])
def test_a_card_that_says_nothing_of_use_gives_no_table(card: dict[str, object]) -> None:
    assert not len(feedback.changes(card, EN))
    assert feedback.facts(card, EN) == []


def test_odd_numbers_in_a_card_are_left_out() -> None:
    odd = {"decisions": 3, "selections": "x", "objected": [1], "spurious": [], "agreeing": [1.5, None]}
    found = feedback.changes({"learned_from": odd}, EN)
    assert found.iloc[:, 1].dropna().tolist() == [3, 3]


def test_how_well_marks_can_be_told_from_chance_is_said_in_words() -> None:
    assert "in 81 of 100 cases (AUC 0.81, 99% interval 0.74 to 0.87" in feedback.judge(CARD, EN)
    assert feedback.judge({**CARD, "judge": None}, EN) == EN("feedback.no_judge")
    assert feedback.judge({**CARD, "noise_control": False}, EN) == EN("feedback.at_its_word")


def test_the_card_names_its_feedback_set() -> None:
    one = RegisteredWeights("a" * 64, "n", CARD, "b" * 64, 3, "2026-03-02T10:00:00.000Z", "p")
    facts = dict(weights.facts(one, EN).itertuples(index=False, name=None))
    assert facts["SHA-256 of the feedback set"] == "f" * 64
    assert facts["Left out: reviewed longest ago, or too large"] == "1,200"
    assert facts["AUC of the marks (99% interval)"] == "0.81 (0.74 to 0.87)"
    assert not any("{" in value for value in facts.values())


def test_what_was_used_before_is_what_can_be_gone_back_to() -> None:
    known = [RegisteredWeights(c * 64, c, {}, None, 1, "t", "p", retired=c == "c") for c in "abc"]

    def before(*used: str | None) -> str | None:
        uses = [WeightsInUse(one and one * 64, number, "t", "p") for number, one in enumerate(used)]
        found = weights.used_before(uses, known)
        return None if found is None else found.name

    assert before() is None
    assert before("a") is None
    assert before("a", "b") == "a"
    assert before("a", "b", "b") == "a"
    assert before("a", None) == "a"
    assert before(None, "a") is None
    assert before("c", "a") is None  # retired
