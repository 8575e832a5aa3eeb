"""Events that follow each other: the same as counted one by one, each source for itself, by times or else by lines."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.graph.counts import LogCounts, followers_of
from sparsemix.graph.leads import leads
from tests.support.dashboard.traces import sequence
from tests.support.properties import examples

KINDS = ("pump on", "pump off", "valve shut")
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 12), st.sampled_from(["A", "B"])), min_size=1, max_size=14)


def log(events: list[tuple[str, float | None, str]]) -> TokenSequence:
    made = [Event(text, text, time, source, None, line) for line, (text, time, source) in enumerate(events, 1)]
    return TokenSequence("made-up.log", tuple(made), "log", "utf-8", (), {}, ())


def edges(counts: LogCounts) -> dict[tuple[str, str], tuple[int, int]]:
    return {(row["from"], row["to"]): (row["support"], row["origins"]) for row in counts.edges.to_pylist()}


@examples(200)
@given(events=EVENTS, within=st.sampled_from([0.0, 1.0, 4.0, 50.0]), by_source=st.booleans())
def test_they_are_those_counted_one_by_one(events: list[tuple[str, int, str]], within: float, by_source: bool) -> None:
    counts = followers_of(log([(text, float(time), source) for text, time, source in events]), within, by_source=by_source)
    order = sorted(range(len(events)), key=lambda place: events[place][1])
    wanted: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for at, later in enumerate(order):
        text, time, source = events[later]
        latest = {}
        for earlier in order[:at]:
            if time - events[earlier][1] <= within and (not by_source or events[earlier][2] == source):
                latest[events[earlier][0]] = earlier
        for kind, earlier in latest.items():
            if kind != text:
                wanted.setdefault((kind, text), []).append((later, earlier))
    assert edges(counts) == {edge: (len(pairs), len({one for _, one in pairs})) for edge, pairs in wanted.items()}
    assert counts.pairs == sum(map(len, wanted.values()))


def test_an_edge_goes_where_more_follow_and_says_what_chance_would_give() -> None:
    graph = leads([followers_of(sequence(["filter full", "jam", "idle", "idle", "idle", "idle"] * 9), 1.0)], 9)
    texts = [(graph.kinds[edge.earlier].text, graph.kinds[edge.later].text) for edge in graph.edges]
    assert texts == [("filter full", "jam"), ("jam", "idle"), ("idle", "filter full")]
    edge = graph.edges[0]
    assert (edge.support, edge.share, edge.reverse, edge.lag_events.median) == (9, 1.0, 0, 1.0)
    # Of the 45 other events, 9 come after a full filter, so of 9 jams 1.8 would.
    assert edge.expected == 9 * 9 / 45 and edge.lift == 5.0
    assert edge.lag_seconds is not None and edge.lag_seconds.median == 1.0
    assert (edge.examples[0].earlier, edge.examples[0].later, edge.examples[0].layer) == (1, 2, None)


def test_without_a_time_of_every_event_lines_count() -> None:
    events = [("pump on", None, "A"), ("valve shut", 5.0, "A"), ("pump off", 900.0, "A")]
    assert list(edges(followers_of(log(events), 1.0))) == [("pump on", "valve shut"), ("valve shut", "pump off")]
    graph = leads([followers_of(sequence(["a", "b"], start=None), 1.0)], 9)
    assert graph.edges[0].lag_seconds is None and graph.first is None


def test_sources_of_a_file_and_logs_do_not_lead_to_each_other() -> None:
    made = sequence(["pump on", "valve shut"])
    assert edges(followers_of(replace(made, starts=(1,)), 9.0)) == {}
    alone = [followers_of(sequence([text]), 9.0) for text in ("pump on", "valve shut")]
    assert leads(alone, 9).edges == () and len(leads(alone, 9).runs) == 2


def test_numbers_are_kinds_where_no_message_has_a_letter() -> None:
    numbered = [("7 1", 0.0, "7"), ("7 7", 1.0, "7"), ("8 1", 1.5, "8"), ("7 7 9", 2.0, "7")]
    assert list(edges(followers_of(log(numbered), 1.0, by_source=True))) == [("1", "7"), ("7", "7 9")]
    lettered = [*numbered, ("jam", 9.0, "7")]
    assert followers_of(log(lettered), 1.0).kinds == {"<*> <*>": 3, "<*> <*> <*>": 1, "jam": 1}
