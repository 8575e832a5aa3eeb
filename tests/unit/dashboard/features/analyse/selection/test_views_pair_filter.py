"""Which pairs are shown, and spans of time as people type them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.analyse.selection.views.pair_filter import (
    SIDES,
    BadPattern,
    BadTimes,
    EventTemplates,
    Facets,
    PairFilter,
    TimeSpan,
    facets,
)
from dashboard.features.analyse.selection.views.region import region_of
from dashboard.views.pair_map import Viewport
from sparsemix import read_bytes
from tests.support.dashboard.traces import head, random_head, sequence

LINES = sequence(["start", "Torque low", "torque 25度", "stop (x)", "start"])
EVENTS = replace(
    LINES,
    events=tuple(
        replace(event, level=level, source=source)
        for event, level, source in zip(LINES.events, ["INFO", "WARN", "INFO", None, "INFO"], "AABBA", strict=True)
    ),
)
MADE = head(5, {(1, 0): 0.5, (2, 1): 0.5, (3, 2): 1.0, (4, 0): 0.75, (4, 4): 0.25})
# "Torque low" and "torque 25度" are not frequent.
TEMPLATES = EventTemplates(("start", "stop (x)"), np.array([0, 2, 2, 1, 0], np.int16), np.array([2, 1, 2]))

ANYTHING = st.sampled_from(
    [
        None,
        True,
        0.5,
        -1,
        float("nan"),
        float("inf"),
        "local",
        "effect",
        "x" * 300,
        [],
        ["local", 3],
        {},
        [2, 1],
        [1, 2],
        [None, "x"],
    ]
)
MOMENTS = ("2026-03-01 23:59:59", "2026-03-02 00:00:00", "2026-03-02 10:15:00", "2026-03-02 10:15:59", "2026-03-02 10:16:00")
MOMENTS += ("2026-03-02 22:30:00", "2026-03-03 00:00:00")
TIMES = np.array([*(datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() for one in MOMENTS), np.nan])


def shown(wanted: PairFilter) -> set[tuple[int, int]]:
    query, place = MADE.query_index.astype(np.int64), np.arange(5)
    kept = wanted.pairs(MADE, query, place, wanted.events(EVENTS), TEMPLATES)
    return {(int(q), int(MADE.key_index[p])) for q, p in zip(query[kept], place[kept], strict=True)}


def test_nothing_asked_for_leaves_everything() -> None:
    assert not PairFilter().active
    assert len(shown(PairFilter())) == 5


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        (PairFilter("TORQUE"), {(1, 0), (2, 1), (3, 2)}),
        (PairFilter("torque", side="effect"), {(1, 0), (2, 1)}),
        (PairFilter("torque", side="cause"), {(2, 1), (3, 2)}),
        (PairFilter("25度"), {(2, 1), (3, 2)}),
        (PairFilter("(x)"), {(3, 2)}),
        (PairFilter("^st[ao]", pattern=True, side="effect"), {(3, 2), (4, 0), (4, 4)}),
        (PairFilter(levels=("WARN",)), {(1, 0), (2, 1)}),
        (PairFilter(sources=("B",), side="effect"), {(2, 1), (3, 2)}),
        (PairFilter("start", sources=("B",)), set()),
        # The lines stand at 2026-02-25 06:13:20, :21 and so on.
        (PairFilter(since="2026-02-25 06:13:23"), {(3, 2), (4, 0), (4, 4)}),
        (PairFilter(until="2026-02-25 06:13:21", side="effect"), {(1, 0)}),
        (PairFilter(since="06:13:22", until="06:13:22", side="cause"), {(3, 2)}),
        (PairFilter(until="2026-02-24"), set()),
        (PairFilter(lines=(0,)), {(1, 0), (4, 0)}),
        (PairFilter(lines=(0, 2, 900), side="effect"), {(2, 1)}),
        (PairFilter(templates=("start", "start")), {(4, 0), (4, 4)}),
        (PairFilter(templates=("stop (x)", None)), {(3, 2)}),
        (PairFilter(templates=(None, "start")), {(1, 0)}),
        (PairFilter(templates=("never seen", "start")), set()),
        (PairFilter(distances=(1, 1)), {(1, 0), (2, 1), (3, 2)}),
        (PairFilter(distances=(0, 3)), {(1, 0), (2, 1), (3, 2), (4, 0), (4, 4)}),
        (PairFilter("start", distances=(2, 17)), {(4, 0)}),
    ],
)
def test_lines_are_found_by_text_pattern_level_and_station(wanted: PairFilter, pairs: set[tuple[int, int]]) -> None:
    assert wanted.active
    assert shown(wanted) == pairs


@pytest.mark.parametrize(
    "wanted",
    [
        PairFilter(),
        PairFilter("ü", True, "cause", ("INFO",), ("A", "B"), ("local",), 0.5),
        PairFilter(since="2026-03-02", until="2026-03-03", lines=(0, 7), templates=("a <*>", None), distances=(-3, 0)),
    ],
)
def test_a_filter_survives_the_address(wanted: PairFilter) -> None:
    assert PairFilter.of(json.loads(json.dumps(wanted.values))) == wanted


@given(st.dictionaries(st.sampled_from([field.name for field in fields(PairFilter)]), ANYTHING))
def test_whatever_stands_in_an_address_makes_a_filter(values: dict[str, object]) -> None:
    wanted = PairFilter.of(values)
    assert PairFilter.of(wanted.values) == wanted
    wanted.pairs(MADE, MADE.query_index.astype(np.int64), np.arange(5), np.ones(5, np.bool_))


@pytest.mark.parametrize("margin", [10**400, -1, float("inf"), float("nan"), "1"])
def test_a_margin_that_is_none_is_ignored(margin: object) -> None:
    assert PairFilter.of({"margin": margin}) == PairFilter()


def test_levels_stations_and_times_are_found() -> None:
    assert facets(EVENTS) == Facets(("INFO", "WARN"), ("A", "B"), (1_772_000_000.0, 1_772_000_004.0))


@pytest.mark.parametrize(
    ("lines", "stations"),
    [
        (["INFO ST01 PLC on", "WARN ST02 PLC off", "INFO ST01 PLC off", "INFO ST02 CPU on", "INFO boot"], ("ST01", "ST02")),
        # Words before a colon: few of them, or here and there.
        (["open done", "close done", "open sid: 4", "open done", "close sid: 4"], ()),
        (["INFO out: 4", "INFO it went out: 4", "INFO what then went out: 4", "INFO 7 sid: 5", "INFO 7 8 sid: 5"], ()),
    ],
)
def test_stations_stand_at_one_place_of_most_lines(lines: list[str], stations: tuple[str, ...]) -> None:
    stamped = "".join(f"2026-03-02 10:00:0{second} {line}\n" for second, line in enumerate(lines))
    assert facets(read_bytes(stamped.encode(), "a.log")).sources == stations


def test_a_pattern_that_is_none_is_told() -> None:
    with pytest.raises(BadPattern):
        PairFilter("(", pattern=True).events(EVENTS)


def test_times_that_make_no_span_are_told() -> None:
    with pytest.raises(BadTimes):
        PairFilter(since="2026-03-03", until="2026-03-02").events(EVENTS)


def test_a_pattern_cannot_keep_the_app_busy() -> None:
    # In Python's own engine this takes 2^40 steps.
    assert not PairFilter("^(a+)+$", pattern=True).events(sequence(["a" * 40 + "!"])).any()


@given(st.floats(0.01, 2.0), st.sampled_from(SIDES))
def test_a_region_shows_what_the_filter_lets_through(margin: float, side: str) -> None:
    made, events = random_head(90, 500, 3), sequence([f"line {i % 7}" for i in range(90)])
    wanted = PairFilter("line 3", side=side, margin=margin)
    found = region_of(made, Viewport((10, 80), (0, 90)), wanted, wanted.events(events))
    named = np.arange(90) % 7 == 3
    ends = {"effect": named[made.query_index], "cause": named[made.key_index]}
    inside = (ends["effect"] | ends["cause"]) if side == "either" else ends[side]
    inside = inside & (made.query_index >= 10) & (made.query_index < 80) & (made.margin >= np.float32(margin))
    assert found.pairs == inside.sum()
    assert set(found.place.tolist()) == set(np.flatnonzero(inside).tolist())


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        ("", "", (0, 1, 2, 3, 4, 5, 6)),
        ("2026-03-02", "", (1, 2, 3, 4, 5, 6)),
        ("2026-03-02", "2026-03-02", (1, 2, 3, 4, 5)),
        ("2026-03-02 10:15", "2026-03-02 10:15", (2, 3)),
        ("2026-03-02T10:15:59Z", "2026/03/02 10:15:59", (3,)),
        ("2026-03-02 10:15:59.000", "2026-03-02 10:16", (3, 4)),
        ("", "2026-03-01", (0,)),
        ("10:15", "10:16", (2, 3, 4)),
        ("１０：１５", "10:15:58", (2,)),
        # Through midnight.
        ("22:00", "06:00", (0, 1, 5, 6)),
        ("22:00", "", (0, 5)),
    ],
)
def test_what_is_named_belongs_to_the_span(since: str, until: str, held: tuple[int, ...]) -> None:
    assert tuple(np.flatnonzero(TimeSpan.of(since, until).holds(TIMES))) == held


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        ("yesterday", "", "readable"),
        ("", "2026-13-01", "readable"),
        ("25:00", "", "readable"),
        ("2026-03-02", "10:15", "mixed"),
        ("2026-03-02", "2026-03-01", "order"),
        ("2026-03-02 10:15:01", "2026-03-02 10:15:00", "order"),
    ],
)
def test_what_makes_no_span_is_told(since: str, until: str, why: str) -> None:
    with pytest.raises(BadTimes) as told:
        TimeSpan.of(since, until)
    assert told.value.why == why
