"""Generated files of other kinds: determinism, and ground truth that a plain rule can confirm."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from sample_data.__main__ import SHIPPED_BESIDE, main, truth
from sample_data.access_log import AccessLogConfig, generate_access_log
from sample_data.planted import PlantedFile
from sample_data.sensor_table import CHANNELS, DRIFTING, SensorConfig, generate_sensor_table
from sparsemix import read_bytes
from tests.support.paths import LOGS
from tests.support.properties import examples

COMBINED = re.compile(
    r'[\d.]+ - (?:-|deploy) \[(?P<time>[^]]+)\] "(?P<request>[A-Z]+ \S+) HTTP/1\.1" (?P<status>\d{3}) \d+ "[^"]+" "[^"]+"'
)


def requests(log: PlantedFile) -> list[re.Match[str]]:
    """Return every line, taken apart as Apache and nginx write it."""
    found = [COMBINED.fullmatch(line) for line in log.lines]
    assert all(found)
    return [match for match in found if match]


def deployments(lines: list[re.Match[str]]) -> list[int]:
    return [number for number, line in enumerate(lines, 1) if "/internal/deploy" in line["request"]]


@examples(20)
@given(st.integers(0, 10_000), st.integers(600, 3000))
def test_the_errors_begin_some_hundred_requests_after_a_release_and_end_with_the_next(seed: int, events: int) -> None:
    config = AccessLogConfig(events, events // 5, events // 6)
    log = generate_access_log(config, seed)
    lines = requests(log)
    harmless, cause, end = deployments(lines)
    wrong = [n for n, line in enumerate(lines, 1) if line["status"].startswith("5")]
    assert len(lines) == log.events == events
    assert {pair[1] for pair in log.pairs} == {cause}
    assert [pair[0] for pair in log.pairs] == list(log.faults)
    assert set(log.faults) <= set(wrong)
    assert min(log.faults) - cause >= config.delay
    assert max(log.faults) < end
    asked = [n for n, line in enumerate(lines, 1) if cause + config.delay < n < end and "/api/" in line["request"]]
    # Four in five calls of the API fail: what a million draws do not fall below, also with a dozen calls.
    assert len(log.faults) >= binom.ppf(1e-6, len(asked), 0.8)
    assert len(set(wrong) - set(log.faults)) < 0.02 * events
    assert harmless < cause


def test_times_run_on_and_pages_load_the_release_that_is_deployed() -> None:
    lines = requests(generate_access_log(AccessLogConfig(), 3))
    times = [datetime.strptime(line["time"], "%d/%b/%Y:%H:%M:%S %z") for line in lines]
    assert times == sorted(times)
    assert timedelta(minutes=10) < times[-1] - times[0] < timedelta(hours=1)
    begin = deployments(lines)[1]
    assert not [line for line in lines[:begin] if "-2026.9.1." in line["request"]]
    assert [line for line in lines[begin:] if "-2026.9.1." in line["request"]]


@examples(20)
@given(st.integers(0, 10_000), st.integers(300, 2000))
def test_the_drifting_channel_alone_leaves_what_the_load_explains(seed: int, rows: int) -> None:
    table, healthy = (generate_sensor_table(SensorConfig(rows, drift=drift), seed) for drift in (40.0, 0.0))
    cells, before = (np.array([line.split(",") for line in made.lines[1:]]) for made in (table, healthy))
    names = table.lines[0].split(",")
    assert names == ["time", *CHANNELS]
    other = [place for place, name in enumerate(names) if name != DRIFTING]
    assert (cells[:, other] == before[:, other]).all()
    risen = cells[:, names.index(DRIFTING)].astype(float) - before[:, names.index(DRIFTING)].astype(float)
    (cause,) = {pair[1] for pair in table.pairs}
    assert (risen[: cause - 1] == 0).all()
    first = min(table.faults)
    assert first > cause
    assert list(table.faults) == list(range(first, rows + 2))
    # Values have one decimal.
    assert risen[first - 2 :].min() >= 3 * CHANNELS[DRIFTING][2] - 0.1
    assert not healthy.faults


def test_nothing_is_written_for_some_minutes_once() -> None:
    lines = generate_sensor_table(SensorConfig(), 5).lines[1:]
    steps = np.diff([datetime.fromisoformat(line.split(",")[0]) for line in lines])
    assert sorted(set(steps)) == [timedelta(seconds=10), timedelta(minutes=18, seconds=10)]
    assert (steps > timedelta(seconds=10)).sum() == 1


@pytest.mark.parametrize("command", ["web", "sensors"])
def test_the_command_writes_both_files_again_alike(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [command, "--events", "400", "--seed", "2", "--out"]
    assert main([*arguments, str(tmp_path / "a")]) == main([*arguments, str(tmp_path / "b")]) == 0
    first, again = (sorted(folder.iterdir()) for folder in (tmp_path / "a", tmp_path / "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert len(first) == 2
    assert json.loads(first[1].read_text())["label"] == 1
    assert main([*arguments, str(tmp_path / "c"), "--healthy"]) == 0
    assert json.loads((tmp_path / "c" / first[1].name).read_text())["labels"] == {}
    with pytest.raises(SystemExit) as done:
        main([command, "--events", "3", "--seed", "2", "--out", str(tmp_path)])
    assert done.value.code == 2
    assert "must be at least" in capsys.readouterr().err


@pytest.mark.parametrize("config", [{"delay": 0}, {"burst": 0}, {"delay": 600, "burst": 200}])
def test_impossible_bursts_are_refused(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="less than half"):
        AccessLogConfig(**config)


@pytest.mark.parametrize("config", [{"gap": -1.0}, {"drift": -1.0}])
def test_impossible_tables_are_refused(config: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="negative"):
        SensorConfig(**config)


@pytest.mark.parametrize("name", SHIPPED_BESIDE)
def test_the_shipped_files_are_what_the_command_writes_and_are_read(name: str) -> None:
    make, ending = SHIPPED_BESIDE[name]
    made, path = make(), LOGS / f"{name}{ending}"
    assert path.read_text().splitlines() == list(made.lines)
    assert json.loads((LOGS / f"{name}.truth.json").read_text()) == json.loads(json.dumps(truth(made)))
    sequence = read_bytes(path.read_bytes(), path.name)
    assert len(sequence) == made.events
    assert sequence.events[0].line == (2 if ending == ".csv" else 1)
    assert sequence.source_format == ("csv" if ending == ".csv" else "log")
