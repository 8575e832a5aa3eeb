"""Diversity: counts by station, recipe, shift and so on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.reading.diversity import aspects, counted, length, shift
from sparsemix.dataset import DataSet, read_dataset


def data_of(tmp_path: Path, *items: dict[str, object]) -> DataSet:
    path = tmp_path / "lots.jsonl"
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), encoding="utf-8")
    return read_dataset(path)


def line(hour: int, station: str, text: str, day: int = 2) -> str:
    return f"2026-03-{day:02}T{hour:02}:00:00Z INFO {station} PLC {text}"


def test_a_data_set_is_counted_from_all_sides(tmp_path: Path) -> None:
    data = data_of(
        tmp_path,
        {"id": "a", "label": "normal", "events": [line(7, "ST01", "run recipe=R07 lot=L1"), line(8, "ST01", "cycle")]},
        {"id": "b", "label": "fault", "events": [line(15, "ST01", "run recipe=R07"), line(23, "ST02", "recipe: R08", day=3)]},
        {"id": "c", "events": [line(7, "ST01", "cycle")] * 5},
    )
    found = {aspect.name: aspect for aspect in aspects(data)}
    assert found["station"].counts == {"ST01": 8, "ST02": 1}
    assert found["recipe"].counts == {"R07": 2, "R08": 1}
    assert found["shift"].counts == {"early": 7, "late": 1, "night": 1}
    assert found["weekday"].counts == {"week": 9}
    assert found["length"].counts == {"2-3": 2, "4-7": 1}
    assert found["label"].counts == {"normal": 1, "fault": 1}
    assert found["label"].unknown == 1
    assert found["station"].largest == ("ST01", 8 / 9)
    assert [aspect.counts for aspect in aspects(data, timezone(timedelta(hours=9))) if aspect.name == "shift"] == [
        {"late": 7, "night": 1, "early": 1}
    ]


def test_times_that_tell_no_day_or_no_hour_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text(
        "".join(f"Mar  2 07:00:{s:02} host PLC[1]: step {s}\n" for s in range(9)), encoding="utf-8"
    )
    found = {aspect.name: aspect for aspect in aspects(read_dataset(tmp_path / "old.log"))}
    assert found["shift"].counts == {"early": 9}
    assert "weekday" not in found
    (tmp_path / "run.csv").write_text("time,force\n" + "".join(f"{s},{s % 3}\n" for s in range(9)), encoding="utf-8")
    assert not {"shift", "weekday"} & {aspect.name for aspect in aspects(read_dataset(tmp_path / "run.csv"))}


def test_what_is_not_known_is_no_aspect(tmp_path: Path) -> None:
    data = data_of(tmp_path, {"id": "a", "text": "no station and no time here"})
    assert [aspect.name for aspect in aspects(data)] == ["length"]


def test_of_many_values_the_most_frequent_are_kept() -> None:
    found = counted("station", "events", [f"ST{i}" for i in range(300)] + [None] * 7 + ["ST1"])
    assert len(found.counts) == 200 and (found.known, found.unknown) == (301, 7)
    assert found.largest == ("ST1", 2 / 301) and counted("station", "events", []).largest == ("", 0.0)


@given(st.integers(0, 10**7))
def test_a_length_lies_in_its_own_range(events: int) -> None:
    low, _, high = length(events).partition("-")
    assert int(low) <= events <= int(high or low)


@pytest.mark.parametrize(
    ("hour", "found"), [(0, "night"), (5, "night"), (6, "early"), (13, "early"), (14, "late"), (21, "late"), (22, "night")]
)
def test_every_hour_has_its_shift(hour: int, found: str) -> None:
    assert shift(datetime(2026, 3, 2, hour, 59, tzinfo=UTC)) == found
