"""The keys that a line selected in two runs: those of either run, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.analyse.explain.views.key_changes import key_changes
from sparsemix import ExplanationError
from sparsemix.explain.comparison import Edit, counterfactual
from tests.unit.sparsemix.explain.test_comparison import MODEL, RUN, SEQUENCE, edits


def brute(run, query: int) -> dict[int, float]:
    """The weights that a query gave to each key, added up pair by pair."""
    found: dict[int, float] = {}
    for _, _, head in run.trace:
        for one, key, weight in zip(head.query_index, head.key_index, head.weight, strict=True):
            if one == query:
                found[int(key)] = found.get(int(key), 0.0) + float(weight)
    return found


@pytest.mark.deep
@given(edits, st.integers(0, 79))
def test_the_keys_of_a_line_are_those_of_either_run(changes: list[Edit], event: int) -> None:
    _, found = counterfactual(MODEL, SEQUENCE, RUN, changes)
    other = found.other(event)
    if other is None:
        assert any(one.kind == "delete" and one.event == event for one in changes)
        with pytest.raises(ExplanationError, match="not in both"):
            key_changes(found, event)
        return
    assert found.origin[other] == event
    keys = key_changes(found, event)
    assert {one.key: one.first for one in keys if one.first} == pytest.approx(brute(RUN, event))
    assert {one.other: one.second for one in keys if one.second} == pytest.approx(brute(found.second, other))
    for one in keys:
        # Each key once, under both its names, where it has two.
        assert one.first or one.second
        assert one.key is None or found.other(one.key) == one.other
        assert one.other is None or found.origin[one.other] == (-1 if one.key is None else one.key)
    sizes = [max(one.first, one.second) for one in keys]
    assert sizes == sorted(sizes, reverse=True)


def test_a_line_that_is_nowhere_has_no_keys() -> None:
    _, found = counterfactual(MODEL, SEQUENCE, RUN, [Edit("insert", 0, "door opened")])
    for event in (-1, 80):
        with pytest.raises(ExplanationError, match="not in both"):
            key_changes(found, event)
