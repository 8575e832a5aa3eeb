"""Decisions by weights that learned what is normal are told as unusual or usual; all others exactly as before."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from typing import Any

import pytest

from audit import DecisionRecord
from dashboard.texts import ENGLISH, JAPANESE, Texts
from dashboard.views import reasons, verdict
from dashboard.views.wording import ITSELF, UNUSUAL, WHOLE, as_unusual, p_sentence, worded
from tests.support.audit.builders import decision

DETAILS: dict[str, Any] = {
    "flagged": [[3, 4, 0.75]],
    "flagged_count": 1,
    "known_share": 1.0,
    "familiarity_floor": 0.8,
    "event_threshold": 0.5,
    "hold_reasons": ["fault"],
}


def made(task: str, **changes: Any) -> DecisionRecord:
    details = DETAILS | {"task": task, "p_value": 0.077, "reference_count": 12} | changes.pop("details", {})
    return replace(decision(), details=details, warnings=(), **changes)


@pytest.mark.parametrize(
    ("language", "unusual", "usual", "label"),
    [
        ("en", "Unusual: something unexpected", "Usual as a whole", "Unusual"),
        ("ja", "通常と異なる", "全体として通常どおり", "通常と異なる"),
    ],
)
def test_novelty_knows_no_fault(language: str, unusual: str, usual: str, label: str) -> None:
    t = Texts(language)
    assert verdict.headline(made("novelty"), t).startswith(unusual)
    assert verdict.headline(made("novelty", label="normal"), t).startswith(usual)
    assert verdict.label(made("novelty"), t) == label
    said = " ".join(
        [
            *verdict.hold_reasons(made("novelty"), t),
            reasons.confidence(made("novelty"), None, t),
            reasons.conclusion(made("novelty", label="normal"), t),
        ]
    )
    assert "faulty" not in said
    assert "異常の確率" not in said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_labels_of_whole_logs_know_no_faulty_event(language: str) -> None:
    t = worded(made("label", details={"located": False}), Texts(language))
    for plain, whole in WHOLE.items():
        values = dict.fromkeys(("n", "total", "flagged", "left"), 3)
        assert t(plain, **values) == Texts(language)(whole, **values)
    assert worded(made("novelty", details={"located": False}), Texts(language))("label.fault") != t("label.fault")


@pytest.mark.parametrize(
    ("incidents", "label"),
    [([], "Nothing must be seen"), ([{"must": False}, {"must": True}], "1 incident must be seen")],
)
def test_of_a_log_judged_by_itself_lists_say_what_must_be_seen(incidents: list[dict[str, bool]], label: str) -> None:
    assert verdict.label(made("of_file", details={"incidents": incidents}), Texts("en")) == label
    assert verdict.label(made("of_file"), Texts("en")) == "Stands out", "decisions made before incidents say what they said"


@pytest.mark.parametrize("details", [{}, {"task": None}])
def test_decisions_by_labels_and_older_ones_are_told_as_before(details: dict[str, Any]) -> None:
    t = Texts("en")
    told = made("label", details=details)
    assert verdict.headline(told, t) == "Fault: 1 of 20 events looks faulty"
    assert verdict.label(told, t) == "Fault"
    assert reasons.confidence(told, None, t) == t("confidence.not_counted")
    assert worded(told, t) is t


def test_a_p_value_says_what_it_is_and_how_far_it_goes() -> None:
    t = Texts("en")
    assert "None of the 12 normal sequences" in p_sentence(made("novelty"), t)
    assert "at most about 77" in p_sentence(made("novelty"), t)
    common = made("novelty", details={"p_value": 0.31, "reference_count": 500})
    assert p_sentence(common, t).startswith("Of 1,000 normal sequences about 310 are as unusual")
    assert as_unusual(common, t) == "310 of 1,000"

    unknown = made("novelty", details={"p_value": None})
    assert as_unusual(unknown, t) == "–"
    assert "no normal sequences" in p_sentence(unknown, t)


def test_every_other_wording_can_stand_where_the_first_one_did() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for key, own in (*UNUSUAL.items(), *ITSELF.items(), *WHOLE.items()):
        assert values(ENGLISH[own]) <= values(ENGLISH[key])
        assert values(ENGLISH[own]) == values(JAPANESE[own])


def test_texts_are_reworded_in_every_form() -> None:
    t = Texts("en").reworded({"label.fault": "unusual.label"})
    assert (t("label.fault"), t.plain("label.fault"), t("label.normal")) == ("Unusual", "Unusual", "Normal")
    assert Texts("en")("label.fault") == "Fault"


@pytest.mark.parametrize(("language", "said"), [("en", "the rate that holds is 7.7%"), ("ja", "保証できる誤報率は 7.7%")])
def test_too_few_normal_sequences_are_said_to_be_too_few(language: str, said: str) -> None:
    rates = {"false_alarm_rate": 1 / 13, "false_alarms_asked": 0.01}
    few = made("novelty")
    few = replace(few, details={**few.details, **rates})
    assert said in p_sentence(few, Texts(language))
    enough = replace(few, details={**few.details, "false_alarm_rate": 0.01})
    assert said not in p_sentence(enough, Texts(language))
