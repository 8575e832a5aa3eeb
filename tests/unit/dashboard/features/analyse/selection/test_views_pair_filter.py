"""Which pairs are shown."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.features.analyse.selection.views.pair_filter import (
    EventTemplates,
    PairFilter,
    levels_and_stations,
)
from dashboard.features.analyse.selection.views.region import region_of
from dashboard.views.pair_map import Viewport
from sparsemix import read_bytes
from tests.support.dashboard.traces import head, random_head, sequence

LINES = sequence(["start", "Torque low", "torque 25度", "stop (x)", "start"])
EVENTS = replace(
    LINES,
    events=tuple(
        event._replace(level=level, source=source)
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


def shown(wanted: PairFilter) -> set[tuple[int, int]]:
    query, place = MADE.query_index.astype(np.int64), np.arange(5)
    kept = wanted.pairs(EVENTS, MADE, query, place, TEMPLATES)
    return {(int(q), int(MADE.key_index[p])) for q, p in zip(query[kept], place[kept], strict=True)}


def test_nothing_asked_for_leaves_everything() -> None:
    assert not PairFilter().active
    assert len(shown(PairFilter())) == 5


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        (PairFilter(effects=("WARN",)), {(1, 0)}),
        (PairFilter(causes=("WARN",)), {(2, 1)}),
        (PairFilter(effects=("B",)), {(2, 1), (3, 2)}),
        (PairFilter(effects=("B",), causes=("A",)), {(2, 1)}),
        (PairFilter(effects=("INFO", "A")), {(4, 0), (4, 4)}),
        (PairFilter(effects=("A", "B"), causes=("INFO", "B")), {(3, 2)}),
        (PairFilter(causes=("nowhere",)), set()),
        (PairFilter(templates=("start", "start")), {(4, 0), (4, 4)}),
        (PairFilter(templates=("stop (x)", None)), {(3, 2)}),
        (PairFilter(templates=(None, "start")), {(1, 0)}),
        (PairFilter(templates=("never seen", "start")), set()),
        (PairFilter(distances=(1, 1)), {(1, 0), (2, 1), (3, 2)}),
        (PairFilter(distances=(0, 3)), {(1, 0), (2, 1), (3, 2), (4, 0), (4, 4)}),
        (PairFilter(causes=("A",), distances=(2, 17)), {(4, 0)}),
    ],
)
def test_pairs_are_found_by_level_and_station_of_either_line_kind_and_distance(
    wanted: PairFilter, pairs: set[tuple[int, int]]
) -> None:
    assert wanted.active
    assert shown(wanted) == pairs


@pytest.mark.parametrize(
    "wanted",
    [
        PairFilter(),
        PairFilter(("INFO", "ü"), ("A", "B"), ("local",), 0.5),
        PairFilter(templates=("a <*>", None), distances=(-3, 0)),
    ],
)
def test_a_filter_survives_the_address(wanted: PairFilter) -> None:
    assert PairFilter.of(json.loads(json.dumps(wanted.values))) == wanted


@given(st.dictionaries(st.sampled_from([field.name for field in fields(PairFilter)]), ANYTHING))
def test_whatever_stands_in_an_address_makes_a_filter(values: dict[str, object]) -> None:
    wanted = PairFilter.of(values)
    assert PairFilter.of(wanted.values) == wanted
    wanted.pairs(EVENTS, MADE, MADE.query_index.astype(np.int64), np.arange(5))


@pytest.mark.parametrize("margin", [10**400, -1, float("inf"), float("nan"), "1"])
def test_a_margin_that_is_none_is_ignored(margin: object) -> None:
    assert PairFilter.of({"margin": margin}) == PairFilter()


def test_levels_and_stations_are_found() -> None:
    assert levels_and_stations(EVENTS) == ("INFO", "WARN", "A", "B")


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
    assert levels_and_stations(read_bytes(stamped.encode(), "a.log"))[-len(stations) or 9 :] == stations


@given(st.floats(0.01, 2.0))
def test_a_region_shows_what_the_filter_lets_through(margin: float) -> None:
    made, events = random_head(90, 500, 3), sequence(["line"] * 90)
    found = region_of(events, made, Viewport((10, 80), (0, 90)), PairFilter(margin=margin))
    inside = (made.query_index >= 10) & (made.query_index < 80) & (made.margin >= np.float32(margin))
    assert found.pairs == inside.sum()
    assert set(found.place.tolist()) == set(np.flatnonzero(inside).tolist())
