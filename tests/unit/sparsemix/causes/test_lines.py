"""The lines of a log that led to one of its lines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sparsemix.__main__ import main
from sparsemix.causes.command import where
from sparsemix.causes.lines import alarming_events, event_at, explained_line
from sparsemix.errors import ExplanationError
from sparsemix.explain.effects import effect_of, pair_effects
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.rerun import Rerun
from sparsemix.readers import read_bytes
from sparsemix.readers.options import ReadOptions
from tests.support.sparsemix.entity_logs import MATCHED, order_log
from tests.support.sparsemix.small_models import small_model

MODEL = small_model(config=MATCHED)
SEQUENCE = order_log(20)
RUN = MODEL.run_with_trace(SEQUENCE)
RERUN = Rerun(MODEL, SEQUENCE, RUN.trace)
TARGET = len(SEQUENCE) - 1
EXPLAINED = explained_line(RERUN, TARGET, pair_effects(RERUN, TARGET))


def test_lines_are_ranked_by_what_the_decision_would_be_without_them() -> None:
    found = EXPLAINED.causes
    assert len(found) > 1
    assert len({cause.event for cause in found}) == len(found)
    assert TARGET not in {cause.event for cause in found}
    sizes = [abs(cause.effect) for cause in found]
    assert sizes == sorted(sizes, reverse=True)
    probability = float(RUN.decision.event_probability[TARGET])
    assert EXPLAINED.probability == pytest.approx(probability)
    assert (EXPLAINED.line, EXPLAINED.text) == (SEQUENCE.events[TARGET].line, SEQUENCE.events[TARGET].text)
    for cause in found:
        event = SEQUENCE.events[cause.event]
        assert (cause.line, cause.text) == (event.line, event.text)
        assert cause.lines == SEQUENCE.events[TARGET].line - event.line
        assert cause.seconds == SEQUENCE.events[TARGET].time - event.time
        # Without a pair that speaks for the fault, a fault is less likely.
        assert (cause.probability < probability) == (cause.effect > 0) or abs(cause.effect) < 1e-6


def test_where_a_cause_stands_is_said_by_the_clock_of_its_source() -> None:
    at = min(cause.event for cause in EXPLAINED.causes)
    rerun = Rerun(MODEL, replace(SEQUENCE, starts=(at + 1,)), RUN.trace)
    found = {cause.event: cause for cause in explained_line(rerun, TARGET, pair_effects(rerun, TARGET)).causes}
    assert found[at].lines is None and any(cause.lines is not None for cause in found.values())
    cause = replace(found[at], lines=7, seconds=7200.0)
    assert where(cause) == "7 lines earlier"
    assert where(replace(cause, seconds=-7200.0)) == "7 lines earlier in the file, 2 h 00 min later by the clock"
    assert where(replace(cause, lines=None)) == "in another source, 2 h 00 min earlier by the clocks"
    assert where(replace(cause, lines=None, seconds=None)) == "in another source"


def test_the_effect_is_that_of_taking_the_pair_out() -> None:
    found = next(cause for cause in EXPLAINED.causes if cause.by_way_of is None)
    pairs = tuple(
        Pair(layer, head, TARGET, found.event)
        for layer, heads in enumerate(RUN.trace.heads)
        for head, selection in enumerate(heads)
        if found.event in selection.key_index[selection.pairs_of(TARGET)]
    )
    assert effect_of(RERUN, TARGET, Intervention.without(pairs)).effect == pytest.approx(found.effect)
    assert found.certified and found.pairs == pairs


def test_a_line_or_a_time_is_explained_or_else_what_is_flagged() -> None:
    event = SEQUENCE.events[7]
    assert event_at(SEQUENCE, str(event.line)) == event_at(SEQUENCE, "2026-11-28 00:00:07") == 7
    assert 1 <= len(alarming_events(SEQUENCE, RUN.decision)) <= 3
    for at, said in (
        ("soon", "neither a line's number nor a time"),
        ("00:00:07", "nor a time with its date"),
        ("-5", "no line's number"),
        ("1.5", "no line's number"),
        ("2031-01-01 00:00:00", "or later"),
        ("9999", "no line"),
        ("1" * 5000, "neither"),
    ):
        with pytest.raises(ExplanationError, match=said):
            event_at(SEQUENCE, at)


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo", "America/New_York"])
def test_a_time_is_read_as_those_of_the_lines(zone: str | None) -> None:
    options = ReadOptions(time_zone=zone)
    # A log that runs over New Year, and longer than half a year.
    stamps = ("Jun 14 15:16:01", "Dec 31 23:59:58", "Jan  1 00:00:02", "Mar  1 08:00:00", "Jun 14 15:16:00")
    lines = "\n".join(f"{stamp} combo sshd[7]: try again" for stamp in stamps)
    yearless = read_bytes(lines.encode(), "syslog", options=options)
    for event, stamp in enumerate(stamps):
        assert event_at(yearless, stamp) == event
    assert event_at(yearless, "Jan  1 00:00:01") == 2 and event_at(yearless, "Jun  1 00:00:00") == 4
    assert event_at(yearless, "Jun 15 00:00:00") == 1
    short = replace(yearless, events=yearless.events[:1])
    assert event_at(short, "Jun 13 00:00:00") == 0
    with pytest.raises(ExplanationError, match="or later"):
        event_at(short, "Jun 15 00:00:00")
    with pytest.raises(ExplanationError, match="neither"):
        event_at(yearless, "Feb 31 00:00:00")
    dated = read_bytes(b"2026-06-14 15:16:01 started\n2026-06-14 15:16:03 stopped\n", "a.log", options=options)
    assert event_at(dated, "2026-06-14 15:16:02") == event_at(dated, "Jun 14 15:16:02") == 1


def test_a_date_is_read_with_day_and_month_in_the_order_of_the_lines() -> None:
    british, american = (
        read_bytes("\n".join(f"{date} 08:00:00 started" for date in dates).encode(), "dates.log")
        for dates in (("02/04/2026", "03/04/2026", "13/04/2026"), ("03/01/2026", "03/04/2026", "03/13/2026"))
    )
    for read in (british, american):
        assert event_at(read, "03/04/2026 08:00:00") == 1
    assert event_at(british, "04/04/2026 08:00:00") == 2
    with pytest.raises(ExplanationError, match="or later"):
        event_at(american, "04/04/2026 08:00:00")


def test_a_wrong_line_or_time_is_told_before_the_log_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "orders.log"
    log.write_text("\n".join(event.text for event in SEQUENCE.events), "utf-8")
    # There are no such weights: they would be asked for first if the log were judged.
    for at in ("9999", "soon", "Jun 14 15:16"):
        assert main(["causes", str(log), "--weights", str(tmp_path / "none.safetensors"), "--at", at]) == 1
        said = capsys.readouterr().err
        assert at in said.replace(",", "") and "none.safetensors" not in said


def test_the_command_names_lines_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, log = tmp_path / "w.safetensors", tmp_path / "orders.log"
    MODEL.save(weights)
    log.write_text("\n".join(event.text for event in SEQUENCE.events), "utf-8")
    asked = ["causes", str(log), "--weights", str(weights), "--at", str(SEQUENCE.events[TARGET].line)]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (explained,) = found["explained"]
    assert explained["line"] == SEQUENCE.events[TARGET].line
    assert found["file"] == "orders.log"
    assert main(asked) == 0
    words = capsys.readouterr().out
    assert f"line {SEQUENCE.events[TARGET].line}: " in words
    assert ("judged by what the log says about itself" in words) == found["by_itself"]


def test_the_command_names_a_line_that_was_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, log = tmp_path / "w.safetensors", tmp_path / "steps.log"
    MODEL.save(weights)
    steps = [f"{step} order {number}" for number in range(4700, 4712) for step in ("received", "picked\x1b[2J", "shipped")]
    del steps[16]
    log.write_text("\n".join(steps), "utf-8")
    asked = ["causes", str(log), "--weights", str(weights), "--at", "16"]
    assert main(asked) == 0
    words = capsys.readouterr().out
    assert "expected after it and not there, same 4705: picked" in words and "\x1b" not in words
    assert "in 11 of 11 other groups with such a line, usually 1 line later, as line 19: picked" in words
    assert main([*asked, "--json"]) == 0
    (missing,) = json.loads(capsys.readouterr().out)["explained"][0]["missing"]
    assert (missing["side"], missing["line"], missing["groups_with"], missing["groups"]) == ("after", 19, 11, 11)
    assert main([*asked[:-1], "20"]) == 0
    assert "expected" not in capsys.readouterr().out
