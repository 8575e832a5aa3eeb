"""Surveys of columns, of steps in time, and of templates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.reading.survey import ColumnSurvey, sampling, sampling_of, survey_columns
from dashboard.service.reading.templates import log_templates
from sparsemix.encoding.sequence import Event
from sparsemix.readers import Limits, ReadOptions, read_bytes, read_file


def columns(text: str) -> dict[str, ColumnSurvey]:
    read = read_file(text.encode(), "a.csv", Limits(), ReadOptions())
    assert read.table is not None
    return {one.name: one for one in survey_columns(read.table, read.options.columns)}


def test_columns_are_numbers_categories_times_texts_or_empty() -> None:
    rows = [
        f"2026-03-02 08:00:{i:02d},{20 + i}.5,{'auto' if i % 3 else 'hand'},,note {i},{'-' if i == 4 else i}" for i in range(12)
    ]
    survey = columns("time,temp_bar,mode,spare [V],remark,n\n" + "\n".join(rows))
    assert [one.kind for one in survey.values()] == ["time", "number", "category", "empty", "text", "number"]
    assert (survey["temp_bar"].least, survey["temp_bar"].most) == (20.5, 31.5)
    assert (survey["mode"].distinct, survey["mode"].examples) == (2, ("hand", "auto"))
    assert survey["spare [V]"].missing == 12
    assert (survey["n"].missing, survey["time"].role, survey["n"].role) == (1, "time", "feature")


def test_numbers_with_a_decimal_comma_are_numbers() -> None:
    survey = columns("v;w\n1,5;a\n2,25;b\n-3,0;c\n")
    assert (survey["v"].kind, survey["v"].least, survey["v"].most) == ("number", -3.0, 2.25)


def test_steps_gaps_and_the_way_back() -> None:
    survey = sampling_of(np.array([0, 1, 2, 3, 60, 61, np.nan, 62, 61.5, 63.0]))
    assert survey is not None
    assert (survey.timed, survey.step, survey.gaps, survey.longest, survey.after_longest) == (9, 1.0, 1, 57.0, 4)
    assert (survey.irregular, survey.backwards) == (True, 1)
    even = sampling_of(np.arange(50) * 0.1)
    assert even is not None
    assert (even.irregular, even.gaps, even.backwards) == (False, 0, 0)
    assert sampling_of(np.array([1.0, np.nan, 2.0])) is None
    still = sampling_of(np.zeros(5))
    assert still is not None and (still.step, still.gaps, still.irregular) == (0.0, 0, False)


@given(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=30))
def test_any_times_have_a_sampling(times: list[float]) -> None:
    survey = sampling_of(np.array(times))
    assert survey is not None
    assert 0 < survey.after_longest < len(times)
    assert survey.longest == max(np.diff(times))


def test_where_another_source_begins_no_clock_runs_back() -> None:
    lines = [f"2026-03-02 09:{minute:02}:00 web-{host} job {minute}" for host in (1, 2) for minute in range(60)]
    found = read_bytes("\n".join(lines).encode(), "a.log")
    survey = sampling(found)
    assert found.starts == (60,) and survey is not None and survey.backwards == 0


@pytest.mark.parametrize(
    "line", ["x" * 10**6, "[" * 10**6, "a.b" * 333_333, "1" * 10**6, " " * 10**6 + "x"], ids=lambda line: line[:8]
)
def test_templates_of_a_line_of_a_million_characters(line: str) -> None:
    assert log_templates([Event(line, line, None, None, None, 1)]).total == 1


def test_templates_mask_addresses_ids_and_numbers_and_keep_names() -> None:
    log = (
        "2026-03-02 08:00:00 INFO ST03 login from 10.0.0.7:5000 id 0x1f took 25ms 温度が25度\n"
        "2026-03-02 08:00:01 INFO ST03 login from 10.0.0.8:5001 id 0x2a took 3ms 温度が9度\n"
        "2026-03-02 08:00:02 WARN ST03 block 6f1ed002ab5595859014ebf0951522d9 lost\n"
    )
    survey = log_templates(read_bytes(log.encode(), "a.log").events)
    assert survey.texts == (
        "INFO ST03 login from <IP> id <HEX> took <NUM>ms 温度が<NUM>度",
        "WARN ST03 block <HEX> lost",
    )
    assert (survey.counts, survey.once, survey.examined, survey.total) == ((2, 1), 1, 3, 3)


def test_words_that_change_become_one_template() -> None:
    log = "".join(
        f"2026-03-02 08:00:00 INFO operator {name} changed recipe of line four\n" for name in ("ann", "bob", "cho", "dan")
    )
    assert log_templates(read_bytes(log.encode(), "a.log").events).texts == ("INFO operator <*> changed recipe of line four",)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_templates_are_the_same_every_time_and_count_every_event(messages: list[str]) -> None:
    events = [Event(text, text, None, None, None, 1) for text in messages]
    survey = log_templates(events)
    assert survey == log_templates(events)
    assert sum(survey.counts) == survey.examined == survey.total == len(events)
    assert list(survey.counts) == sorted(survey.counts, reverse=True)


def test_templates_are_sought_in_a_bounded_number_of_different_lines() -> None:
    events = [Event(text, text, None, None, None, 1) for text in (f"pump {number} on" for number in range(10_050))]
    survey = log_templates(events)
    assert (survey.examined, survey.total) == (10_000, 10_050)


def test_where_no_message_is_like_another_a_part_is_examined() -> None:
    rng = np.random.default_rng(0)
    events = [
        Event(text, text, None, None, None, 1)
        for text in ("".join(rng.choice(list("かきくけこさしすせそ"), 9)) for _ in range(3_000))
    ]
    survey = log_templates(events)
    assert 1_000 < survey.examined < survey.total == 3_000
