"""The lines: the first one's logs have not changed by a bit since there is a second one, whose truth plain rules confirm."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_data import Fault, GeneratedLog, PlantConfig, generate
from sample_data.__main__ import main
from sample_data.lines import LINES
from sample_data.phrases import MES_EVENTS
from tests.support.properties import examples

# Logs of the only line that there was, hashed before there were lines.
KNOWN = (
    (PlantConfig(), 0, "bd69794405e4767df75b3dd257ed55104cbcd31636a530b5c55ca2f1c43821ad"),
    (
        PlantConfig(events=700, fault_rate=0.5, pace=0.05, check_rate=0.3, language="ja"),
        11,
        "5821c346038781839a3eccc5cd8d0a237019142fde2c5a5839752b4b9ab1ad52",
    ),
    (
        PlantConfig(events=900, fault_rate=0.1, pace=0.5, language="mixed"),
        12,
        "592df97cf93ca877522d8a76c6f120f8636c67b64cb3586aab61d5633a69854d",
    ),
    (
        PlantConfig(events=3000, fault_rate=0.0, language="mixed"),
        13,
        "84056e06353e92cbda01c3b8793625b9d91890b76a311f652914c328412a394a",
    ),
)


@pytest.mark.parametrize(("config", "seed", "known"), KNOWN)
def test_the_assembly_line_writes_what_it_always_wrote(config: PlantConfig, seed: int, known: str) -> None:
    log = generate(config, seed)
    faults = [fault and fault.value for fault in log.faults]
    everything = (log.lines, log.labels, faults, log.decided_by, log.language, log.seed)
    assert sha256(repr(everything).encode()).hexdigest() == known


# The kind of a state line, by a piece of its text in either language, and whether it is a bad one.
STATES = {
    "new die clamped": ("setup", False),
    "新金型クランプ": ("setup", False),
    "load cells zeroed": ("calibration", False),
    "ロードセル零調整済": ("calibration", False),
    "load cells left unzeroed": ("calibration", True),
    "ロードセル零調整せず": ("calibration", True),
    "home position confirmed": ("maintenance", False),
    "基準位置を検証": ("maintenance", False),
    "home position unconfirmed": ("maintenance", True),
    "基準位置は未検証": ("maintenance", True),
    "cock released": ("valve", False),
    "コック復帰": ("valve", False),
    "cock shut": ("valve", True),
    "コック遮断": ("valve", True),
}


def field(line: str, name: str) -> str:
    found = re.search(rf"{name}=(\S+)", line)
    return found[1] if found else ""


def rule(log: GeneratedLog) -> list[tuple[int, int]]:
    """Find the faults of a press log with plain rules on its text and nothing else."""
    latest: dict[tuple[str, str], tuple[int, bool]] = {}
    found = []
    for i, line in enumerate(log.lines):
        station = line.split()[2]
        for piece, (kind, bad) in STATES.items():
            if piece in line:
                latest[kind, field(line, "circuit") if kind == "valve" else station] = (i, bad)
        if "coil=" in line and "program=" in line:
            cause, _ = latest["setup", station]
            wrong = field(line, "program") != field(log.lines[cause], "program")
        elif "nominal=" in line:
            cause, bad = latest["calibration", station]
            wrong = bad and abs(float(field(line, "deviation"))) > 10
        elif "pieces=16" in line:
            cause, bad = latest["maintenance", station]
            wrong = bad and abs(float(field(line, "shift"))) > 0.03
        elif " p=" in line:
            cause, wrong = latest["valve", field(line, "circuit")]
        else:
            continue
        if wrong:
            found.append((i, cause))
    return found


@examples(15)
@given(st.integers(0, 10_000), st.integers(200, 3000), st.sampled_from(["en", "ja", "mixed"]))
def test_the_press_lines_truth_is_what_plain_rules_find(seed: int, events: int, language: str) -> None:
    log = generate(PlantConfig(events=events, language=language, line="press"), seed)
    assert len(log.lines) == events
    assert sorted(log.pairs) == rule(log)


def test_a_press_log_has_every_kind_of_fault_and_none_when_healthy() -> None:
    log = generate(PlantConfig(events=20_000, line="press"), 5)
    assert {fault for fault in log.faults if fault} == set(Fault)
    assert max(effect - cause for effect, cause in log.pairs) > 500
    assert generate(PlantConfig(events=3000, fault_rate=0.0, line="press"), 1).label == 0


def test_lines_write_the_same_events_with_the_same_fields_in_other_words() -> None:
    assembly, press = LINES["assembly"], LINES["press"]
    for language in ("en", "ja"):
        ours, theirs = assembly.phrases[language], press.phrases[language]
        assert list(ours) == list(theirs)
        assert not set(ours.values()) & set(theirs.values())
        for event in ours:
            assert fields(ours[event]) == fields(theirs[event]), event
    for line in LINES.values():
        assert {name for name, _ in line.fillers} | set(line.levels) | MES_EVENTS <= set(line.phrases["en"])
        assert line.station_count[1] - 1 <= len(line.stations)
    assert not {*assembly.stations, *assembly.utilities, *assembly.recipes, *assembly.supplies, *assembly.writers} & {
        *press.stations,
        *press.utilities,
        *press.recipes,
        *press.supplies,
        *press.writers,
    }


def fields(phrase: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def test_an_unknown_line_is_refused() -> None:
    with pytest.raises(ValueError, match="line must be one of assembly, sister, press"):
        PlantConfig(line="paint")


def test_the_command_writes_a_log_of_another_line(tmp_path: Path) -> None:
    assert main(["generate", "--line", "press", "--events", "60", "--seed", "2", "--out", str(tmp_path)]) == 0
    lines = (tmp_path / "press-en-60-2.log").read_text(encoding="utf-8").splitlines()
    assert tuple(lines) == generate(PlantConfig(events=60, line="press"), 2).lines
