"""Generated logs: determinism, ground truth that a plain rule can confirm, files."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_data import Fault, GeneratedLog, PlantConfig, generate
from sample_data.__main__ import SHIPPED, main, truth, write
from tests.support.paths import LOGS
from tests.support.properties import examples


def field(line: str, name: str) -> str:
    found = re.search(rf"{name}=(\S+)", line)
    return found[1] if found else ""


def station(line: str) -> str:
    return line.split()[2]


def rule(log: GeneratedLog) -> list[tuple[int, int]]:  # noqa: PLR0912 - one branch a kind of line
    """Find the faults of an English log with plain rules on its text and nothing else."""
    setup: dict[str, int] = {}
    calibration: dict[str, int] = {}
    maintenance: dict[str, int] = {}
    valve: dict[str, int] = {}
    found = []
    for i, line in enumerate(log.lines):
        place = station(line)
        if "change-over finished" in line:
            setup[place] = i
        elif " calibration " in line:
            calibration[place] = i
        elif "maintenance finished" in line:
            maintenance[place] = i
        elif "valve " in line:
            valve[field(line, "supply")] = i
        elif "run started" in line:
            cause = setup[place]
            if field(line, "recipe") != field(log.lines[cause], "recipe"):
                found.append((i, cause))
        elif "torque check" in line:
            cause = calibration[place]
            if "skipped" in log.lines[cause] and abs(float(field(line, "drift"))) > 0.2:
                found.append((i, cause))
        elif "SPC depth" in line:
            cause = maintenance[place]
            if "not verified" in log.lines[cause] and abs(float(field(line, "offset"))) > 0.05:
                found.append((i, cause))
        elif "alarm pressure" in line:
            cause = valve[field(line, "supply")]
            if "closed" in log.lines[cause]:
                found.append((i, cause))
    return found


@examples(25)
@given(st.integers(0, 10_000), st.integers(200, 3000), st.floats(0.05, 1.0))
def test_the_ground_truth_is_what_plain_rules_find(seed: int, events: int, fault_rate: float) -> None:
    log = generate(PlantConfig(events=events, fault_rate=fault_rate), seed)
    assert len(log.lines) == events
    assert sorted(log.pairs) == rule(log)


def test_the_same_seed_gives_the_same_log_and_another_another() -> None:
    config = PlantConfig(events=500)
    assert generate(config, 3) == generate(config, 3)
    assert generate(config, 3).lines != generate(config, 4).lines


def test_every_kind_of_fault_occurs_with_far_causes() -> None:
    log = generate(PlantConfig(events=20_000), 5)
    assert {fault for fault in log.faults if fault} == set(Fault)
    gaps = [effect - cause for effect, cause in log.pairs]
    assert max(gaps) > 1000
    assert sorted(gaps)[len(gaps) // 2] > 100


def test_an_alarm_is_explained_by_another_station() -> None:
    log = generate(PlantConfig(events=8000), 6)
    alarms = [(e, c) for e, c in log.pairs if log.faults[e] is Fault.SUPPLY_CLOSED]
    assert alarms
    assert all(station(log.lines[e]) != station(log.lines[c]) for e, c in alarms)


def test_no_faults_make_a_healthy_log() -> None:
    log = generate(PlantConfig(events=3000, fault_rate=0.0), 1)
    assert log.label == 0
    assert log.pairs == ()
    assert sum(d >= 0 for d in log.decided_by) > 100


@pytest.mark.parametrize("language", ["ja", "mixed"])
def test_japanese_logs_are_japanese(language: str) -> None:
    text = "\n".join(generate(PlantConfig(events=1500, language=language), 2).lines)
    assert "生産開始" in text
    assert ("run started" in text) == (language == "mixed")


@pytest.mark.parametrize("change", [{"events": 1}, {"fault_rate": 1.5}, {"pace": 0.0}, {"check_rate": 0.0}, {"language": "de"}])
def test_impossible_plants_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        PlantConfig(**change)


def test_files_hold_the_log_and_its_truth(tmp_path: Path) -> None:
    log = generate(PlantConfig(events=300), 9)
    plain, truth_path = write(log, tmp_path, "a")
    packed, _ = write(log, tmp_path, "b", packed=True)
    assert plain.read_text().splitlines() == list(log.lines)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert json.loads(truth_path.read_text()) == truth(log)
    assert all(effect > cause for effect, cause in truth(log)["pairs"])


def test_the_shipped_files_are_what_the_command_writes(tmp_path: Path) -> None:
    assert main(["ship", "--out", str(tmp_path)]) == 0
    for name, (_, _, packed) in SHIPPED.items():
        suffix = ".log.gz" if packed else ".log"
        ours, shipped = (tmp_path / f"{name}{suffix}").read_bytes(), (LOGS / f"{name}{suffix}").read_bytes()
        if packed:
            # zlib versions pack differently; the text is what counts.
            ours, shipped = gzip.decompress(ours), gzip.decompress(shipped)
        assert ours == shipped
    assert sum(p.stat().st_size for p in LOGS.iterdir()) < 1.5e6


def test_generate_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--events", "50", "--seed", "2", "--out", str(tmp_path), "--gz"]) == 0
    for name in capsys.readouterr().out.split():
        assert Path(name).exists()
    with pytest.raises(SystemExit) as done:
        main(["generate", "--events", "0", "--seed", "2", "--out", str(tmp_path)])
    assert done.value.code == 2
