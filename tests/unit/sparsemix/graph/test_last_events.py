"""The last events of logs: those that all logs at once would give, and no more of them kept than needed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.graph.timed_graph import LastEvents

EVENTS = st.builds(
    lambda message, time, source: Event(message, message, time, source, None, 1),
    st.sampled_from(["7 1", "8 1", "7 pump"]),
    st.one_of(st.none(), st.integers(0, 9).map(float)) | st.integers(0, 9).map(float),
    st.sampled_from(["7", "ST2", None]),
)
LOGS = st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=4)


def read(logs: list[list[Event]], most: int, *, by_source: bool = True) -> LastEvents:
    last = LastEvents(most, by_source=by_source)
    for events in logs:
        last.add(TokenSequence("a.log", tuple(events), "log", "utf-8", (), {}, ()))
        assert len(last._times) <= 2 * most
    return last


@given(LOGS, st.integers(1, 12))
def test_they_are_those_of_all_logs_at_once(logs: list[list[Event]], most: int) -> None:
    last, whole = read(logs, most), read(logs, 1000)
    kept = np.sort(np.argsort(whole.times, kind="stable")[-most:])
    assert last.times.tolist() == whole.times[kept].tolist()
    assert last.sources.tolist() == whole.sources[kept].tolist()
    assert last.texts == [whole.texts[place] for place in kept]
    assert (last.timed, last.all_sources) == (whole.timed, whole.all_sources)
    if last.timed:
        assert last.span == whole.span


def test_sources_belong_to_their_log_and_numbers_are_kinds_until_a_letter_comes() -> None:
    one, other = Event("7 1", "7 1", 1.0, "7", None, 1), Event("8 pump", "8 pump", 2.0, "7", None, 1)
    numbered, lettered = read([[one], [one]], 9), read([[one], [other]], 9)
    assert numbered.texts == ["1", "1"] and numbered.sources.tolist() == [0, 1]
    assert lettered.texts == ["<*> <*>", "<*> pump"]
    assert read([[one, other], [one]], 9, by_source=False).sources.tolist() == [0, 0, 1]
