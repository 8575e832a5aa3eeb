"""The simulated month, in small: no alarm where nothing changes, one within a day where something does."""

from __future__ import annotations

from functools import partial

import pytest

from sparsemix import SparseMixModel
from sparsemix.errors import ConfigError
from tests.benchmarks import drift
from tests.benchmarks.drift import A_DAY, CHANGES, month, planted, rows
from tests.support.paths import WEIGHTS


def test_a_month_is_the_same_every_time_and_quieter_at_night() -> None:
    logs = month("assembly", "en", 3, days=2)
    assert logs == month("assembly", "en", 3, days=2)
    assert len(logs) == 2 * A_DAY
    day, night = logs[2], logs[9]
    assert len(night) < len(day)
    assert not any("safety door" in line for line in night)


@pytest.mark.parametrize("change", CHANGES)
def test_a_planted_change_begins_on_its_day_and_changes_the_lines(change: str) -> None:
    before = month("assembly", "en", 3, days=3)
    after = planted(change, "assembly", "en", 3, 2, days=3)
    assert len(after) == A_DAY
    assert after != before[2 * A_DAY :]


def test_an_unknown_change_and_a_day_that_comes_too_soon_are_refused() -> None:
    model = SparseMixModel.load(WEIGHTS)
    with pytest.raises(ConfigError):
        planted("earthquake", "assembly", "en", 1, 2)
    with pytest.raises(ConfigError):
        rows(model, ("earthquake",))
    with pytest.raises(ConfigError):
        rows(model, ("controller",), day=2)


@pytest.mark.deep
def test_no_alarm_before_the_change_and_one_within_a_day_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # Logs of half the length.
    monkeypatch.setattr(drift, "_DAY_LINES", 210)
    monkeypatch.setattr(drift, "_NIGHT_LINES", 140)
    monkeypatch.setattr(drift, "false_alarms", partial(drift.false_alarms, sources=1_000))
    found = rows(SparseMixModel.load(WEIGHTS), ("controller",), (0,), day=7, days=9)
    quiet = [row for row in found if row["row"] == "no change"]
    assert [row["alarms"] for row in quiet] == [0, 0, 0]
    (change,) = (row for row in found if row["row"] == "change")
    assert change["alarms_before"] == 0
    assert change["within_a_day"]
    assert "known" in change["statistics"]  # type: ignore[operator]
    assert abs(change["began_off_by_hours"]) <= 12  # type: ignore[arg-type]
    assert all(row["share"] <= row["promised"] for row in found if row["row"] == "false alarms")  # type: ignore[operator]
