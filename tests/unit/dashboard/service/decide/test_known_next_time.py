"""What a person says about an incident counts in the next log of its source: routine ones stand apart until they grow, wrong
causes are not told, and what is new is said."""

from __future__ import annotations

from typing import Any

import pytest

from audit import Access, AuditStore, DecisionRecord
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.incident_record import lead_of
from dashboard.service.decide.marks import grown, mark_cause, mark_incident
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from dashboard.service.decide.replay import replay_bits
from dashboard.texts import Texts
from dashboard.views import incidents, verdict
from dashboard.views.incidents import ShownIncident
from sparsemix import SparseMixModel
from tests.support.dashboard.daily_logs import BEGINS, EXPORT, FAN, LINK, daily_log
from tests.support.dashboard.fixtures import LOG, build_model

EN, JA = Texts("en"), Texts("ja")


class Plant:
    """Its logs, one a day, and what is said about them."""

    def __init__(self, store: AuditStore, access: Access, model: SparseMixModel) -> None:
        self.store, self.access, self.model = store, access, model

    def day(self, number: int, *, source: str = "plant", **log: Any) -> LoadedDecision:
        id = analyse(daily_log(number, **log), f"day{number}.log", model=self.model, access=self.access, source=source)
        return load(self.store, id)

    def routine(self, loaded: LoadedDecision, words: str, why: str = "") -> int:
        one = shown(loaded, words)
        return mark_incident(self.access, loaded.summary.decision, one.kind, one.text, why).seq


@pytest.fixture
def plant(store: AuditStore, access: Access, model: SparseMixModel) -> Plant:
    return Plant(store, access, model)


def shown(loaded: LoadedDecision, words: str) -> ShownIncident:
    (one, *_) = [one for one in incidents.shown_incidents(loaded, EN) if words in one.text]
    return one


def named(loaded: LoadedDecision, name: str = "incidents") -> str:
    events = loaded.sequence.events
    return "\n".join(events[lead_of(one)].text for one in getattr(details_of(loaded.summary.decision), name))


def test_an_incident_marked_routine_is_not_told_again_and_says_who_marked_it(plant: Plant) -> None:
    first = plant.day(1)
    plant.routine(first, LINK, " the night link ")
    assert plant.access.marks.of("plant")[0].why == "the night link"
    second = plant.day(2)
    assert LINK not in named(second) and EXPORT in named(second) and LINK in named(second, "routine")
    (routine,) = incidents.routine_incidents(second, EN)
    assert routine.remark.startswith("Marked routine on 20") and routine.remark.endswith(" by test")
    assert "「いつものこと」とした" in incidents.routine_incidents(second, JA)[0].remark
    decision = second.summary.decision
    assert "Incidents marked routine, below: 1" in "".join(incidents.known_before(decision, EN))
    assert verdict.headline(decision, EN) != verdict.headline(first.summary.decision, EN)
    other = plant.day(2, source="other")
    for name in ("label", "score", "gate", "weights_sha256", "selections"):
        assert getattr(other.summary.decision, name) == getattr(decision, name)
    assert LINK in named(other)
    assert replay_bits(plant.store, decision.id).identical
    plant.access.marks.take_back("plant")
    assert LINK in named(plant.day(4)) and plant.store.verify().ok


def test_the_mark_is_void_when_the_incident_has_grown(plant: Plant) -> None:
    plant.routine(plant.day(1), LINK)
    more = shown(plant.day(2, down=30), LINK)
    assert "void here: 6 lines then, 30 now" in more.remark
    # A severer line close by is what to look at first, and nobody called that routine.
    assert "was lost" in named(plant.day(3, severe=True))
    assert LINK in named(plant.day(4, down=8), "routine")
    # What has grown can be marked anew, as it is now.
    plant.routine(plant.day(5, down=30), LINK)
    assert LINK in named(plant.day(6, down=30), "routine")


@pytest.mark.parametrize(
    ("now", "then", "has"),
    [
        ((6, 2), (6, 2), False),
        ((2, 2), (1, 2), False),
        ((6, 2), (1, 2), True),
        ((99, 2), (50, 2), False),
        ((100, 2), (50, 2), True),
        ((1, 3), (50, 2), True),
        ((1, 1), (50, 2), False),
    ],
)
def test_growth_is_twice_the_lines_and_five_more_or_a_higher_grade(now: tuple[int, int], then: list[int], has: bool) -> None:
    assert grown(now, then) is has


def test_a_cause_marked_wrong_is_not_told_again_and_a_right_one_says_so(plant: Plant) -> None:
    first = plant.day(1)
    one = shown(first, EXPORT)
    (cause,) = one.causes
    assert BEGINS in cause.said
    mark_cause(plant.access, first.summary.decision, cause.kind, cause.text, "", right=True)
    assert "Marked right on 20" in shown(plant.day(2), EXPORT).causes[0].said
    mark_cause(plant.access, first.summary.decision, cause.kind, cause.text, "it begins every day", right=False)
    third = plant.day(3)
    assert shown(third, EXPORT).causes == ()
    assert "Causes marked wrong, not told: 1" in "".join(incidents.known_before(third.summary.decision, EN))


def test_what_is_new_since_the_last_log_of_the_source_is_said(plant: Plant) -> None:
    def new(decision: DecisionRecord) -> list[bool | None]:
        return [one.get("new") for one in details_of(decision).incidents if one["must"]]

    first = plant.day(1).summary.decision
    assert set(new(first)) == {None} and incidents.known_before(first, EN) == []
    plant.routine(plant.day(2), LINK)
    third = plant.day(3, fan=True)
    assert [one.new for one in incidents.shown_incidents(third, EN) if one.must] == [FAN in one.text for one in must(third)]
    said = "".join(incidents.known_before(third.summary.decision, EN))
    assert "New since the decision of 20" in said and "on this source: 1." in said
    # The same file once more is compared with the same decision as before.
    again = plant.day(3, fan=True).summary.decision
    assert new(again) == new(third.summary.decision)
    assert details_of(again).compared_with == details_of(third.summary.decision).compared_with
    assert "on this source: 0." in "".join(incidents.known_before(plant.day(4, fan=True).summary.decision, EN))


def must(loaded: LoadedDecision) -> list[ShownIncident]:
    return [one for one in incidents.shown_incidents(loaded, EN) if one.must]


def test_incidents_of_weights_that_know_their_plant_are_marked_the_same_way(store: AuditStore, access: Access) -> None:
    model = build_model(familiarity_floor=0.0, event_threshold=0.3)
    first = load(store, analyse(LOG, "line.log", model=model, access=access, source="line"))
    one = incidents.shown_incidents(first, EN)[0]
    mark_incident(access, first.summary.decision, one.kind, one.text, "")
    second = load(store, analyse(LOG + LOG, "line.log", model=model, access=access, source="line"))
    kinds = [kept["kind"] for kept in details_of(second.summary.decision).routine]
    assert set(kinds) <= {one.kind} and incidents.has_incidents(second.summary.decision)
