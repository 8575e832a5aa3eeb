"""Edited sequences, and two runs side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import ExplanationError, Run, RunCancelled, read_bytes
from sparsemix.explain.comparison import MAX_EDITS, Edit, compare, counterfactual, edited, match
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(80)
RUN = MODEL.run_with_trace(SEQUENCE)
TABLE = read_bytes(b"time,temp,speed\n" + b"".join(b"2026-01-01T00:00:%02d,%d,3\n" % (i, 20 + i) for i in range(9)), "t.csv")

edits = st.lists(
    st.one_of(
        st.builds(Edit, st.just("replace"), st.integers(0, 79), st.sampled_from(["ST01 alarm raised", "温度 85 C", "x=1"])),
        st.builds(Edit, st.just("delete"), st.integers(0, 79)),
        st.builds(Edit, st.just("insert"), st.integers(0, 80), st.sampled_from(["door opened", "gauge=G3 ok"])),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda e: (e.kind == "insert" and (e.event, e.text), e.event if e.kind != "insert" else -1),
)


@given(edits)
def test_edits_change_what_they_name_and_nothing_else(changes: list[Edit]) -> None:
    found, origin = edited(SEQUENCE, changes)
    replaced = {e.event for e in changes if e.kind == "replace"}
    deleted = {e.event for e in changes if e.kind == "delete"}
    assert len(found) == 80 - len(deleted) + sum(e.kind == "insert" for e in changes)
    kept = [i for i in origin.tolist() if i >= 0]
    assert kept == [i for i in range(80) if i not in deleted]
    for place, index in enumerate(origin.tolist()):
        if index >= 0 and index not in replaced:
            assert found.events[place] == SEQUENCE.events[index]


def test_a_typed_log_line_is_read_as_the_file_was() -> None:
    line = "2026-03-02T09:00:00.000+09:00 ERROR ST03 PLC spindle stopped"
    found, _ = edited(SEQUENCE, [Edit("replace", 5, line)])
    event = found.events[5]
    assert (event.level, event.text, event.line) == ("ERROR", line, SEQUENCE.events[5].line)
    assert "2026" not in event.message
    bare, _ = edited(SEQUENCE, [Edit("replace", 5, "spindle stopped")])
    assert bare.events[5].time == SEQUENCE.events[5].time


def test_a_sensor_value_is_edited_in_its_row() -> None:
    found, _ = edited(TABLE, [Edit("replace", 3, TABLE.events[3].message.replace("temp=23", "temp=99"))])
    assert "temp=99" in found.events[3].message
    assert found.events[3].time == TABLE.events[3].time


def test_a_sensor_value_must_stay_a_number() -> None:
    words = TABLE.events[3].message.replace("temp=23", "temp=hot")
    with pytest.raises(ExplanationError, match="temp was a number before, but 'hot' is not a number"):
        edited(TABLE, [Edit("replace", 3, words)])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ([], "nothing was changed"),
        ([Edit("delete", 80)], "no event 80"),
        ([Edit("insert", 81, "a")], "no event 81"),
        ([Edit("delete", 3), Edit("replace", 3, "a")], "twice"),
        ([Edit("replace", 3, "  ")], "cannot be empty"),
        ([Edit("replace", 3, "a" * 20_000)], "at most 10,000"),
        ([Edit("insert", 3, "a")] * (MAX_EDITS + 1), "too many"),
    ],
)
def test_edits_that_cannot_be_made_are_refused(changes: list[Edit], word: str) -> None:
    with pytest.raises(ExplanationError, match=word):
        edited(SEQUENCE, changes)


def test_deleting_everything_is_refused() -> None:
    with pytest.raises(ExplanationError, match="nothing is left"):
        edited(TABLE, [Edit("delete", i) for i in range(len(TABLE))])


def test_a_counterfactual_compares_verdict_and_selection() -> None:
    other, found = counterfactual(MODEL, SEQUENCE, RUN, [Edit("delete", 10), Edit("insert", 40, "ST01 alarm raised")])
    again = MODEL.run_with_trace(other)
    assert found.second.decision.sequence_probability == again.decision.sequence_probability
    assert found.flipped == (again.decision.label != RUN.decision.label)
    gone = [change for change in found.events if change.second is None]
    new = [change for change in found.events if change.first is None]
    assert [change.event for change in gone] == [10]
    assert [change.other for change in new] == [39]
    sizes = [change.size for change in found.events]
    assert sizes == sorted(sizes, reverse=True)
    for layer, change in enumerate(found.layers):
        assert change.both + change.only_first == RUN.trace.pair_count(layer)
        assert change.both + change.only_second == again.trace.pair_count(layer)
        assert 0.0 < change.kept < 1.0


def test_a_run_is_the_same_as_itself() -> None:
    found = compare(RUN, RUN, np.arange(80))
    assert not found.events
    assert not found.flipped
    assert all(change.kept == 1.0 for change in found.layers)


def test_other_weights_and_a_wrong_matching_are_refused() -> None:
    with pytest.raises(ExplanationError, match="other weights"):
        counterfactual(small_model(1), SEQUENCE, RUN, [Edit("delete", 0)])
    with pytest.raises(ExplanationError, match="does not fit"):
        compare(RUN, RUN, np.arange(79))


def test_a_counterfactual_can_be_stopped() -> None:
    def progress(_share: float, stage: str) -> None:
        raise RunCancelled(stage)

    with pytest.raises(RunCancelled):
        counterfactual(MODEL, SEQUENCE, RUN, [Edit("delete", 0)], progress)


@given(edits)
def test_lines_are_matched_without_knowing_the_edits(changes: list[Edit]) -> None:
    other, _ = edited(SEQUENCE, changes)
    origin = match(SEQUENCE, other)
    kept = origin[origin >= 0]
    assert (np.diff(kept) > 0).all()
    assert all(SEQUENCE.events[i].text == other.events[p].text for p, i in enumerate(origin.tolist()) if i >= 0)
    assert len(kept) >= 80 - len([e for e in changes if e.kind != "insert"])


def test_what_has_nothing_in_common_is_not_matched() -> None:
    assert (match(SEQUENCE, TABLE) == -1).all()


def test_lines_that_change_sides_of_their_threshold_are_counted() -> None:
    def run(probability: list[float], threshold: float) -> Run:
        padded = np.array([*probability, *[0.0] * (80 - len(probability))], np.float32)
        return Run(replace(RUN.decision, event_probability=padded, event_threshold=threshold), RUN.trace)

    first, second = run([0.9, 0.9, 0.9, 0.1, 0.9], 0.5), run([0.5, 0.1, 0.1, 0.7, 0.9], 0.6)
    assert compare(first, second, np.arange(80)).crossed == (3, 1)
    # The same places, but those at 0 and 3 are not the same lines.
    origin = np.arange(80)
    origin[[0, 3]] = -1
    assert compare(first, second, origin).crossed == (2, 0)
    assert compare(first, first, np.arange(80)).crossed == (0, 0)
    assert compare(first, second, np.full(80, -1)).crossed == (0, 0)
