"""A made-up machine as event tables in long form: an axis, a pump and a counter, with normal runs and runs with a fault.

The axis goes to its work position and back within 2.5 seconds each; the pump has flow within a second. With a fault a feedback
does not come any more: seconds later an alarm begins, and half a second after it the machine stops. The alarm of the door has
nothing to do with either: it comes and goes in every run.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Row = tuple[float, str, str]
FAULTS = {"AX_work_pos": ("AX_A_100", 6.0), "AX_init_pos": ("AX_A_101", 6.0), "PU_flow": ("PU_A_200", 4.0)}
"""By the feedback that does not come: the alarm, and how many seconds after the command it begins."""
SETS = {"exp_axis": ("AX_work_pos", "AX_init_pos"), "exp_pump": ("PU_flow",)}
"""Groups of the data set in the form of the benchmark `causes`, with a scenario for every fault."""
_LENGTH, _FAULT_AT, _STOPS, _GOES_ON = 70.0, 30.0, 0.5, 12.0
_DOOR = "DR_A_300"
_ALARMS = {_DOOR, *(alarm for alarm, _ in FAULTS.values())}


@dataclass(frozen=True, slots=True)
class MadeUpRun:
    """The rows of a run in order of time, the feedback that is the ``cause`` of its alarm and the alarm's time; None for a
    normal run."""

    rows: tuple[Row, ...]
    cause: str | None = None
    alarm_at: float | None = None

    @property
    def diagnosis_at(self) -> float:
        """Return a time at which the alarm is active and the machine stands still."""
        assert self.alarm_at is not None
        return self.alarm_at + 5.0

    def table(self) -> bytes:
        """Return the run as a table in long form."""
        lines = [f"{time:.3f},{node},{value},{_kind(node)}" for time, node, value in self.rows]
        return "\n".join(["time_s,node,value,type", *lines, ""]).encode()


def normal_runs(count: int = 12, seed: int = 0) -> list[MadeUpRun]:
    """Return normal runs."""
    return [_run(np.random.default_rng([seed, number]), None) for number in range(count)]


def faulty_run(cause: str, seed: int = 0) -> MadeUpRun:
    """Return a run in which one feedback does not come any more."""
    return _run(np.random.default_rng([seed, 1000, list(FAULTS).index(cause)]), cause)


def write_normal(folder: Path, count: int = 12) -> Path:
    """Write a folder of normal runs; return it."""
    folder.mkdir(parents=True)
    for number, run in enumerate(normal_runs(count)):
        (folder / f"normal_{number}.csv").write_bytes(run.table())
    return folder


def write_data_set(folder: Path, runs: int = 2) -> Path:
    """Write normal runs, and ``runs`` runs of every fault, as the benchmark `causes` reads them; return the folder."""
    write_normal(folder / "real_op")
    for group, faults in SETS.items():
        for number, cause in enumerate(faults):
            scenario = folder / "dig_twin" / group / f"exp_{number}"
            scenario.mkdir(parents=True)
            truth = {"exp_id": scenario.name, "manipulatedVars": [cause], "alarms": [FAULTS[cause][0]]}
            (scenario / f"{scenario.name}_description.json").write_text(json.dumps(truth), encoding="utf-8")
            for seed in range(runs):
                run = faulty_run(cause, seed)
                (scenario / f"run_{seed}").mkdir()
                (scenario / f"run_{seed}" / "causes.json").write_text(json.dumps({"diagnosis_at": run.diagnosis_at}))
                (scenario / f"run_{seed}" / f"fault_{seed}.csv").write_bytes(run.table())
    return folder


def packed(folder: Path, path: Path) -> Path:
    """Pack a folder's files into a tar.gz; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                member = tarfile.TarInfo(file.relative_to(folder).as_posix())
                member.size = file.stat().st_size
                archive.addfile(member, io.BytesIO(file.read_bytes()))
    return path


def _kind(node: str) -> str:
    if node in _ALARMS:
        return "Alarm"
    return "Counter" if node == "CN_parts" else "Binary"


def _run(rng: np.random.Generator, cause: str | None) -> MadeUpRun:
    axis, axis_alarm = _axis(rng, cause)
    pump, pump_alarm = _pump(rng, cause)
    door = float(rng.uniform(3, 20))
    rows = [*axis, *pump, (0.0, _DOOR, "False"), (door, _DOOR, "True"), (door + 2.0, _DOOR, "False")]
    alarm_at = axis_alarm or pump_alarm
    if cause is not None and alarm_at is not None:
        stop, alarm = alarm_at + _STOPS, FAULTS[cause][0]
        rows = [row for row in rows if row[0] < stop]
        rows += [(0.0, alarm, "False"), (alarm_at, alarm, "True"), (stop + _GOES_ON, alarm, "False")]
        rows += [(stop, node, "False") for node in ("AX_to_work", "AX_to_init", "PU_on", "PU_motor", "PU_flow")]
    return MadeUpRun(tuple(sorted(rows)), cause, alarm_at)


def _axis(rng: np.random.Generator, cause: str | None) -> tuple[list[Row], float | None]:
    """Return the axis' and the counter's rows, and when the alarm of a feedback that does not come begins."""
    rows = [(0.0, node, str(node in ("AX_to_init", "AX_init_pos"))) for node in ("AX_to_work", "AX_to_init", "AX_work_pos")]
    rows += [(0.0, "AX_init_pos", "True"), (0.0, "CN_parts", str(int(rng.integers(100, 10_000))))]
    time, parts = 0.0, int(rows[-1][2])
    while time < _LENGTH:
        for there, back in (("work", "init"), ("init", "work")):
            time += float(rng.uniform(3, 6))
            rows += [(time, f"AX_to_{back}", "False"), (time, f"AX_to_{there}", "True")]
            rows.append((time + 0.2, f"AX_{back}_pos", "False"))
            if cause == f"AX_{there}_pos" and time > _FAULT_AT:
                return rows, time + FAULTS[cause][1]
            rows.append((time + float(rng.uniform(1, 2.5)), f"AX_{there}_pos", "True"))
            time += 2.5
        parts += 1
        rows.append((time, "CN_parts", str(parts)))
    return rows, None


def _pump(rng: np.random.Generator, cause: str | None) -> tuple[list[Row], float | None]:
    """Return the pump's rows, and when the alarm of a flow that does not come begins."""
    rows, time = [(0.0, node, "False") for node in ("PU_on", "PU_motor", "PU_flow")], 0.0
    while time < _LENGTH:
        time += float(rng.uniform(2, 5))
        rows += [(time, "PU_on", "True"), (time + 0.1, "PU_motor", "True")]
        if cause == "PU_flow" and time > _FAULT_AT:
            return rows, time + FAULTS[cause][1]
        rows.append((time + float(rng.uniform(0.5, 1)), "PU_flow", "True"))
        time += float(rng.uniform(8, 15))
        rows += [(time, "PU_on", "False"), (time + 0.1, "PU_motor", "False"), (time + 0.3, "PU_flow", "False")]
    return rows, None
