"""Short drills of the app and its services: a file of its own, so that another process runs them beside those of the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.drills import run

pytestmark = pytest.mark.deep


def test_web(tmp_path: Path) -> None:
    found = run("web", "--every", "5", "--refusals", "100", "--database", str(tmp_path / "drill.db"))
    assert (found["worked"], found["attacks"]) == ([], 4)
    gate = found["stores"]["sqlite"]
    assert gate["verified"] and gate["flood"]["told"] == gate["flood"]["refused"] == 100 and gate["flood"]["entries"] < 20


def test_batch() -> None:
    """Without Ray, which judges in `tests.integration.dashboard.service.test_ray_engine`."""
    found = run("batch", "--files", "6", "--events", "60", "--kills", "1", "--no-ray", "--no-targets")
    assert found["same"] and found["verified"]
    assert found["missing"] == found["double"] == {"local": 0, "killed": 0}
    assert found["overhead"] is None


def test_feedback() -> None:
    found = run(
        "feedback", "--reviews", "28", "--events", "400", "--steps", "4", "--replay", "2", "--fresh", "1", "--no-targets"
    )
    record = found["record"]
    assert record["reviews"] == 28
    assert all(record[name] for name in ("promoted", "rolled_back", "traced", "verified"))
    assert record["marks"] > 28
    assert found["before"]["spurious_of_reviewed_kinds"] > 0
    assert {name for name in found if "noise control" in name} == {
        f"{words}, {control} noise control" for words in ("noisy", "random") for control in ("with", "without")
    }


def test_watch() -> None:
    options = ("--seconds", "12", "--rate", "200", "--turn", "4", "--context", "300", "--every", "100", "--checked", "5")
    found = run("watch", *options, "--no-targets")
    assert (found["lines"], found["lines_wrong"], found["different"], found["judged_again"]) == (2400, 0, 0, 5)
    assert found["rotations"] == [1, 1] and found["verified"]
    assert found["decisions"] >= 8 and found["lag_s"]["p95"] > 0


def test_shares() -> None:
    """Long files are under way, and short ones of others are done before the first of them."""
    options = ("--people", "2", "--files", "2", "--events", "12000", "--megabytes", "3", "--pause", "0.1", "--no-targets")
    found = run("shares", *options)
    assert found["short_before_the_first_long"] and found["one_person_is_bounded"]
    assert len(found["long_ended_s"]) == 2 and found["faults"] == []


def test_routes() -> None:
    """People ask for the same at once, one searches and leaves, and another asks for lines."""
    found = run("routes", "--lines", "3000", "--people", "3", "--finds", "6", "--left", "6", "--no-targets")
    assert (found["overview"]["count"], found["finds"]["count"], found["faults"]) == (3, 6, [])
    assert found["lines_meanwhile"]["count"] and found["unknown_parameter"] == 400


def test_bombs() -> None:
    found = run("bombs", "--light", "--every", "6", "--damaged", "12")
    assert found["bombs"]["files"] >= 10 and found["bombs"]["over_or_unforeseen"] == []
    assert (found["damaged"]["tries"], found["damaged"]["lost"]) == (12, 0)
    assert found["damaged"]["told"] > 0


def test_fuzz() -> None:
    pytest.importorskip("atheris")
    found = run("fuzz", "--seconds", "5")
    assert found["runs"] > 15 and found["covered"] > 100
    assert (found["findings"], found["ended_by"]) == ([], [])
