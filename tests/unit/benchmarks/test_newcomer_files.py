"""Files of every kind: the same seed gives the same file, and the product reads the truth where it was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks.newcomer import truth
from tests.benchmarks.newcomer.files import PlantedFile
from tests.benchmarks.newcomer.kinds import KINDS
from tests.benchmarks.newcomer.truth import folder_of, read
from tests.benchmarks.report import BenchmarkRefused

DISTANCE = {
    "web access log": 800,
    "journal": 500,
    "Windows events, exported": 500,
    "Windows events, Event Viewer": 100,
    "PLC, Shift-JIS": 400,
    "alarm list, Excel": 60,
}
SHORT = ("Windows events, Event Viewer", "alarm list, Excel")


def made(kind: str, seed: int = 0, *, faulty: bool = True) -> PlantedFile:
    return KINDS[kind](np.random.default_rng(seed), "file", faulty)


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_is_read_where_it_was_planted(kind: str) -> None:
    file = read(made(kind))
    lines = len(file.sequence)
    assert 250 <= lines <= 450 if kind in SHORT else 1_400 <= lines <= 2_500
    assert file.faults and not file.sequence.skipped_counts
    if kind == "sensor table":
        assert not file.causes
    else:
        (cause,) = file.causes
        # Orders come every few lines, so that the first of them after a release fails a little later.
        assert -12 <= min(file.faults) - cause - DISTANCE[kind] <= 60


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_events(kind: str) -> None:
    first = read(made(kind)).sequence.sha256
    assert first == read(made(kind)).sequence.sha256
    assert first != read(made(kind, 1)).sequence.sha256


@pytest.mark.parametrize("kind", KINDS)
def test_a_normal_file_has_no_fault(kind: str) -> None:
    file = made(kind, faulty=False)
    assert not file.faults and not file.causes


def test_the_kinds_are_written_as_their_systems_write_them() -> None:
    assert made("PLC, Shift-JIS").data.decode("cp932").count("前進端 確認") > 100
    viewer = read(made("Windows events, Event Viewer")).sequence
    assert "turned_round" in viewer.notes and any(note.startswith("joined_lines") for note in viewer.notes)
    exported = read(made("Windows events, exported")).sequence
    assert exported.source_format == "events" and "turned_round" not in exported.notes
    assert made("alarm list, Excel").name.endswith(".xlsx")
    assert any(",," in line for line in made("sensor table").data.decode().splitlines())


def test_truth_that_is_not_read_stops_the_benchmark() -> None:
    file = made("alarm list, Excel")
    with pytest.raises(BenchmarkRefused, match="line 9,999"):
        read(replace(file, faults={9_999: "nothing"}))
    line = next(iter(file.faults))
    with pytest.raises(BenchmarkRefused, match="another text"):
        read(replace(file, faults={line: "another text"}))


def test_a_folder_has_three_parts_with_faults_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for part, count in (("NORMAL", 3), ("FAULTY", 2), ("FRESH", 1)):
        monkeypatch.setattr(truth, part, count)
    folder = folder_of(KINDS["alarm list, Excel"], 5, 0)
    assert (len(folder.normal), len(folder.faulty), len(folder.fresh)) == (3, 2, 1)
    assert all(file.faults for file in folder.faulty)
    assert not any(file.faults for file in (*folder.normal, *folder.fresh))
    assert len({read(file).sequence.sha256 for file in (*folder.normal, *folder.faulty, *folder.fresh)}) == 6
