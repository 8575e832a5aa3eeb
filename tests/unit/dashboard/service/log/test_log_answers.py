"""What the addresses of the log page give, beside what the trace holds."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from itertools import product
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from audit import Access, AuditStore
from dashboard.service.decide import marks
from dashboard.service.decide.explanation import scored
from dashboard.service.decide.pipeline import LoadedDecision, analyse, load
from dashboard.service.log.answers import Answers
from dashboard.service.log.blocks import BLOCK
from dashboard.service.log.index import LogIndex, prefix
from dashboard.service.log.moments import clock, moment, written
from dashboard.service.log.routes import Refused
from dashboard.service.log.waiting import WaitingLog
from sparsemix import Rerun, SparseMixModel
from sparsemix.encoding.sequence import Event
from sparsemix.explain.methods import METHODS, QUICK
from sparsemix.model.run import unheard

LINES = [
    f"2026-03-01 10:{i // 60:02d}:{i % 60:02d} {'ERROR' if i % 50 == 7 else 'INFO'} host{i % 2} app: step {i}, <b>{i % 5}</b>"
    for i in range(600)
]


def decided(lines: list[str], store: AuditStore, access: Access, model: SparseMixModel) -> LoadedDecision:
    id = analyse("\n".join(lines).encode(), "steps.log", model=model, access=access, fall_back=False)
    return load(store, id)


def answers(model: SparseMixModel) -> Answers:
    return Answers(
        lambda loaded: Rerun(model, loaded.sequence, loaded.trace),
        lambda rerun, _, event, method, progress: scored(rerun, event, method, progress),
    )


@pytest.fixture
def loaded(store: AuditStore, access: Access, model: SparseMixModel) -> LoadedDecision:
    return decided(LINES, store, access, model)


def asked(model: SparseMixModel, loaded: LoadedDecision, what: str, number: int = -1, **words: str) -> Any:
    return answers(model).of(loaded, what, number, words, unheard)


def test_the_blocks_hold_every_line_once_and_as_it_is(model: SparseMixModel, loaded: LoadedDecision) -> None:
    blocks = [asked(model, loaded, "text", number) for number in range(3)]
    assert [text for block in blocks for text in block["text"]] == LINES
    assert [block["first"] for block in blocks] == [0, BLOCK, 2 * BLOCK]
    assert blocks[0]["time"][7] == "10:00:07" and blocks[0]["level"][7] == "ERROR" and blocks[0]["grade"][7] > 0
    assert blocks[0]["line"] is None
    with pytest.raises(Refused):
        asked(model, loaded, "text", 3)
    with pytest.raises(Refused):
        asked(model, loaded, "text", -1)


def test_the_overview_covers_every_line(model: SparseMixModel, loaded: LoadedDecision) -> None:
    seen = asked(model, loaded, "overview")
    assert len(seen["severe"]) == 512
    assert max(seen["severe"]) == int(LogIndex.of(loaded.sequence).grade.max())
    assert sum(seen["density"]) == len(LINES)
    assert seen["levels"] == ["ERROR", "INFO"] and seen["gaps"] == []
    assert json.loads(json.dumps(seen)) == seen


def test_what_all_lines_begin_with_is_what_short_lines_leave_out(loaded: LoadedDecision) -> None:
    assert prefix(loaded.sequence) == (len("2026-03-01 10:00:00 "), "")
    info = replace(loaded.sequence, events=tuple(event for event in loaded.sequence.events if event.level == "INFO"))
    assert prefix(info) == (len("2026-03-01 10:00:00 "), "INFO ")


def test_a_decision_has_the_index_of_the_log_that_waited_only_where_it_rests_on_those_events(
    model: SparseMixModel, loaded: LoadedDecision, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = replace(loaded.sequence, events=loaded.sequence.events[:100])
    for shown, fits in ((head, False), (replace(loaded.sequence), False), (loaded.sequence, True)):
        given, log = answers(model), WaitingLog(shown)
        given.of(log, "overview", -1, {}, unheard)
        given.judged(log, loaded)
        with monkeypatch.context() as patch:
            patch.setattr(LogIndex, "of", made := Mock(side_effect=LogIndex.of))
            assert len(given.of(loaded, "find", -1, {"q": "step"}, unheard)) == 4 * len(LINES)
        assert made.called != fits


def test_a_pause_is_named_with_the_line_after_it(store: AuditStore, access: Access, model: SparseMixModel) -> None:
    late = [line.replace(" 10:", " 12:") for line in LINES[300:]]
    assert asked(model, decided(LINES[:300] + late, store, access, model), "overview")["gaps"] == [[300, 7201.0]]


@pytest.mark.parametrize("event", [0, 1, 77, 599])
def test_a_line_has_the_pairs_of_all_heads_both_ways(event: int, model: SparseMixModel, loaded: LoadedDecision) -> None:
    reads, read_by = dict[int, float](), dict[int, float]()
    for _, _, head in loaded.trace:
        for query in range(len(LINES)):
            for place in range(head.pairs_of(query).start, head.pairs_of(query).stop):
                key, weight = int(head.key_index[place]), float(head.weight[place])
                if query == event != key:
                    reads[key] = reads.get(key, 0.0) + weight
                if key == event != query:
                    read_by[query] = read_by.get(query, 0.0) + weight
    line = asked(model, loaded, "line", event)
    for told, count, expected in (
        (line["reads"], line["readCount"], reads),
        (line["readBy"], line["readByCount"], read_by),
    ):
        assert count == len(expected)
        strongest = sorted(expected.values(), reverse=True)[: len(told)]
        assert [pair["weight"] for pair in told] == pytest.approx(strongest)
        assert all(pair["weight"] == pytest.approx(expected[pair["event"]]) for pair in told)
        assert all(pair["strongest"]["margin"] > 0 for pair in told)
    assert line["text"] == LINES[event] and line["line"] == event + 1


def test_an_unknown_line_is_refused_with_a_word(model: SparseMixModel, loaded: LoadedDecision) -> None:
    for what, number in product(("line", "why", "overlay"), (-1, 600)):
        with pytest.raises(Refused):
            asked(model, loaded, what, number, method=QUICK[0])


def test_lines_are_found_by_everything_that_is_asked(model: SparseMixModel, loaded: LoadedDecision) -> None:
    def found(**words: str) -> list[int]:
        return np.frombuffer(asked(model, loaded, "find", **words), "<u4").tolist()

    errors = [i for i in range(600) if i % 50 == 7]
    assert found(level="ERROR") == errors
    assert found(q="STEP 59") == [59, *range(590, 600)]
    assert found(q="step 5[78],", regex="1") == [57, 58]
    assert found(q="<b>2</b>", level="ERROR") == [i for i in errors if i % 5 == 2]
    assert found(q="nothing of this") == []
    assert found() == list(range(600))
    kind = asked(model, loaded, "line", 7)["kind"]
    assert 7 in found(kind=str(kind)) and len(found(kind=str(kind))) == asked(model, loaded, "line", 7)["times"]
    for day in ("", "2026-03-01 "):
        assert found(**{"from": f"{day}10:02", "to": "10:02:09"}) == list(range(120, 130))
    assert found(**{"from": "2026-03-02"}) == found(to="2026-02-28") == []
    assert found(to="2026-03-01") == list(range(600))
    assert found(**{"from": "10:09:58", "to": "10:00:01"}) == [0, 1, 598, 599]
    assert found(**{"from": "10:09:30", "to": "10:09"}) == list(range(570, 600))
    assert found(**{"from": "2026-03-01 9:00", "to": "10:00:02"}) == [0, 1, 2]
    for bad in (
        {"to": "ten"},
        {"to": "2026-03"},
        {"q": "(", "regex": "1"},
        {"q": "x" * 201},
        {"kind": "-1"},
        {"incident": "one"},
    ):
        with pytest.raises(Refused):
            found(**bad)


def test_lines_of_one_source_are_found_with_those_of_another_that_they_read(
    model: SparseMixModel, loaded: LoadedDecision
) -> None:
    joined = set[int]()
    for _, _, head in loaded.trace:
        for query in range(1, len(LINES), 2):
            keys = [key for key in head.key_index[head.pairs_of(query)].tolist() if key % 2 == 0]
            joined.update(keys, [query] if keys else [])
    found = np.frombuffer(asked(model, loaded, "find", source="host1", reads="host0"), "<u4").tolist()
    assert found == sorted(joined) and found
    assert len(asked(model, loaded, "find", source="host1", reads="host9")) == 0


def test_flagged_lines_beyond_those_that_the_record_lists_come_from_the_run_again(
    store: AuditStore, access: Access, any_log: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flagged() -> list[list[float]]:
        id = analyse("\n".join(LINES).encode(), "steps.log", model=any_log, access=access)
        return [*asked(any_log, load(store, id), "flagged")["flagged"]]

    whole = flagged()
    monkeypatch.setattr(marks, "MAX_FLAGGED", 1)
    assert len(whole) > 1 and sorted(flagged()) == sorted(whole)


def test_the_lines_of_an_incident_are_found(store: AuditStore, access: Access, any_log: SparseMixModel) -> None:
    id = analyse("\n".join(LINES).encode(), "steps.log", model=any_log, access=access)
    loaded = load(store, id)
    first = loaded.summary.decision.details["incidents"][0]
    found = np.frombuffer(asked(any_log, loaded, "find", incident="0"), "<u4")
    assert first["lead"][0][0] in found.tolist() and len(found) == first["count"]


@pytest.mark.parametrize(
    ("stamp", "told"), [("17/06/09", "2017-06-09"), ("2017-06-09", "2017-06-09"), ("Jun  9", "06-09"), ("Jun 10", "06-10")]
)
def test_a_year_that_the_lines_do_not_name_is_not_told(
    stamp: str, told: str, store: AuditStore, access: Access, model: SparseMixModel
) -> None:
    lines = [f"{stamp} 10:00:{second:02d} host app: step {second}" for second in range(60)]
    assert asked(model, decided(lines, store, access, model), "line", 7)["time"] == f"{told} 10:00:07"


def test_what_pairs_change_is_what_a_run_without_them_gives(model: SparseMixModel, loaded: LoadedDecision) -> None:
    event = 300
    changes = asked(model, loaded, "why", event)
    line = asked(model, loaded, "line", event)
    assert changes["effects"].keys() <= {str(pair["event"]) for pair in line["reads"]} and changes["effects"]
    key, change = next(iter(changes["effects"].items()))
    without = asked(model, loaded, "without", event=str(event), key=key)
    assert without["before"]["probability"] == pytest.approx(change["before"])
    assert without["after"]["probability"] == pytest.approx(change["after"])
    with pytest.raises(Refused):
        asked(model, loaded, "without", event=str(event), key=str(event))


def test_an_attribution_names_the_lines_that_contributed_most(model: SparseMixModel, loaded: LoadedDecision) -> None:
    told = asked(model, loaded, "overlay", 300, method=QUICK[0])
    sizes = [abs(value) for _, value in told["events"]]
    assert sizes == sorted(sizes, reverse=True) and told["method"] == QUICK[0] and not told["share"] and 0 <= told["beats"] <= 4
    with pytest.raises(Refused):
        asked(model, loaded, "overlay", 300, method="guess")


def test_work_that_nobody_waits_for_ends(model: SparseMixModel, loaded: LoadedDecision) -> None:
    def left(_share: float, _stage: str) -> None:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")

    slow = next(name for name in METHODS if name not in QUICK)
    for what, words in (("overlay", {"method": slow}), ("overview", {}), ("find", {"q": "step"}), ("find", {"from": "10:00"})):
        given = answers(model)
        with pytest.raises(Refused, match="unavailable"):
            given.of(loaded, what, 300, words, left)
        given.of(loaded, "find", -1, words, unheard)
        if what == "find":
            with pytest.raises(Refused, match="unavailable"):
                given.of(loaded, what, -1, {"q": "step"}, left)


def test_what_was_prepared_is_no_longer_missing(model: SparseMixModel, loaded: LoadedDecision) -> None:
    given, id = answers(model), loaded.summary.decision.id
    by_time = {"from": "10:00"}
    assert given.missing(id, "find", by_time) == ["index", "moments"]
    assert given.missing(id, "text", {}) == given.missing(id, "line", {}) == given.missing(id, "find", {"q": "a"}) == ["index"]
    assert given.missing(id, "why", {}) == []
    for part in ("index", "moments"):
        given.prepare(loaded, part, unheard)
    assert given.missing(id, "find", by_time) == given.missing(id, "overview", {}) == []


def test_times_are_told_to_the_millisecond_where_they_have_any() -> None:
    assert [clock(86_460.0), clock(0.25), clock(1e18)] == ["00:01:00", "00:00:00.250", "-"]


def test_the_time_is_told_as_the_line_says_it_in_its_own_zone() -> None:
    line = "2026-03-02T22:58:48.930+09:00 INFO ST05 valve 10:00:00 closed"
    east = Event(line, "INFO ST05 valve 10:00:00 closed", 1_772_459_928.93, None, "INFO", 1)
    unstamped = Event("valve 10:00:00 closed", "valve 10:00:00 closed", 0.25, None, None, 1)
    assert [written(east), written(unstamped)] == ["22:58:48.930", "00:00:00.250"]
    assert written(Event("x", "x", None, None, None, 1)) == moment(Event("x", "x", None, None, None, 1)) == ""
    late = Event("2026-03-03T00:30:00+09:00 INFO x", "INFO x", 1_772_465_400.0, None, "INFO", 1)
    assert [moment(east), moment(late), moment(unstamped)] == [
        "2026-03-02 22:58:48.930",
        "2026-03-03 00:30:00",
        "1970-01-01 00:00:00.250",
    ]
